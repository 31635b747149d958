/// The journal survives a reboot and does not fill the disk.
///
///     JournalLimits(maximum: "500M")
public struct JournalLimits: Resource {
  let maximum: String

  /// - Parameter maximum: Space that the journal may take, as journald.conf(5) writes sizes: `500M`, `2G`.
  public init(maximum: String = "500M") { self.maximum = maximum }

  public var address: String { "journald" }

  public static var examples: [JournalLimits] { [JournalLimits()] }

  static let file: Path = "/etc/systemd/journald.conf.d/harden.conf"
  static let unit = "systemd-journald.service"

  public func probes(given known: Observations) -> Set<Probe> {
    ownedFileProbes(Self.file).union([.stale(unit: Self.unit, paths: [Self.file])])
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    var proposal = try ownedFile(
      Self.file, contents: "[Journal]\nStorage=persistent\nSystemMaxUse=\(maximum)\n", mode: 0o644,
      subject: Self.file.text, on: host)
    try restartIfStale(Self.unit, [Self.file], writing: &proposal, on: host)
    return proposal
  }
}
