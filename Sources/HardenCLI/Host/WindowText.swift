import HostAccess
import HostState
import Planning

/// What is said of a revert that is armed. The last line is always the command to copy.
enum WindowText {
  /// What JSON says of it.
  struct Values: Encodable {
    let run: Int
    let administrators: [String]
    /// Seconds since 1970.
    let deadline: Int
    let command: String

    init(_ window: ConfirmWindow) {
      (run, administrators) = (window.run, window.administrators)
      (deadline, command) = (window.deadline, window.command)
    }
  }

  /// What a plan says of the revert that its apply arms; nil where it arms none.
  ///
  /// - Parameter isHere: whether the plan is of the host on which this runs; why apply would refuse is said then.
  static func foreword(_ plan: Plan, of choice: RecipeChoice, seconds: Int?, isHere: Bool = true) -> String? {
    guard let seconds, !choice.administrators.isEmpty, plan.steps.contains(where: \.step.risk.concernsAccess) else {
      return nil
    }
    if isHere, let obstacle = Executor.obstacleToArming() {
      return "Apply refuses this unless --no-confirm is added: \(obstacle.detail)"
    }
    return "Apply arms a revert first: all of this is taken back, packages excepted, unless sudo harden confirm is run "
      + "from a fresh login within \(TimeSpan.words(seconds)) of its end."
  }

  /// At the end of an apply.
  static func waiting(_ window: ConfirmWindow) -> String {
    text(
      "Not kept yet: unless you log in anew and confirm within \(TimeSpan.words(window.seconds)), by "
        + "\(utc(window.deadline, seconds: true)), all of this is taken back, packages excepted. From another terminal:",
      window)
  }

  /// Where somebody looks while it is open.
  ///
  /// - Parameter atWork: the run that another harden is at work on; nothing can be confirmed meanwhile.
  static func open(_ window: ConfirmWindow, atWork: Int? = nil) -> String {
    guard window.secondsLeft > 0 else {
      return "\nRun \(window.run) was not confirmed in time, and is being taken back now.\n"
    }
    if let atWork {
      let what =
        atWork == window.run
        ? "Run \(atWork) is at work: once it has ended it is to be confirmed, or is taken back."
        : "Run \(window.run) is not confirmed yet, and run \(atWork) is at work. What is there once that has ended is to "
          + "be confirmed, or is taken back."
      return "\n" + Help.wrapped(what, indent: 0) + "\n"
    }
    return text(
      "Run \(window.run) is not confirmed: in \(TimeSpan.words(window.secondsLeft)) it is taken back with all that came "
        + "after it. To keep it, from another terminal (sudo harden undo \(window.run) takes it back now):", window)
  }

  /// Before an apply goes on within one.
  static func joined(_ window: ConfirmWindow) -> String {
    Help.wrapped(
      "Run \(window.run) is not confirmed yet. What this apply does is confirmed, or taken back, together with it.",
      indent: 0) + "\n"
  }

  private static func text(_ words: String, _ window: ConfirmWindow) -> String {
    "\n" + Help.wrapped(words, indent: 0) + "\n\n      \(window.command)\n"
  }
}

extension Tool {
  /// Says so where a window is open; root alone can tell.
  func sayWindow() {
    guard isRoot, let window = try? ConfirmWindow.read() else { return }
    console.note(WindowText.open(window, atWork: RunLock.runAtWork()))
  }

  /// Beforehand: what makes that which is shown less than certain. Root alone can tell.
  ///
  /// - Parameter ofHost: whether the host itself is looked at.
  func sayCaveats(ofHost: Bool = true) {
    guard isRoot else { return }
    if ofHost, let run = RunLock.runAtWork() {
      console.note(
        Help.wrapped(
          "Run \(run) is at work: the host is looked at while it changes. Look again once that has ended.", indent: 0)
          + "\n\n")
    }
    if let objection = StatePaths.standard.objection() { say(caveat: objection) }
    sayLoss()
  }

  /// That harden does not know any more what it made here.
  func sayLoss() {
    if let loss = StatePaths.standard.loss() { say(caveat: loss) }
  }

  /// What keeps nobody from looking, and is to be mended all the same.
  func say(caveat: Diagnostic) {
    console.note(Help.wrapped("\(caveat.summary): \(caveat.detail)", indent: 0) + "\n\n      \(caveat.fix ?? "")\n\n")
  }
}
