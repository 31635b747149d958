/// What every server gets, whatever it serves: the defaults that Lynis, the CIS benchmark and ANSSI's guide agree on,
/// less what breaks hosts.
///
///     Section("Baseline") { Baseline() }
///     Section("Baseline") { Baseline(without: [.banner, .passwords]) }
public struct Baseline: ResourceGroup {
  public enum Part: String, CaseIterable, Hashable, Sendable {
    case kernel, modules, coreDumps, fileModes, checksums, passwords, banner, journal, sudo
  }
  let parts: [Part]

  public init(without left: Set<Part> = []) { parts = Part.allCases.filter { !left.contains($0) } }

  public var members: [any Resource] { parts.flatMap(\.members) }
}

extension Baseline.Part {
  var members: [any Resource] {
    switch self {
    case .kernel: [KernelSettings()]
    case .modules: [ModuleBlacklist()]
    case .coreDumps: NoCoreDumps().members
    case .fileModes: Self.modeMembers
    case .checksums: [Package("debsums")]
    case .passwords: PasswordQuality().members
    case .banner: LoginBanner().members
    case .journal: [JournalLimits()]
    case .sudo: [SudoLogging()]
    }
  }

  private static var modeMembers: [any Resource] {
    var members: [any Resource] = [FilePermissions("/etc/crontab", mode: 0o600, sparingLinks: true)]
    for name in ["d", "hourly", "daily", "weekly", "monthly", "yearly"] {
      members.append(FilePermissions(Path("/etc/cron.\(name)"), mode: 0o700, sparingLinks: true))
    }
    members.append(FilePermissions("/etc/sudoers.d", mode: 0o750, sparingLinks: true))
    members.append(FilePermissions("/etc/ssh/sshd_config", mode: 0o600, sparingLinks: true))
    return members
  }
}
