/// What must be read to judge a file that a resource owns whole.
func ownedFileProbes(_ path: Path) -> Set<Probe> {
  [.file(path: path), .contents(path: path), .file(path: path.parent)]
}

/// The changes and steps that give a file exactly this text, mode and owner; nothing where it has them.
///
/// - Throws: a `Diagnostic` when something other than a plain file lies there, or it cannot be read.
func ownedFile(
  _ path: Path, contents: String, mode: FileMode, owner: Owner = .root, subject: String, risk: Risk = .none,
  check: Command? = nil, requires: [Requirement] = [], on host: Observations
) throws(Diagnostic) -> Proposal {
  var proposal = Proposal()
  let status = try host.file(path).known(path.text)
  let write = Step(
    .write(path: path, contents: contents, mode: mode, owner: owner, check: check), risk: risk, requires: requires)
  guard let status else {
    if try host.file(path.parent) == .absent, !requires.contains(where: { host.willBring(path.parent, $0) }) {
      proposal.changes.append(Change(path.parent.text, from: nil, to: "directory 0755 root:root"))
      proposal.steps.append(Step(.makeDirectory(path: path.parent, mode: 0o755, owner: .root), requires: requires))
    }
    proposal.changes.append(Change(subject, from: nil, to: "\(mode) \(owner)", risk: risk))
    proposal.steps.append(write)
    return proposal
  }
  guard status.kind == .file else { throw .notAFile(path) }
  if try host.contents(path).known(path.text) != contents {
    proposal.changes.append(Change(subject, "text", from: "another", to: "the recipe's", risk: risk))
    proposal.steps.append(write)
    if status.mode == mode && status.owner == owner { return proposal }
  }
  if status.mode != mode {
    proposal.changes.append(Change(subject, "mode", from: "\(status.mode)", to: "\(mode)", risk: risk))
    if proposal.steps.isEmpty { proposal.steps.append(Step(.setMode(path: path, mode: mode), risk: risk)) }
  }
  if status.owner != owner {
    proposal.changes.append(Change(subject, "owner", from: "\(status.owner)", to: "\(owner)", risk: risk))
    if !proposal.steps.contains(write) {
      proposal.steps.append(Step(.setOwner(path: path, owner: owner), risk: risk))
    }
  }
  return proposal
}

extension Observations {
  /// Whether this is a package that is still to come and brings the folder; one that is there brings none.
  package func willBring(_ folder: Path, _ requirement: Requirement) -> Bool {
    guard case .package(let name) = requirement, Self.stockPaths(of: name).contains(folder) else { return false }
    guard case .there(.package(let state))? = known[Inquiry(.package(name: name))] else { return true }
    return !state.isInstalled
  }
}

extension Diagnostic {
  fileprivate static func notAFile(_ path: Path) -> Diagnostic {
    Diagnostic(
      "Not a plain file",
      detail: "\(path) should be a plain file that harden owns, but a directory, link or device lies there.",
      fix: "ls -ld \(Command.quoted(path.text))")
  }
}
