/// A file or directory that exists has this mode, and this owner when one is given.
///
///     FilePermissions("/etc/crontab", mode: 0o600)
///
/// What is not there is left so, and said: a package that may never be installed makes it. A link has no mode of its own;
/// `sparingLinks` leaves it to whoever laid it, and says so.
public struct FilePermissions: Resource {
  let path: Path
  let mode: FileMode
  let owner: Owner?
  let sparingLinks: Bool

  public init(_ path: Path, mode: FileMode, owner: Owner? = nil, sparingLinks: Bool = false) {
    (self.path, self.mode, self.owner, self.sparingLinks) = (path, mode, owner, sparingLinks)
  }

  public var address: String { "permissions:\(path)" }

  public static var examples: [FilePermissions] {
    [
      FilePermissions("/etc/crontab", mode: 0o600),
      FilePermissions("/etc/cron.d", mode: 0o700, owner: .root),
      FilePermissions("/etc/cron.fortnightly", mode: 0o700),
    ]
  }

  public func probes(given known: Observations) -> Set<Probe> { [.file(path: path)] }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    guard let status = try host.file(path).known(path.text) else {
      return Proposal(notes: ["\(path) is not there: nothing to set"])
    }
    if case .link(let target) = status.kind {
      guard sparingLinks else { throw .isLink(path, target) }
      return Proposal(notes: ["\(path) is a link to \(target): the mode of that is left to whoever laid it"])
    }
    var proposal = Proposal()
    // Owner first: chown(2) clears setuid and setgid bits of a file.
    if let owner, status.owner != owner {
      proposal.changes.append(Change(path.text, "owner", from: "\(status.owner)", to: "\(owner)"))
      proposal.steps.append(Step(.setOwner(path: path, owner: owner)))
    }
    if status.mode != mode {
      proposal.changes.append(Change(path.text, "mode", from: "\(status.mode)", to: "\(mode)"))
      proposal.steps.append(Step(.setMode(path: path, mode: mode)))
    } else if !proposal.steps.isEmpty, mode.rawValue & 0o6000 != 0 {
      proposal.steps.append(Step(.setMode(path: path, mode: mode)))
    }
    return proposal
  }
}

extension Diagnostic {
  fileprivate static func isLink(_ path: Path, _ target: String) -> Diagnostic {
    Diagnostic(
      "A symbolic link has no mode",
      detail: "\(path) is a link to \(target): the mode and owner that count are those of the file it leads to.",
      fix: "Declare the permissions of \(target) instead.")
  }
}
