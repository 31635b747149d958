import Glibc
import HostState

extension Executor {
  /// Does what a step says. Every action there is.
  func perform(_ step: Step, progress: Progress) throws(Diagnostic) {
    switch step.action {
    case .write(let path, let contents, let mode, let owner, let check):
      let numbers = try Owners.numbers(of: owner)
      let entry = PlannedEntry.file(contents: contents, mode: mode, owner: owner)
      try checked(check, path, as: entry) { () throws(Diagnostic) in
        try SafeFiles.write(
          path, Array(contents.utf8), mode: mode, user: numbers.user, group: numbers.group,
          attributes: try SafeFiles.lastingAttributes(of: path, mode: mode))
      }
    case .remove(let path, let check):
      try checked(check, path, as: .removed) { () throws(Diagnostic) in try SafeFiles.remove(path) }
    case .makeDirectory(let path, let mode, let owner): try makeDirectory(path, mode, owner)
    case .setMode(let path, let mode): try SafeFiles.setMode(path, mode)
    case .setOwner(let path, let owner):
      let numbers = try Owners.numbers(of: owner)
      try SafeFiles.setOwner(path, user: numbers.user, group: numbers.group)
    case .link(let path, let target): try SafeFiles.link(path, to: target)
    case .settleTree(let rule): try settle(rule)
    case .settleSecrets(let rule): try settle(rule)
    case .updatePackageLists: try updatePackageLists(progress)
    case .install(let packages): try install(packages, progress)
    case .run(let command):
      progress(step.title ?? command.executable.name, nil)
      try demand(command)
    case .reload(let unit, let restart, let check, let ports): try reload(unit, restart, check, ports, progress)
    case .setUnit(let unit, let enabled, let active): try setUnit(unit, enabled, active, progress)
    case .issueCertificate(let order): try issue(order, progress)
    case .proveRenewal(let order): try proveRenewal(order, progress)
    case .setSysctl(let key, let value): try setSysctl(key, value)
    }
  }

  /// Makes it, and those above it that are missing, 0755 of root's; one that is there gets mode and owner.
  private func makeDirectory(_ path: Path, _ mode: FileMode, _ owner: Owner) throws(Diagnostic) {
    let numbers = try Owners.numbers(of: owner)
    if try SafeFiles.openDirectory(path) != nil {
      try SafeFiles.setOwner(path, user: numbers.user, group: numbers.group)
      try SafeFiles.setMode(path, mode)
      return
    }
    try makeDirectories(above: path)
    try SafeFiles.makeDirectory(path, mode: mode, user: numbers.user, group: numbers.group)
  }

  private func settle(_ rule: TreeRule) throws(Diagnostic) {
    try makeDirectories(above: rule.root)
    try TreeWalk.settle(rule)
  }

  private func makeDirectories(above path: Path) throws(Diagnostic) {
    for missing in try missingDirectories(path).dropLast() {
      try SafeFiles.makeDirectory(missing, mode: 0o755, user: 0, group: 0)
    }
  }

  private func settle(_ rule: SecretsRule) throws(Diagnostic) {
    let numbers = try Owners.numbers(of: rule.owner)
    let text = try SecretsFile.merged(
      try SecretsFile.read(rule.path), rule, kept: try SecretsFile.read(SecretsFile.vaultPath(of: rule.path, paths)))
    var attributes = try SafeFiles.lastingAttributes(of: rule.path, mode: rule.mode)
    if let list = attributes[AccessList.attribute] {
      let status = FileStatus(kind: .file, mode: rule.mode, owner: rule.owner, grants: AccessList.grants(list))
      // Nobody beside owner and group is to read it.
      if !status.grants(beyond: rule.mode).isEmpty { attributes[AccessList.attribute] = nil }
    }
    try SafeFiles.write(
      rule.path, Array(text.utf8), mode: rule.mode, user: numbers.user, group: numbers.group, attributes: attributes)
  }

  private func setSysctl(_ key: String, _ value: String) throws(Diagnostic) {
    try Sysctl.write(key, value)
    let found = try Sysctl.read(key)
    guard found == value.singleSpaced else { throw .sysctlNotTaken(key, value, found) }
  }

  /// Does it once the check accepts the host with the file laid over; where it cannot be asked that, once it is done.
  private func checked(
    _ check: Command?, _ path: Path, as entry: PlannedEntry, _ deed: () throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    guard let check else { return try deed() }
    let isRehearsed = try rehearse(check, path, entry)
    try deed()
    if !isRehearsed { try accept(check, path) }
  }

  /// Asks a check about the host with the file laid over; false where that cannot be done.
  ///
  /// - Throws: a `Diagnostic` when the check refuses; nothing was written then.
  private func rehearse(_ check: Command, _ path: Path, _ entry: PlannedEntry) throws(Diagnostic) -> Bool {
    guard let overlay else { return false }
    let outcome = overlay.run(check, over: Overlay(entries: [path: entry])).outcome
    switch outcome {
    case .finished(let result):
      guard check.accepted.contains(result.status) else { throw .refused(path, check, outcome) }
      return true
    case .notStarted: return false
    default: throw .refused(path, check, outcome)
    }
  }

  /// Holds a check against what lies on disk.
  private func accept(_ check: Command, _ path: Path) throws(Diagnostic) {
    let outcome = start(check)
    guard case .finished(let result) = outcome, check.accepted.contains(result.status) else {
      throw .refused(path, check, outcome)
    }
  }
}

extension Diagnostic {
  /// A configuration file that the program it is for does not accept.
  static func refused(_ path: Path, _ check: Command, _ outcome: ProcessRunner.Outcome) -> Diagnostic {
    var refused = Diagnostic.failed(check, outcome)
    if case .finished = outcome {
      refused.summary = "Configuration refused"
      refused.detail =
        "With \(path) as planned, “\(check)” does not accept the configuration. The file is as it was before."
    }
    return refused
  }

  fileprivate static func sysctlNotTaken(_ key: String, _ value: String, _ found: String?) -> Diagnostic {
    Diagnostic(
      "Kernel setting not taken",
      detail: "\(key) was set to “\(value)”, and the kernel still says “\(found ?? "nothing")”.", fix: "sysctl \(key)")
  }
}
