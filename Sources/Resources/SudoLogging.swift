/// sudo runs commands in a terminal of their own and keeps a log of them.
///
/// `use_pty` keeps a program that was started by sudo from typing into the caller's terminal (sudoers(5)).
public struct SudoLogging: Resource {
  let log: Path

  public init(log: Path = "/var/log/sudo.log") { self.log = log }

  public var address: String { "sudo-log" }

  public static var examples: [SudoLogging] { [SudoLogging()] }

  /// Without a dot: sudo skips files in sudoers.d whose names hold one.
  static let file: Path = "/etc/sudoers.d/00-harden-log"

  public func probes(given known: Observations) -> Set<Probe> {
    ownedFileProbes(Self.file).union(SudoersCheck.probes(before: Self.file, known))
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    let proposal = try ownedFile(
      Self.file, contents: "Defaults use_pty\nDefaults logfile=\"\(log)\"\n", mode: 0o440, subject: Self.file.text,
      check: SudoersCheck.command, requires: [.package("sudo")], on: host)
    try SudoersCheck.require(before: proposal.steps, on: host)
    return proposal
  }
}
