import HostAccess
import HostState
import Planning
import Reporting

/// What `apply --json` prints.
struct AppliedOutcome: Encodable {
  let run: Int?
  let plan: Plan
  let done: [PlannedStep]
  let putBack: [PlannedStep]
  /// What these steps had changed and could not be put back, and why.
  let notPutBack: [String: String]
  let left: [PlannedStep]
  let failure: Diagnostic?
  let isInterrupted: Bool
  /// What planning again came to.
  let afterwards: Plan?
  /// The revert that is armed.
  let window: WindowText.Values?

  init(_ outcome: ApplyOutcome, _ window: ConfirmWindow?) {
    self.window = window.map { WindowText.Values($0) }
    (run, plan, done, putBack) = (outcome.run, outcome.plan, outcome.done, outcome.putBack)
    notPutBack = outcome.remains.reduce(into: [:]) { reasons, item in
      switch item.fate {
      case .conflict(let found): reasons[item.subject] = "changed meanwhile: \(found)"
      case .stays(let why), .shut(let why, _): reasons[item.subject] = why
      case .putBack, .removed, .asBefore, .reloaded: break
      }
    }
    (left, failure, isInterrupted) = (outcome.left, outcome.failure, outcome.isInterrupted)
    afterwards = outcome.afterwards
  }
}
