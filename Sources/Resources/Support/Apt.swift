/// What of apt's own files says whether its lists can be relied on.
enum Apt {
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
}

/// What must be read to judge whether a package is there.
func packageProbes(_ name: String, given known: Observations) -> Set<Probe> {
  let probe = Probe.package(name: name)
  guard let answer = known.answer(probe) else { return [probe] }
  if case .there(.package(let state)) = answer, state.isInstalled { return [probe] }
  return [probe, .candidate(package: name), .output(question: Apt.freshness)]
}

/// The change and steps that install a package; nothing where it is installed.
///
/// - Throws: a `Diagnostic` when fresh package lists do not know it.
func missingPackage(_ name: String, on host: Observations) throws(Diagnostic) -> Proposal {
  let state = try host.package(name).known("package \(name)")
  if let state, state.isInstalled { return .nothing }
  var proposal = Proposal()
  var isFresh = true
  switch try host.output(Apt.freshness) {
  case .there(let result): isFresh = Apt.areFresh(result.output)
  case .moved: break  // A planned `apt-get update` makes them fresh.
  case .absent, .unreadable: isFresh = false
  }
  // What apt said before the lists are fetched again is still the best forecast there is.
  var candidate = Candidate(version: nil)
  if case .there(.candidate(let foreseen))? = host.known[Inquiry(.candidate(package: name))] { candidate = foreseen }
  let answer = try host.candidate(name)
  if case .there(let value) = answer { candidate = value }
  let isForecast = !isFresh || answer == .moved
  if candidate.isUnknown, !isForecast { throw .unknownPackage(name) }
  if !isFresh { proposal.steps.append(Step(.updatePackageLists)) }
  proposal.steps.append(Step(.install(packages: [name])))
  var after = candidate.version ?? (isForecast ? "version known after apt-get update" : "version not known")
  if candidate.company > 0, answer != .moved {
    after += ", with \(candidate.company) more\(candidate.asked > 1 ? " for the \(candidate.asked) of this plan" : "")"
  }
  proposal.changes.append(
    Change(
      "package \(name)", from: state.map { $0.status == "config-files" ? "removed, its settings kept" : $0.status },
      to: after, isForecast: isForecast,
      warning: isForecast ? nil : candidate.refusal.map { "apt would not install it now: \($0)" }))
  if answer != .moved {
    for (gone, version) in candidate.removed.sorted(by: { $0.key < $1.key }) {
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
