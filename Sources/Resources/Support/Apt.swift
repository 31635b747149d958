/// What apt itself says of packages that are missing. `-s` needs neither root nor the lock.
enum Apt {
  /// What installing these would bring, Recommends left out: all packages of a group are asked about at once.
  static func simulation(of packages: [String]) -> Question {
    Question(
      Command(
        "/usr/bin/apt-get", ["-s"] + leavingNoTrace + ["install", "--no-install-recommends"] + packages,
        accepted: [0, 100]),
      reads: ["/var/lib/apt/lists"])
  }

  /// Even a simulation logs what it planned, and root's writes the caches anew: apt.conf(5), `Dir::Log`, `Dir::Cache`.
  private static let leavingNoTrace = [
    "Dir::Log::Planner=", "Dir::Log::Solver=", "Dir::Cache::pkgcache=", "Dir::Cache::srcpkgcache=",
  ].flatMap { ["-o", $0] }

  /// Prints `partial` when the lists were fetched within a day: `apt-get update` always works in it, whether or not a
  /// list is new. Beside it the lists, which images are often rid of, and sources that were changed since.
  static let freshness = Question(
    Command(
      "/usr/bin/find",
      [lists, "/etc/apt/sources.list", "/etc/apt/sources.list.d", "-maxdepth", "1"]
        + ["(", "-path", partial, "-mmin", "-1440", "-o", "-path", "\(lists)/*Release"]
        + ["-o", "-path", "/etc/apt/*", "-newer", partial, ")"], accepted: [0, 1]),
    reads: ["/var/lib/apt/lists"])
  private static let lists = "/var/lib/apt/lists"
  private static let partial = "\(lists)/partial"

  /// Whether a package that the lists do not have is in no source; older ones name versions that the archive does not
  /// have any more.
  static func areFresh(_ found: String) -> Bool {
    let lines = found.lines
    return lines.contains { $0 == partial } && lines.contains { $0.hasSuffix("Release") }
      && !lines.contains { $0.hasPrefix("/etc/") }
  }

  static let previews = Parsed { Preview($0) }

  /// Versions and company of a simulated install: lines such as `Inst ufw (0.36.2-1 Debian:stable [all])`.
  struct Preview: Sendable {
    var versions: [String: String] = [:]
    /// Names after `E: Unable to locate package` or `E: Package 'x' has no installation candidate`.
    var unknown: Set<String> = []
    /// What goes for it, with its version: `Remv iptables-persistent [1.0.20]`, since ufw breaks that.
    var removed: [String: String] = [:]

    init(_ result: CommandResult) {
      for line in result.output.split(separator: "\n") where line.hasPrefix("Remv ") {
        let words = line.split(separator: " ")
        guard words.count > 1 else { continue }
        removed[String(words[1])] = words.dropFirst(2).first.map { $0.filter { $0 != "[" && $0 != "]" } } ?? ""
      }
      for line in result.output.split(separator: "\n") where line.hasPrefix("Inst ") {
        let words = line.split(separator: " ")
        guard words.count > 2, let version = words.dropFirst(2).first(where: { $0.hasPrefix("(") }) else { continue }
        versions[String(words[1])] = String(version.dropFirst())
      }
      for line in result.errors.split(separator: "\n") where line.hasPrefix("E: ") {
        if line.hasPrefix("E: Unable to locate package "), let name = line.split(separator: " ").last {
          unknown.insert(String(name))
        } else if line.contains("has no installation candidate") {
          let parts = line.split(separator: "'")
          if parts.count > 1 { unknown.insert(String(parts[1])) }
        }
      }
    }
  }
}

/// What must be read to judge whether a package is there; `group` is asked about together.
func packageProbes(_ name: String, among group: [String], given known: Observations) -> Set<Probe> {
  let probe = Probe.package(name: name)
  guard let answer = known.answer(probe) else { return [probe] }
  if case .there(.package(let state)) = answer, state.isInstalled { return [probe] }
  return [probe, .output(question: Apt.simulation(of: group)), .output(question: Apt.freshness)]
}

/// The change and steps that install a package; nothing where it is installed.
///
/// - Throws: a `Diagnostic` when fresh package lists do not know it.
func missingPackage(_ name: String, among group: [String], on host: Observations) throws(Diagnostic) -> Proposal {
  let answer = try host.package(name)
  let state = try answer.known("package \(name)")
  if let state, state.isInstalled { return .nothing }
  var proposal = Proposal()
  var isFresh = true
  switch try host.output(Apt.freshness) {
  case .there(let result): isFresh = Apt.areFresh(result.output)
  case .moved: break  // A planned `apt-get update` makes them fresh.
  case .absent, .unreadable: isFresh = false
  }
  // What apt said before the lists are fetched again is still the best forecast there is.
  var preview: Apt.Preview?
  let simulation = Apt.simulation(of: group)
  if case .there(.output(let result))? = host.known[Inquiry(.output(question: simulation))] {
    preview = Apt.previews[result]
  }
  let isMoved = try host.output(simulation) == .moved
  if let preview, preview.unknown.contains(name), isFresh, !isMoved { throw .unknownPackage(name) }
  if !isFresh { proposal.steps.append(Step(.updatePackageLists)) }
  proposal.steps.append(Step(.install(packages: [name])))
  var after = "version known after apt-get update"
  if let preview, let version = preview.versions[name] {
    after = version
    let company = preview.versions.keys.filter { !group.contains($0) }.count
    let isFirst = group.first { preview.versions[$0] != nil } == name
    let asked = group.filter { preview.versions[$0] != nil }.count
    if company > 0, isFirst { after += ", with \(company) more\(asked > 1 ? " for these \(asked)" : "")" }
  }
  proposal.changes.append(
    Change(
      "package \(name)", from: state.map { $0.status == "config-files" ? "removed, its settings kept" : $0.status },
      to: after, isForecast: !isFresh || isMoved))
  // Once for all that are asked about together.
  if let preview, group.first(where: { preview.versions[$0] != nil }) == name {
    for (gone, version) in preview.removed.sorted(by: { $0.key < $1.key }) {
      proposal.changes.append(
        Change("package \(gone)", from: version, to: nil, warning: "apt removes what cannot be there beside \(name)"))
    }
  }
  return proposal
}

extension Diagnostic {
  fileprivate static func unknownPackage(_ name: String) -> Diagnostic {
    Diagnostic(
      "Package unknown",
      detail: "None of this host's package sources has “\(name)”, and the lists were fetched within the last day.",
      fix: "apt-cache policy \(Command.quoted(name))")
  }
}
