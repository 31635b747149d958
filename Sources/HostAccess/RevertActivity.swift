import Glibc
import HostState

/// What comes of the revert of an open window: its time alone takes nothing back.
public enum RevertActivity: Hashable, Sendable {
  /// systemd waits for its time, or it is at work.
  case underWay
  /// It was started, and failed.
  case failing(unit: String, isTriedAgain: Bool)
  /// Nothing is taken back until this unit is started: somebody stopped it.
  case stopped(unit: String)
  /// The copy of harden that it runs cannot be started.
  case cannotStart(program: Path)

  /// - Parameters:
  ///   - output: what `question` answers.
  ///   - isDue: whether its time is over.
  /// - Returns: nil where systemd does not tell.
  init?(_ output: String, isDue: Bool, isOfAnotherBoot: Bool, canStart: Bool) {
    var units: [String: [String: String]] = [:]
    for block in output.split(separator: "\n\n").map(\.properties) { units[block["Id"] ?? ""] = block }
    guard let timer = units[WindowUnits.timer], let service = units[WindowUnits.service],
      let rest = units[WindowUnits.rest]
    else { return nil }
    let isWaiting = timer["SubState"] == "waiting"
    let takers = isOfAnotherBoot ? [rest, service] : [service]
    let taker = isOfAnotherBoot ? WindowUnits.rest : WindowUnits.service
    if takers.contains(where: Self.isAtWork) || isWaiting && isDue && !isOfAnotherBoot {
      self = .underWay
    } else if isDue, takers.contains(where: Self.isTriedAgain) {
      self = .failing(unit: taker, isTriedAgain: true)
    } else if isDue, takers.contains(where: { $0["ActiveState"] == "failed" }) {
      self = .failing(unit: taker, isTriedAgain: false)
    } else if !canStart {
      self = .cannotStart(program: StatePaths.standard.windowProgram)
    } else if isWaiting, !isDue {
      self = .underWay
    } else {
      // A timer that has fired is active still, and does not fire again.
      let isOver = isOfAnotherBoot || timer["ActiveState"] == "active"
      self = .stopped(unit: isDue && isOver ? taker : WindowUnits.timer)
    }
  }

  static let question = Command(
    UnitVerbs.systemctl,
    ["show", "--property=Id,ActiveState,SubState,Job", "--", WindowUnits.timer, WindowUnits.service, WindowUnits.rest],
    timeLimit: 20)

  /// Whether it runs, or is just about to: early in a boot it is one of many jobs.
  private static func isAtWork(_ unit: [String: String]) -> Bool {
    guard !isTriedAgain(unit) else { return false }
    return ["activating", "deactivating"].contains(unit["ActiveState"]) || !["", "0"].contains(unit["Job"] ?? "")
  }

  private static func isTriedAgain(_ unit: [String: String]) -> Bool {
    unit["SubState"]?.hasPrefix("auto-restart") == true
  }
}

extension ConfirmWindow {
  /// Asks systemd whether it takes back what nobody confirms; nil where that cannot be told.
  public func activity(_ paths: StatePaths = .standard) -> RevertActivity? {
    guard case .finished(let result) = ProcessRunner(launcher: .spawn).run(RevertActivity.question), result.status == 0
    else { return nil }
    // Of a program on a file system that is mounted noexec this says so as well (access(2)).
    let canStart = access(paths.windowProgram.text, X_OK) == 0
    return RevertActivity(
      result.output, isDue: secondsLeft == 0, isOfAnotherBoot: isOfAnotherBoot, canStart: canStart)
  }
}
