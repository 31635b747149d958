/// No memory image of a crashed process is kept: it holds keys and passwords.
///
/// Three doors are closed: what a login may do (limits.d, profile.d), what systemd grants its services, and what
/// systemd-coredump would store.
public struct NoCoreDumps: ResourceGroup {
  public init() {}

  public var members: [any Resource] {
    [
      DropIn("/etc/security/limits.d/90-harden.conf", "* hard core 0\n"),
      DropIn("/etc/profile.d/zz-harden.sh", "ulimit -c 0\n"),
      DropIn("/etc/systemd/coredump.conf.d/harden.conf", "[Coredump]\nStorage=none\nProcessSizeMax=0\n"),
      ManagerSettings(["DefaultLimitCORE": "0"]),
    ]
  }
}

/// Settings of systemd's own manager, in a drop-in of harden's and in force.
///
///     ManagerSettings(["DefaultLimitCORE": "0"])
///
/// Judged by `systemctl show`, which prints the manager's properties when no unit is named. A daemon-reload reads
/// system.conf again (seen in systemd 252 and 257); services that run already keep what they were started with.
public struct ManagerSettings: Resource {
  let settings: [String: String]

  public init(_ settings: [String: String]) { self.settings = settings }

  public var address: String { "systemd" }

  public static var examples: [ManagerSettings] { [ManagerSettings(["DefaultLimitCORE": "0"])] }

  static let file: Path = "/etc/systemd/system.conf.d/harden.conf"
  private static let reload = Command("/usr/bin/systemctl", ["daemon-reload"])

  /// Reads nothing on disk: the manager answers from memory.
  private var inForce: Question {
    Question(Command("/usr/bin/systemctl", ["show"] + settings.keys.sorted().map { "--property=\($0)" }), reads: [])
  }

  public func probes(given known: Observations) -> Set<Probe> {
    ownedFileProbes(Self.file).union([.output(question: inForce)])
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    let wanted = settings.sorted { $0.key < $1.key }
    let text = wanted.map { "\($0.key)=\($0.value)\n" }.joined()
    var proposal = try ownedFile(
      Self.file, contents: "[Manager]\n" + text, mode: 0o644, subject: Self.file.text, on: host)
    let answer = try host.output(inForce)
    let result = try answer == .moved ? nil : answer.known("systemd's settings")
    let found = result?.output.properties ?? [:]
    var differs = false
    for (key, value) in wanted where answer != .moved && found[key] != value {
      proposal.changes.append(Change("systemd", key, from: found[key] ?? "not known", to: value))
      differs = true
    }
    guard differs else { return proposal }
    let effect = Effect.answers(
      probe: .output(question: inForce), answer: .there(value: .output(CommandResult(status: 0, output: text))))
    proposal.steps.append(
      Step(
        .run(command: Self.reload), effects: [effect], footprint: Footprint(paths: [Self.file]), title: "reload systemd"
      ))
    return proposal
  }
}
