/// Debian's layout of Apache's folder: what is available, and links to what is enabled, as `a2enmod` makes them.
enum ApacheFiles {
  static let root: Path = "/etc/apache2"
  static let unit = "apache2.service"
  static let package = Requirement.package("apache2")
  /// The first line of every file that harden owns here.
  static let header = "# Written by harden. What is changed by hand is written anew by the next apply.\n"

  /// The module's files: `.conf` only where Debian ships one.
  static func links(module: String) -> [(path: Path, target: String)] {
    let suffixes = ["ssl", "wsgi"].contains(module) ? [".conf", ".load"] : [".load"]
    return suffixes.map { (root / "mods-enabled" / (module + $0), "../mods-available/\(module)\($0)") }
  }

  static func available(_ folder: String, _ name: String) -> Path { root / "\(folder)-available" / "\(name).conf" }
  static func enabled(_ folder: String, _ name: String) -> Path { root / "\(folder)-enabled" / "\(name).conf" }

  static func probes(modules: [String]) -> Set<Probe> {
    Set(modules.flatMap { links(module: $0).map { .file(path: $0.path) } })
  }

  static func probes(_ folder: String, _ name: String) -> Set<Probe> {
    ownedFileProbes(available(folder, name)).union([.file(path: enabled(folder, name))])
  }

  /// What must be read to install what is missing of these, and to know what each brings.
  static func probes(packages: [String], given known: Observations) -> Set<Probe> {
    packages.reduce(into: []) { $0.formUnion(packageProbes($1, given: known)) }
  }

  static func install(_ packages: [String], on host: Observations) throws(Diagnostic) -> Proposal {
    var (proposal, host) = (Proposal(), host)
    for package in packages {
      let installed = try missingPackage(package, on: host)
      for step in installed.steps { host.fold(step) }
      proposal.append(installed)
    }
    return proposal
  }

  /// What a running Apache has to say: its unit, and whether it runs with what is on disk.
  static let daemonProbes: Set<Probe> = [
    .unit(name: unit), .stale(unit: unit, paths: [root]),
  ]

  /// Enables modules that are not. One that is there as something other than Debian's link is enabled as well.
  static func enable(modules: [String], on host: Observations) throws(Diagnostic) -> Proposal {
    var proposal = Proposal()
    for module in modules {
      var isMissing = false
      for link in links(module: module) where try host.file(link.path).known(link.path.text) == nil {
        isMissing = true
        proposal.steps.append(Step(.link(path: link.path, target: link.target), requires: [package]))
      }
      if isMissing { proposal.changes.append(Change("apache module \(module)", from: "off", to: "on")) }
    }
    return proposal
  }

  /// An owned file of `conf` or `sites`, and the link that enables it.
  static func file(
    _ folder: String, _ name: String, text: String, subject: String, on host: Observations
  ) throws(Diagnostic) -> Proposal {
    var proposal = try ownedFile(
      available(folder, name), contents: header + text, mode: 0o644, subject: subject,
      check: isBrokenByOthers(folder, name, host) ? nil : ApacheConfiguration.check, requires: [package], on: host)
    let link = enabled(folder, name)
    let target = "../\(folder)-available/\(name).conf"
    let found = try host.file(link).known(link.text)?.kind
    guard found != .link(target: target) else { return proposal }
    switch found {
    case nil: break
    case .link?: proposal.steps.append(Step(.remove(path: link, check: nil)))
    case .file?, .directory?, .other?: throw .notALink(link)
    }
    if proposal.changes.isEmpty || found != nil {
      proposal.changes.append(Change(subject, "enabled", from: found == nil ? "no" : "another file", to: "yes"))
    }
    proposal.steps.append(Step(.link(path: link, target: target), requires: [package]))
    return proposal
  }

  /// Whether another file of harden's own breaks the configuration today: a site's, whose certificate somebody took away.
  /// It is mended by a step of its own, and before Apache loads anything all is checked.
  private static func isBrokenByOthers(_ folder: String, _ name: String, _ host: Observations) -> Bool {
    guard case .there(.output(let result))? = host.known[Inquiry(.output(question: ApacheConfiguration.question))],
      result.status != 0
    else { return false }
    return result.errors.contains("/sites-enabled/harden-")
      && !result.errors.contains("/\(folder)-enabled/\(name).conf")
  }

  /// Adds what makes the changes come into force: the unit runs, at boot too, and has loaded what is on disk.
  ///
  /// `opening` are ports on which nothing listens before; `loading` is a folder outside of Apache's own that it reads.
  static func settleDaemon(
    _ proposal: inout Proposal, listening: [UInt16], opening: [UInt16] = [], loading: Path? = nil,
    on host: Observations
  ) throws(Diagnostic) {
    let state = try host.unit(unit).known(unit)
    // A package that this proposal installs is enabled and runs.
    let isNew = try !host.hasPackage("apache2")
    let isActive = isNew || state?.isActive ?? false
    let isEnabled = isNew || state?.isEnabled ?? false
    if !isActive || !isEnabled {
      if !isEnabled { proposal.changes.append(Change("apache", "starts at boot", from: "no", to: "yes")) }
      if !isActive {
        proposal.changes.append(Change("apache", "runs", from: state?.activity ?? "no", to: "yes", risk: .service))
      }
      proposal.steps.append(
        Step(
          .setUnit(unit: unit, enabled: isEnabled ? nil : true, active: isActive ? nil : true),
          risk: isActive ? .none : .service, requires: [package],
          effects: isActive ? [] : listening.map { .listens(listener: listener($0)) }))
    }
    guard isActive else { return }
    var isStale = try host.isStale(unit, [root]) == .there(value: true)
    if let loading, try host.isStale(unit, [loading]) == .there(value: true) { isStale = true }
    let touchesFiles = proposal.steps.contains { $0.touches(root) }
    guard isStale || touchesFiles else { return }
    if proposal.changes.isEmpty {
      proposal.changes.append(
        Change("apache", "runs with", from: "older configuration than on disk", to: "what is on disk", risk: .service))
    }
    proposal.steps.append(
      Step(
        .reload(unit: unit, restart: false, check: ApacheConfiguration.check, listening: listening), risk: .service,
        requires: [package], effects: opening.map { .listens(listener: listener($0)) }))
  }

  static func listener(_ port: UInt16) -> Listener {
    Listener(
      transport: "tcp", address: "*", port: port, process: "apache2", argv: ["/usr/sbin/apache2", "-k", "start"])
  }
}

extension Step {
  fileprivate func touches(_ folder: Path) -> Bool {
    action.path?.isWithin(folder) ?? false
  }
}

extension Proposal {
  /// Says what a new file does, in place of its mode.
  mutating func describeNewFile(_ subject: String, as words: String) {
    guard let index = changes.firstIndex(where: { $0.subject == subject && $0.before == nil && $0.property.isEmpty })
    else { return }
    changes[index].after = words
  }

  /// Both proposals as one.
  mutating func append(_ other: Proposal) {
    changes += other.changes
    steps += other.steps
    notes += other.notes
    waiting += other.waiting
  }
}

extension Diagnostic {
  fileprivate static func notALink(_ path: Path) -> Diagnostic {
    Diagnostic(
      "Not a link",
      detail: "\(path) should be a link to the file of the same name in the folder of what is available, but something "
        + "else lies there.",
      fix: "ls -ld \(Command.quoted(path.text))")
  }
}
