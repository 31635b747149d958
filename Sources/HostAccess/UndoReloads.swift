import HostState

/// The reloads that an undo owes: a reload is taken back by another one, once the files that it had read are back.
struct OwedReloads {
  fileprivate var pending: [(step: JournaledStep, journal: Journal)] = []
  /// How many are still to come, by unit.
  private var coming: [String: Int] = [:]
  /// Whose step put files of sshd's back since it was told last.
  fileprivate var behind: String?
  /// Units that rest again once all is taken back.
  private let resting: Set<String>
  /// All of them, those that an undo before this one made included.
  private let owed: [JournaledStep]

  /// - Parameters:
  ///   - steps: all that the undo takes back.
  ///   - done: what an undo before it took back, which was cut short.
  init(_ steps: [JournaledStep], after done: [JournaledStep] = []) {
    resting = Self.resting(after: steps + done)
    owed = (steps + done).filter(\.isOwedReload)
    for unit in steps.filter(\.isOwedReload).compactMap(\.reloadedUnit) { coming[unit, default: 0] += 1 }
  }

  /// Units that some of these steps had started: they are stopped with them, and have nothing to be told.
  static func resting(after steps: [JournaledStep]) -> Set<String> {
    var units: Set<String> = []
    for step in steps where step.reloadedUnit == nil {
      for case (.activity(let unit), let value) in (step.after ?? step.before).values
      where value.isRunning && !step.before[.activity(unit: unit)].isRunning {
        units.insert(unit)
      }
    }
    return units
  }

  /// Whether a reload would start what is to be at rest.
  func isNeedless(_ step: JournaledStep, isActive: (String) -> Bool) -> Bool {
    guard let unit = step.reloadedUnit, resting.contains(unit) else { return false }
    return !isActive(unit)
  }

  mutating func add(_ step: JournaledStep, _ journal: Journal) {
    pending.append((step, journal))
    if step.isOwedReload, let unit = step.reloadedUnit { coming[unit, default: 1] -= 1 }
  }

  /// Ports that the unit listened on at older stages.
  ///
  /// A revert puts all files back at boot, before any daemon starts: then one listens as at the oldest stage, while the
  /// reloads of the newer ones are still to be taken back.
  func olderPorts(than step: JournaledStep) -> [Set<UInt16>] {
    owed.filter { $0.reloadedUnit == step.reloadedUnit && ($0.began, $0.number) < (step.began, step.number) }
      .map(\.portsBefore)
  }

  /// To be told of each step whose files are back.
  mutating func putBack(_ step: JournaledStep) {
    if step.changesSSHD { behind = step.planned.address }
  }

  /// Whether sshd is to be told by itself before what is taken back next: no reload of it is still to come.
  func owesSSHD(before next: JournaledStep?) -> Bool {
    guard let behind, next?.planned.address != behind else { return false }
    return !pending.contains { $0.step.isOfSSHD && $0.step.isOwedReload }
      && !coming.contains { $0.key.hasPrefix(JournaledStep.sshdUnits) && $0.value > 0 }
  }

  /// Whether an older one of the same unit makes good what this one cannot do. Not while ways in hang on it: what comes
  /// next may take away whom the running sshd admits.
  func isFollowed(_ step: JournaledStep) -> Bool {
    guard let unit = step.reloadedUnit, !unit.hasPrefix("ssh") else { return false }
    return coming[unit, default: 0] > 0
  }
}

extension Executor {
  /// Makes the reloads that are due.
  ///
  /// On the way there may be states that were broken: somebody took away a module that the configuration needs, and a
  /// later run put that right. A reload that cannot be made in one is left to the next older one of the same unit.
  ///
  /// - Parameter failed: told of a reload that cannot be made; nil ends there.
  /// - Returns: units that are not there any more.
  func make(
    _ reloads: inout OwedReloads, _ progress: Progress, _ failed: ((Diagnostic) -> Void)?,
    _ isDue: (JournaledStep) -> Bool
  ) throws(Diagnostic) -> [UndoFinding] {
    var findings: [UndoFinding] = []
    let due = reloads.pending.filter { isDue($0.step) }
    for (step, journal) in due {
      do throws(Diagnostic) {
        do throws(Diagnostic) {
          let older = reloads.olderPorts(than: step)
          if !reloads.isNeedless(step, isActive: isActive), let gone = try reloadAgain(step, orAs: older, progress) {
            findings.append(gone)
          }
          if step.isOfSSHD, step.isOwedReload { reloads.behind = nil }
        } catch {
          // Its successor has come already where that is why it is due.
          guard reloads.isFollowed(step) else { throw error }
          progress("\(step.reloadedUnit ?? "") is told later: \(error.summary)", nil)
        }
        try journal.append(JournalRecord(kind: .takenBack, time: Self.now, step: step.number))
      } catch {
        guard let failed else { throw error }
        failed(error)
      }
    }
    reloads.pending.removeAll { isDue($0.step) }
    return findings
  }

  /// - Parameter older: ports that it may listen on instead.
  /// - Returns: that the unit is not there any more.
  private func reloadAgain(
    _ step: JournaledStep, orAs older: [Set<UInt16>], _ progress: Progress
  ) throws(Diagnostic) -> UndoFinding? {
    guard case .reload(let unit, let restart, let check, _) = step.planned.step.action, step.isOwedReload else {
      return nil
    }
    if let gone = unitThatIsGone(unit) { return gone }
    if let check = check ?? Self.usualCheck(of: unit) { try accept(check, before: unit) }
    progress("\(restart ? "restart" : "reload") \(unit)", nil)
    // Ubuntu makes a socket's addresses out of sshd's files, at each daemon-reload (sshd-socket-generator).
    if unit.hasSuffix(".socket") { try demand(Command(Self.systemctl, ["daemon-reload"])) }
    try makeWay(for: unit)
    try tell(unit, to: restart ? "restart" : "reload-or-restart", awaiting: step.portsBefore, orAs: older)
    return nil
  }

  /// Has sshd read its files where no reload did: it was at rest behind its socket when the run changed them, and somebody
  /// who logged in since started it. At once, since nothing would tell an undo that stops later and goes on another day.
  func tellSSHD(
    _ reloads: inout OwedReloads, before next: JournaledStep?, _ progress: Progress, _ failed: ((Diagnostic) -> Void)?
  ) throws(Diagnostic) {
    guard reloads.owesSSHD(before: next) else { return }
    reloads.behind = nil
    do throws(Diagnostic) {
      try tellSSHD(progress)
    } catch {
      guard let failed else { throw error }
      failed(error)
    }
  }

  private func tellSSHD(_ progress: Progress) throws(Diagnostic) {
    let unit = Self.sshd
    guard isActive(unit) else { return }
    if let check = Self.usualCheck(of: unit) { try accept(check, before: unit) }
    // A socket of systemd's is handed over anew: not every sshd can take it through a reload.
    let verb = isActive("ssh.socket") ? "restart" : "reload"
    progress("\(verb) \(unit)", nil)
    try tell(unit, to: verb, awaiting: Listening.ports(of: unit, runner))
  }

  /// Has a daemon read its files, and looks that it listens again.
  private func tell(
    _ unit: String, to verb: String, awaiting ports: Set<UInt16>, orAs older: [Set<UInt16>] = []
  ) throws(Diagnostic) {
    let before = DaemonSigns(main: Listening.mainProcess(of: unit, runner), ports: ports)
    try tell(unit, to: verb)
    try awaitListeners(unit, ports, orAs: older, since: before)
  }

  static let sshd = "ssh.service"

  /// A finding where a unit went with its package.
  func unitThatIsGone(_ unit: String) -> UndoFinding? {
    guard runner.isGone(unit) else { return nil }
    return UndoFinding(ImageItem.activity(unit: unit).subject, .stays(why: "it is not there any more"))
  }

  /// For steps that name none: a daemon that is restarted, or reloads by itself, dies of files that it does not accept.
  private static func usualCheck(of unit: String) -> Command? {
    switch unit {
    case "ssh.service", "ssh.socket": Command("/usr/sbin/sshd", ["-t"])
    case "apache2.service": Command("/usr/sbin/apachectl", ["configtest"])
    default: nil
    }
  }
}

extension JournaledStep {
  /// Its service and its socket.
  fileprivate static let sshdUnits = "ssh."
  fileprivate var isOfSSHD: Bool { reloadedUnit?.hasPrefix(Self.sshdUnits) == true }

  /// Whether what sshd reads was another text before.
  var changesSSHD: Bool {
    guard let after else { return false }
    return Set(before.values.keys).union(after.values.keys).contains { item in
      guard case .path(let path) = item, path.hasPrefix("/etc/ssh/") || path == "/etc/default/ssh" else { return false }
      return before[item].text != after[item].text
    }
  }

  var reloadedUnit: String? { planned.step.reloadedUnit }

  /// The daemon may be dead or run on with the files of before: it is told once they are back.
  var isFailedReload: Bool { state == .failed && reloadedUnit != nil }

  /// Whether something of it is to be taken back: one that was cut short may have done anything.
  var isStanding: Bool { state == .done || state == .open || isFailedReload }

  /// What the unit that it reloads listened on.
  var portsBefore: Set<UInt16> {
    guard let unit = reloadedUnit, case .text(let text) = before[.listening(unit: unit)] else { return [] }
    return Set(text.split(separator: " ").compactMap { UInt16($0) })
  }

  /// Whether the daemon ran before, so that it is to be told once the files that it read are back.
  var isOwedReload: Bool { reloadedUnit.map { before[.activity(unit: $0)] == .text(text: "active") } ?? false }
}

extension ImageValue {
  /// What tells one text of a file from another.
  fileprivate var text: String? {
    guard case .entry(let entry) = self else { return nil }
    return entry.digest ?? entry.target
  }
}
