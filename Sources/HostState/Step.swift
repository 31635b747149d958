/// What a step can do to somebody's way in.
public enum Risk: String, Hashable, Codable, Sendable, Comparable, CaseIterable {
  case none, service
  /// Opens a way in (a key, a port).
  case opens
  /// May close a way in (a reload of sshd, a firewall that starts, a key that leaves).
  case closes

  public static func < (left: Risk, right: Risk) -> Bool { left.rank < right.rank }
  public var concernsAccess: Bool { self == .opens || self == .closes }

  /// In the order in which they are named here.
  package var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Journals of earlier versions have the rank in place of the name.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    let found: Risk?
    if let rank = try? value.decode(Int.self) {
      found = Self.allCases.first { $0.rank == rank }
    } else {
      found = Self(rawValue: try value.decode(String.self))
    }
    guard let found else { throw DecodingError.dataCorruptedError(in: value, debugDescription: "no such risk") }
    self = found
  }
}

/// The closed set of things that harden ever does to a host.
public enum Action: Hashable, Codable, Sendable {
  /// A temporary file in the same directory, checked, synced, renamed. `check` must accept the host with the file in
  /// place; it is asked over an overlay before anything is written.
  case write(path: Path, contents: String, mode: FileMode, owner: Owner, check: Command?)
  /// Removes a file or link, never a directory.
  case remove(path: Path, check: Command?)
  case makeDirectory(path: Path, mode: FileMode, owner: Owner)
  case setMode(path: Path, mode: FileMode)
  case setOwner(path: Path, owner: Owner)
  case link(path: Path, target: String)
  case settleTree(rule: TreeRule)
  case settleSecrets(rule: SecretsRule)
  /// `apt-get update`.
  case updatePackageLists
  /// `apt-get install`, noninteractive, configuration files of the owner's kept.
  case install(packages: [String])
  case run(command: Command)
  /// Reloads (never restarts unless `restart`), after `check` accepts what is on disk, and waits until these TCP ports
  /// are listened on again.
  case reload(unit: String, restart: Bool, check: Command?, listening: [UInt16])
  /// `systemctl enable|disable [--now]`; nil leaves that half alone.
  case setUnit(unit: String, enabled: Bool?, active: Bool?)
  /// Has certbot order a certificate, once: authorities count the tries.
  case issueCertificate(order: CertificateOrder)
  /// Goes through a renewal without keeping its result, looks that what is served is what lies on disk, and that the
  /// timer runs long before that ends.
  case proveRenewal(order: CertificateOrder)
  /// Writes a kernel setting as it is in force now; the file that keeps it is a `write` of its own.
  case setSysctl(key: String, value: String)
}

/// What a `run` can change on the host, so that its images can be kept and it can be undone.
public struct Footprint: Hashable, Codable, Sendable {
  public var paths: [Path]
  public var trees: [Path]
  /// Accounts and groups whose lines in passwd, shadow, group, gshadow, subuid and subgid it may change.
  public var accounts: [String]
  public var packetFilter: Bool
  public var units: [String]
  public var sysctls: [String]
  /// Kernel settings that a file gives at the next boot, with their values: not changed yet, and to be taken back with it.
  public var sysctlsAtBoot: [String: String]?

  public init(
    paths: [Path] = [], trees: [Path] = [], accounts: [String] = [], packetFilter: Bool = false, units: [String] = [],
    sysctls: [String] = [], sysctlsAtBoot: [String: String]? = nil
  ) {
    self.paths = paths
    self.trees = trees
    self.accounts = accounts
    self.packetFilter = packetFilter
    self.units = units
    self.sysctls = sysctls
    self.sysctlsAtBoot = sysctlsAtBoot
  }
  public static let nothing = Footprint()
}

/// A statement about the host once the step is done.
public enum Effect: Hashable, Codable, Sendable {
  /// The probe then answers exactly this.
  case answers(probe: Probe, answer: Answer<Fact>)
  case accounts(change: AccountsChange)
  /// Nil leaves that half as it was.
  case unit(name: String, enabled: Bool?, active: Bool?)
  case listens(listener: Listener)
  case closes(transport: String, port: UInt16)
  /// The probe answers something else, and nobody can say what.
  case moves(probe: Probe)
}

/// What must be there for a step to be carried out.
public enum Requirement: Hashable, Codable, Sendable {
  case path(Path)
  case package(String)
  case account(String)
  case group(String)
}

/// One primitive step: what is done, at what risk, and what is known of the host afterwards.
///
/// Effects that follow from the action alone (a written file is there, and so on) need not be stated.
public struct Step: Hashable, Codable, Sendable {
  public var action: Action
  public var risk: Risk
  public var requires: [Requirement]
  public var effects: [Effect]
  /// For `run`; the other actions' footprints follow from themselves.
  public var footprint: Footprint
  /// A few words for the progress line, where the action's own would not do: `enable ufw`.
  public var title: String?
  /// What is taken for known for the rest of a run in which this step failed. The run then goes on without it, and ends
  /// in failure; nil ends it at once.
  public var setback: Setback?

  public init(
    _ action: Action, risk: Risk = .none, requires: [Requirement] = [], effects: [Effect] = [],
    footprint: Footprint = .nothing, title: String? = nil, setback: Setback? = nil
  ) {
    self.action = action
    self.risk = risk
    self.requires = requires
    self.effects = effects
    self.footprint = footprint
    self.title = title
    self.setback = setback
  }
}

extension Step {
  /// Whether it gives kernel settings, now or at the next boot.
  package var setsKernel: Bool {
    if case .setSysctl = action { true } else { footprint.sysctlsAtBoot != nil }
  }

  /// Whether it may shut out some and not others: kernel settings concern the packets of everybody.
  package var choosesVisitors: Bool { risk == .closes && !setsKernel }
}

/// A probe and why it cannot be answered any more in this run.
public struct Setback: Hashable, Codable, Sendable {
  public var probe: Probe
  public var reason: String

  public init(_ probe: Probe, reason: String) { (self.probe, self.reason) = (probe, reason) }
}
