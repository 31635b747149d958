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
  /// - Parameters:
  ///   - atWork: the run that another harden is at work on; nothing can be confirmed meanwhile.
  ///   - activity: what comes of the revert; nil where that is not known.
  static func open(_ window: ConfirmWindow, atWork: Int? = nil, _ activity: RevertActivity? = nil) -> String {
    let isDue = window.secondsLeft == 0
    if isDue, atWork != nil || hindrance(activity) == nil {
      // Taken back by that run, should the revert not be at work.
      let rest = hindrance(activity) == nil ? "is being taken back now" : "run \(atWork ?? 0) is at work"
      return "\n\(notInTime(window)), and \(rest).\n"
    }
    if let atWork {
      let what =
        atWork == window.run
        ? "Run \(atWork) is at work: once it has ended it is to be confirmed, or is taken back."
        : "Run \(window.run) is not confirmed yet, and run \(atWork) is at work. What is there once that has ended is to "
          + "be confirmed, or is taken back."
      return "\n" + Help.wrapped(what, indent: 0) + "\n"
    }
    if let hindrance = hindrance(activity) {
      let words = isDue ? notInTime(window) : "Run \(window.run) is not confirmed"
      let told = "\(words), and \(hindrance). \(cures(window, activity))"
      // Its files went back at boot: it cannot be kept any more.
      if window.isOfAnotherBoot { return "\n" + Help.wrapped(told, indent: 0) + "\n" }
      return text("\(told) To keep it, from another terminal:", window)
    }
    return text(
      "Run \(window.run) is not confirmed: in \(TimeSpan.words(window.secondsLeft)) it is taken back with all that came "
        + "after it. To keep it, from another terminal (sudo harden undo \(window.run) takes it back now):", window)
  }

  /// What keeps a window from being taken back, to follow “and”; nil where nothing does.
  static func hindrance(_ activity: RevertActivity?) -> String? {
    switch activity {
    case nil, .underWay: nil
    case .stopped(let unit): "nothing takes it back: systemd does not run \(unit)"
    case .failing(let unit, true): "taking it back fails, and is tried again and again: journalctl -u \(unit) tells why"
    case .failing(let unit, false): "taking it back failed, and is not tried again: journalctl -u \(unit) tells why"
    case .cannotStart(let program):
      "nothing takes it back: systemd cannot start \(program), whose file system may forbid programs"
    }
  }

  private static func cures(_ window: ConfirmWindow, _ activity: RevertActivity?) -> String {
    let undo = "sudo harden undo \(window.run) --force"
    guard case .stopped(let unit) = activity else { return "\(undo) takes it back now." }
    let start = "sudo systemctl start \(unit)"
    return window.secondsLeft == 0
      ? "\(start) or \(undo) takes it back now."
      : "\(start) has it wait for its time again, and \(undo) takes it back now."
  }

  static func notInTime(_ window: ConfirmWindow) -> String {
    "Run \(window.run) was not confirmed \(window.isOfAnotherBoot ? "before the host was rebooted" : "in time")"
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
    console.note(WindowText.open(window, atWork: RunLock.runAtWork(), window.activity()))
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
