/// A configuration file that harden owns whole.
///
///     DropIn("/etc/security/limits.d/90-harden.conf", "* hard core 0\n")
///
/// Judged by its text, mode and owner. For a file of a daemon, use that daemon's own kind: what a file says and what
/// is in force can differ.
public struct DropIn: Resource {
  let path: Path
  let contents: String
  let mode: FileMode
  let owner: Owner

  public init(_ path: Path, _ contents: String, mode: FileMode = 0o644, owner: Owner = .root) {
    (self.path, self.contents, self.mode, self.owner) = (path, contents, mode, owner)
  }

  public var address: String { "file:\(path)" }

  public static var examples: [DropIn] { [DropIn("/etc/security/limits.d/90-harden.conf", "* hard core 0\n")] }

  public func probes(given known: Observations) -> Set<Probe> {
    ownedFileProbes(path)
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    try ownedFile(path, contents: contents, mode: mode, owner: owner, subject: path.text, on: host)
  }
}
