import HostAccess
import HostState
import Planning

/// The window of one apply: armed before the first step that concerns access, and for its whole time at the end.
final class WindowKeeper {
  private let executor: Executor
  private let choice: RecipeChoice
  private let session: Session
  /// How long it is open; nil where none is wanted.
  let seconds: Int?
  private let administrators: [String]
  /// Units that the plan changes.
  private var units: [String] = []
  /// The window that is open, by this apply or an earlier one.
  private(set) var window: ConfirmWindow?
  /// Whether it was open before this apply, which then is not its only run.
  private(set) var isJoined = false
  /// Whether this apply armed it.
  private(set) var isOurs = false

  init(_ executor: Executor, _ choice: RecipeChoice, _ session: Session, seconds: Int?) {
    (self.executor, self.choice, self.session, self.seconds) = (executor, choice, session, seconds)
    administrators = choice.administrators.map(\.name)
  }

  /// Looks whether a window is open, and says that this apply is now at work in it.
  func begin(_ plan: Plan, _ open: ConfirmWindow?) throws(Diagnostic) {
    units = plan.steps.flatMap(\.step.units)
    window = open
    isJoined = open != nil
    // Should this apply be cut short, either may be whom it left.
    try join { window in window.administrators += administrators.filter { !window.administrators.contains($0) } }
  }

  /// Says that this apply is at work in the window that was open before it, and what else is so in it now.
  private func join(_ change: (inout ConfirmWindow) -> Void) throws(Diagnostic) {
    guard isJoined, !isOurs, var window else { return }
    change(&window)
    try executor.join(window)
    self.window = window
  }

  /// Whether this plan will be waited for to be confirmed.
  func willArm(_ plan: Plan) -> Bool {
    seconds != nil && !administrators.isEmpty && plan.steps.contains(where: \.step.risk.concernsAccess)
  }

  /// A short window is for an owner in a hurry; the steps themselves get at least so many seconds each.
  private static let patience = 30

  /// Arms a revert, if none is armed or half of its time is gone: steps that go on keep it from running out.
  func guardAccess() throws(Diagnostic) {
    guard let seconds, !administrators.isEmpty else { return }
    let time = max(seconds, Self.patience)
    if let window, isOurs, window.secondsLeft * 2 > time { return }
    try arm(time)
  }

  /// Keeps an open window open for what may take minutes.
  func hold() throws(Diagnostic) {
    guard let seconds, isOurs, window != nil else { return }
    try arm(max(seconds, Self.longest))
  }

  /// Seconds that an order of a certificate may take, and the steps that follow it.
  private static let longest = 420

  /// Gives the owner the whole time, from now on.
  func rewind() throws(Diagnostic) {
    guard let seconds, isOurs else { return }
    try arm(seconds)
  }

  /// Lets those whom this apply declares confirm the window of an earlier one, and nobody else: it may have shut those out.
  func handOver() throws(Diagnostic) {
    guard !administrators.isEmpty else { return }
    let command = command(for: (try? session.known.operator())?.value)
    try join { window in (window.administrators, window.command) = (administrators, command) }
  }

  /// Takes the window away: nothing was closed in it.
  func dismiss() throws(Diagnostic) {
    try executor.disarm()
    window = nil
  }

  private func arm(_ seconds: Int) throws(Diagnostic) {
    guard let run = executor.run ?? window?.run else { throw .bug("A revert was to be armed outside of a run.") }
    let visitor = (try? session.known.operator())?.value
    let command = command(for: visitor)
    let next = ConfirmWindow(
      run: min(run, window?.run ?? run), administrators: administrators, seconds: seconds, command: command,
      operatorAddress: visitor?.address, operatorRelay: visitor?.relay?.process)
    window = try executor.arm(next, units: units)
    isOurs = true
  }

  private func command(for visitor: Operator?) -> String {
    ConfirmCommand.text(
      administrator: administrators[0], visitor: visitor, listeners: (try? session.known.listeners())?.value ?? [],
      executor)
  }
}

extension Step {
  /// Units that it changes, or whose files it may change.
  fileprivate var units: [String] {
    switch action {
    case .reload(let unit, _, _, _), .setUnit(let unit, _, _): [unit] + footprint.units
    default: footprint.units
    }
  }
}
