/// Debian's security updates are installed by themselves, every day.
///
///     SecurityUpdates()
///     SecurityUpdates(automaticReboot: "04:30")     // reboots then when an update asks for it
///
/// Judged by what apt itself reads together (`apt-config dump`): of several files the last one wins, whatever ours says.
public struct SecurityUpdates: Resource {
  let automaticReboot: String?

  /// - Parameter automaticReboot: Local time of day, `HH:MM`; nil never reboots.
  public init(automaticReboot: String? = nil) { self.automaticReboot = automaticReboot }

  public var address: String { "security-updates" }

  public static var examples: [SecurityUpdates] { [SecurityUpdates(), SecurityUpdates(automaticReboot: "04:30")] }

  /// After the package's own `20auto-upgrades` and `50unattended-upgrades`.
  static let file: Path = "/etc/apt/apt.conf.d/52harden-unattended-upgrades"
  static let inForce = Question(
    Command("/usr/bin/apt-config", ["dump"]), reads: ["/etc/apt/apt.conf", "/etc/apt/apt.conf.d"])
  private static let package = "unattended-upgrades"
  private static let timers = ["apt-daily.timer", "apt-daily-upgrade.timer"]

  private var settings: [(key: String, value: String)] {
    var settings = [
      // Absent it means yes (apt.systemd.daily); a "0" of somebody's would switch off all that follows.
      ("APT::Periodic::Enable", "1"), ("APT::Periodic::Update-Package-Lists", "1"),
      ("APT::Periodic::Unattended-Upgrade", "1"),
    ]
    settings.append(("Unattended-Upgrade::Automatic-Reboot", automaticReboot == nil ? "false" : "true"))
    if let automaticReboot { settings.append(("Unattended-Upgrade::Automatic-Reboot-Time", automaticReboot)) }
    return settings
  }

  public func probes(given known: Observations) -> Set<Probe> {
    var probes = packageProbes(Self.package, given: known)
    probes.formUnion(ownedFileProbes(Self.file))
    probes.insert(.output(question: Self.inForce))
    for timer in Self.timers { probes.insert(.unit(name: timer)) }
    return probes
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    if let automaticReboot, !Self.isTime(automaticReboot) { throw .notATime(automaticReboot) }
    var proposal = try missingPackage(Self.package, on: host)
    let text =
      "// Owned by harden, which writes this file whole.\n"
      + settings.map { "\($0.key) \"\($0.value)\";\n" }.joined()
    let file = try ownedFile(Self.file, contents: text, mode: 0o644, subject: Self.file.text, on: host)
    if case .there(let result) = try host.output(Self.inForce), result.status == 0 {
      let found = Self.parsed[result.output]
      for (key, value) in settings where found[key] != value {
        if file.steps.isEmpty { throw .defeated(key, wanted: value, found: found[key]) }
        proposal.changes.append(Change("apt", key, from: found[key], to: value))
      }
    }
    proposal.changes += file.changes
    proposal.steps += file.steps
    for timer in Self.timers {
      try proposal.run(timer: timer, for: "security updates are not installed", on: host)
    }
    return proposal
  }

  private static let parsed = Parsed(values)

  /// Lines such as `APT::Periodic::Unattended-Upgrade "1";`; of several the last one counts.
  static func values(_ dump: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in dump.lines {
      let parts = line.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false).map(Substring.init)
      guard parts.count == 3 else { continue }
      values[String(parts[0].filter { $0 != " " })] = String(parts[1])
    }
    return values
  }

  private static func isTime(_ text: String) -> Bool {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2,
      parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let hour = Int(parts[0]), let minute = Int(parts[1])
    else { return false }
    return hour < 24 && minute < 60
  }
}

extension Diagnostic {
  fileprivate static func notATime(_ text: String) -> Diagnostic {
    Diagnostic("Not a time of day", detail: "“\(text)” should be hours and minutes, as in 04:30.")
  }

  fileprivate static func defeated(_ key: String, wanted: String, found: String?) -> Diagnostic {
    Diagnostic(
      "Setting not in force",
      detail:
        "\(SecurityUpdates.file) sets \(key) to “\(wanted)”, but apt has \(found.map { "“\($0)”" } ?? "no value"): "
        + "a file that is read later says otherwise.",
      fix: "grep -rn \(key.split(separator: ":").last ?? "") /etc/apt/apt.conf /etc/apt/apt.conf.d")
  }
}
