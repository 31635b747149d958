import Glibc
import HostState

extension Executor {
  static let systemctl = UnitVerbs.systemctl
  /// Seconds within which a daemon must listen again.
  static let listenLimit = 10.0
  /// Seconds for which a daemon that listens must live on where no sign tells that it took its configuration in: apache2
  /// reloads with exit code 0, and dies a moment later of a taken port.
  private static let settleTime = 1.0

  func properties(_ unit: String, _ names: [String]) -> [String: String] { runner.properties(of: unit, names) }

  func isActive(_ unit: String) -> Bool { Self.isUp(properties(unit, ["ActiveState"])["ActiveState"]) }

  static func isUp(_ activity: String?) -> Bool { ["active", "reloading"].contains(activity) }

  func reload(
    _ unit: String, _ restart: Bool, _ check: Command?, _ ports: [UInt16], _ progress: Progress
  ) throws(Diagnostic) {
    if let check { try accept(check, before: unit) }
    let state = properties(unit, ["ActiveState", "CanReload", "TriggeredBy", "NeedDaemonReload", "MainPID"])
    // systemd 252 (Debian 12) does not notice a drop-in whose directory is new.
    if state["NeedDaemonReload"] == "yes" || unit.hasSuffix(".socket") {
      try demand(Command(Self.systemctl, ["daemon-reload"]))
    }
    let isUp = Self.isUp(state["ActiveState"])
    if !isUp && !restart, (state["TriggeredBy"] ?? "").split(separator: " ").contains(where: { isActive(String($0)) }) {
      // A socket listens in its stead and starts it anew for whoever comes: nothing runs that could be reloaded.
      return
    }
    // Never a signal by hand: SIGHUP with a bad file ends sshd, where `systemctl reload` looks first and refuses.
    let verb = restart ? "restart" : isUp ? "reload" : "start"
    progress("\(verb) \(unit)", nil)
    try makeWay(for: unit)
    let before = DaemonSigns(main: Int(state["MainPID"] ?? "") ?? 0, ports: Set(ports))
    try tell(unit, to: verb)
    // sshd always shows it, so that without a sign it goes on as it was.
    try awaitListeners(
      unit, Set(ports), since: before, needsSign: unit == "ssh.service" && verb == "reload" && !before.sockets.isEmpty)
  }

  /// Holds a check against what lies on disk, before a unit is told to read it.
  ///
  /// - Throws: a `Diagnostic` when the check refuses; the unit runs on as before.
  func accept(_ check: Command, before unit: String) throws(Diagnostic) {
    let outcome = ask(check)
    guard case .finished(let result) = outcome, check.accepted.contains(result.status) else {
      throw .notReloaded(unit, check, outcome)
    }
  }

  func tell(_ unit: String, to verb: String) throws(Diagnostic) {
    try UnitVerbs(run: { self.start($0) }).tell(unit, to: verb)
  }

  /// Stops the service that holds a socket unit's port: systemd starts no socket beside it. Sessions live on, and the
  /// next connection starts the service again.
  func makeWay(for unit: String) throws(Diagnostic) {
    guard unit.hasSuffix(".socket") else { return }
    for service in (properties(unit, ["Triggers"])["Triggers"] ?? "").split(separator: " ").map(String.init)
    where isActive(service) {
      try tell(service, to: "stop")
    }
  }

  /// Asks about what lies on disk; sshd even where its unit has not made `/run/sshd` yet, without which it refuses.
  private func ask(_ check: Command) -> ProcessRunner.Outcome {
    guard let overlay else { return start(check) }
    let outcome = overlay.run(check, over: Overlay()).outcome
    if case .notStarted = outcome { return start(check) }
    return outcome
  }

  /// Waits until the ports are listened on and the unit has shown that it lives, or has lived for a moment.
  ///
  /// - Parameter older: ports that will do as well.
  func awaitListeners(
    _ unit: String, _ ports: Set<UInt16>, orAs older: [Set<UInt16>] = [], since before: DaemonSigns,
    needsSign: Bool = false
  ) throws(Diagnostic) {
    let main = ports.isEmpty ? 0 : Listening.mainProcess(of: unit, runner)
    var waited = 0.0
    while !ports.isEmpty {
      let listened = Listening.ports()
      let met = Self.met([ports] + older, by: listened)
      if let met {
        let signs = DaemonSigns(main: main, ports: met)
        if waited >= Self.settleTime, !needsSign || signs.isExecutedAnew(since: before) { break }
        if signs.isNewer(than: before) { break }
      }
      // Once a moment has passed, a unit that has ended will not listen any more.
      let isOver = waited >= Self.listenLimit || waited >= Self.settleTime && !isActive(unit)
      if isOver, met != nil, isActive(unit) { throw .notRead(unit) }
      guard !isOver else { throw .notListening(unit, ports.subtracting(listened).sorted(), isActive(unit)) }
      usleep(50_000)
      waited += 0.05
    }
    guard isActive(unit) else { throw .died(unit) }
  }

  /// The first of these sets of ports, all of which are listened on.
  static func met(_ choices: [Set<UInt16>], by listened: Set<UInt16>) -> Set<UInt16>? {
    choices.first { !$0.isEmpty && $0.isSubset(of: listened) }
  }

  /// What is to want a running unit that has not the other names of its installation (`Alias=`) yet; none where `enable`
  /// does no harm.
  ///
  /// With a link of a name that units refer to already, systemd 257 may take over the state of what was not there: it loses
  /// sight of a running `ssh.service` as `sshd.service` comes, and can crash when that service ends. The other names come
  /// with `systemctl enable` at a time when it does not run.
  private static func targets(ofRunning state: [String: String]) throws(Diagnostic) -> [String] {
    guard let path = state["FragmentPath"], !path.isEmpty, let bytes = try SafeFiles.read(Path(path)) else { return [] }
    let unit = UnitText(String(decoding: bytes, as: UTF8.self))
    func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
    func installed(_ name: String) -> [String] { unit.values(of: name, in: "Install").flatMap(words) }
    let names = Set(words(state["Names"] ?? ""))
    guard !names.isSuperset(of: installed("Alias")), installed("RequiredBy").isEmpty, installed("Also").isEmpty else {
      return []
    }
    return installed("WantedBy")
  }

  func setUnit(_ unit: String, _ enabled: Bool?, _ active: Bool?, _ progress: Progress) throws(Diagnostic) {
    guard (try? SafeFiles.openDirectory("/run/systemd/system")) ?? nil != nil else { throw .noSystemd(unit) }
    let state = properties(unit, ["NeedDaemonReload", "LoadState", "ActiveState", "FragmentPath", "Names"])
    if state["LoadState"] != "loaded" || state["NeedDaemonReload"] == "yes" {
      try demand(Command(Self.systemctl, ["daemon-reload"]))
    }
    if let enabled {
      progress("\(enabled ? "enable" : "disable") \(unit)", nil)
      let targets = try enabled && Self.isUp(state["ActiveState"]) ? Self.targets(ofRunning: state) : []
      if targets.isEmpty {
        try demand(Command(Self.systemctl, [enabled ? "enable" : "disable", "--", unit]))
      }
      for target in targets { try demand(Command(Self.systemctl, ["add-wants", "--", target, unit])) }
    }
    guard let active else { return }
    progress("\(active ? "start" : "stop") \(unit)", nil)
    try tell(unit, to: active ? "start" : "stop")
    guard isActive(unit) == active || !active else { throw .died(unit) }
  }
}

extension Diagnostic {
  fileprivate static func notReloaded(_ unit: String, _ check: Command, _ outcome: ProcessRunner.Outcome) -> Diagnostic
  {
    var refused = Diagnostic.failed(check, outcome)
    if case .finished = outcome {
      refused.summary = "Configuration refused"
      refused.detail = "\(unit) was not reloaded: “\(check)” does not accept what lies on disk. It runs on as before."
    }
    return refused
  }

  fileprivate static func notListening(_ unit: String, _ ports: [UInt16], _ isActive: Bool) -> Diagnostic {
    let ports = ports.map { String($0) }.joined(separator: ", ")
    return Diagnostic(
      "Nobody listens",
      detail: "\(unit) was reloaded, and nothing listens on port \(ports) any more. "
        + (isActive ? "The unit says that it runs." : "The unit has ended."),
      fix: "journalctl -u \(unit) -n 20 --no-pager")
  }

  fileprivate static func notRead(_ unit: String) -> Diagnostic {
    Diagnostic(
      "Configuration not read",
      detail: "\(unit) was reloaded, but its sockets are those of before: it did not read its files again.",
      fix: "systemctl cat \(unit); systemctl status \(unit)")
  }

  fileprivate static func died(_ unit: String) -> Diagnostic {
    Diagnostic(
      "Unit not running", detail: "\(unit) was started or reloaded, and does not run a moment later.",
      fix: "journalctl -u \(unit) -n 20 --no-pager")
  }

  fileprivate static func noSystemd(_ unit: String) -> Diagnostic {
    Diagnostic(
      "systemd does not run",
      detail: "\(unit) cannot be enabled or started: this system was not booted by systemd (there is no "
        + "/run/systemd/system). In a container, boot it with systemd as its first process.")
  }
}
