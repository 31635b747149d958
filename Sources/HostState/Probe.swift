/// One question to the host. Probes are values in a set: asked once, however many resources need the answer.
public enum Probe: Hashable, Codable, Sendable {
  /// Kind, mode, owner and link target. → `FileStatus`
  case file(path: Path)
  /// Text of a file that the asking resource owns or that holds no secrets. → `String`
  case contents(path: Path)
  /// Keys of a JSON file; values only of those in `open`. → `SecretsState`
  case secrets(path: Path, open: [String])
  /// Names in a directory, sorted bytewise. → `[String]`
  case names(directory: Path)
  /// The entries that break the rule. → `TreeReport`
  case tree(rule: TreeRule)
  /// → `Accounts`
  case accounts
  /// → `PackageState`; absent when dpkg does not know it.
  case package(name: String)
  /// What apt would install for a missing package. The answer speaks of all that are asked about at once. → `Candidate`
  case candidate(package: String)
  /// → `UnitState`; absent when systemd does not know it.
  case unit(name: String)
  /// → `[Listener]`
  case listeners
  /// → `UFWFiles`
  case ufw
  /// → `PacketFilter`; unreadable without root, empty where no tool that could have made rules is installed.
  case packetFilter
  /// → `Operator`
  case `operator`
  /// → `HostFacts`
  case host
  /// A kernel setting as `/proc/sys` gives it, named with dots. → `String`
  case sysctl(key: String)
  /// Whether what the unit loaded is older than the newest change beneath these paths. → `Bool`; absent when it does not run.
  case stale(unit: String, paths: [Path])
  /// What a certificate on disk says. → `CertificateFacts`
  case certificate(path: Path)
  /// Whether names lead to this host; asks the network. → `Reach`
  case reach(question: ReachQuestion)
  /// → `CommandResult`; absent when the program is not there.
  case output(question: Question)
}

extension Probe {
  package var isCandidate: Bool { if case .candidate = self { true } else { false } }
}

/// What a probe's answer holds, by kind of probe.
public enum Fact: Hashable, Codable, Sendable {
  case file(FileStatus)
  case text(String)
  case secrets(SecretsState)
  case names([String])
  case tree(TreeReport)
  case accounts(Accounts)
  case package(PackageState)
  case candidate(Candidate)
  case unit(UnitState)
  case listeners([Listener])
  case ufw(UFWFiles)
  case packetFilter(PacketFilter)
  case `operator`(Operator)
  case host(HostFacts)
  case flag(Bool)
  case certificate(CertificateFacts)
  case reach(Reach)
  case output(CommandResult)
}
