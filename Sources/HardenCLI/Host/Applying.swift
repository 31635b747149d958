import HostAccess
import HostState
import Planning
import Reporting

/// One apply, from the plan to what became of it.
struct Applying {
  let tool: Tool
  let choice: RecipeChoice
  let invocation: Invocation
  let session: Session
  let executor = Executor()
  let keeper: WindowKeeper
  /// What the plan must come out as, where it was saved.
  let saved: SavedPlan?

  private var console: Console { tool.console }
  /// Standard output is for the JSON of the outcome alone.
  private var isJSON: Bool { invocation.has(.json) }

  init(
    _ choice: RecipeChoice, _ invocation: Invocation, _ tool: Tool, confirmWithin seconds: Int?,
    saved: SavedPlan? = nil
  ) throws(Failure) {
    self.saved = saved
    (self.tool, self.choice, self.invocation) = (tool, choice, invocation)
    // Nothing foreseen: what this apply ends up asking is what the next run will ask at once.
    session = Session(try tool.host(invocation), ledger: { () throws(Diagnostic) in try Ledger.load() })
    keeper = WindowKeeper(executor, choice, session, seconds: seconds)
  }

  /// Plans, shows, asks, does, and says what became of it.
  func run() throws(Failure) -> ExitCode {
    // Before the lock makes anew what may be missing.
    tool.sayLoss()
    try makeReady()
    if let moved = saved?.moved(on: session.host), !moved.isEmpty { throw Failure(.moved(moved)) }
    let plan = PlanRehearsal(choice).tried(try session.plan(choice), knowing: session.known)
    if let saved, saved.steps != plan.steps { throw Failure(.plannedOtherwise()) }
    let shown = tool.text(
      of: plan, invocation, closing: "Nothing has been touched yet.",
      window: WindowText.foreword(plan, of: choice, seconds: keeper.seconds))
    if isJSON { console.note(shown) } else { console.print(shown) }
    guard plan.access.refusals.isEmpty else {
      // The plan says why, above its last line.
      if isJSON { console.print(try tool.json(plan)) }
      console.note("Refused. Nothing has been touched.\n")
      return .failed
    }
    let open = try diagnosed { () throws(Diagnostic) in try ConfirmWindow.read() }
    if let open, open.secondsLeft == 0 { throw Failure(.isDue(open)) }
    guard !plan.isSettled else {
      if let open { console.note(WindowText.open(open, open.activity())) }
      return try conclude(ApplyOutcome(plan: plan, done: [], afterwards: plan))
    }
    let obstacles = Preflight.look(at: plan.steps.map(\.step))
    guard obstacles.isEmpty else { throw Failure(obstacles) }
    if keeper.willArm(plan), let obstacle = Executor.obstacleToArming() { throw Failure(obstacle) }
    if let open { console.note(WindowText.joined(open)) }
    let isApproved =
      if saved != nil { true } else { try tool.isApproved(Self.question(plan.changes), invocation) }
    guard isApproved else {
      console.note("Nothing has been touched.\n")
      return .failed
    }
    try begin(plan, shown, joining: open)
    return try carryOut(plan)
  }

  /// What is asked beneath a plan.
  static func question(_ changes: [Change]) -> String {
    changes.count == 1 ? "Make this change?" : "Make these \(changes.count) changes?"
  }

  /// Opens the run. From here on an end of this process leaves something to make good.
  private func begin(_ plan: Plan, _ shown: String, joining open: ConfirmWindow?) throws(Failure) {
    Interruption.listen(endsSteps: true) { [console] count in
      console.note(
        count == 1
          ? "\nStops after this step; once more to end the step as well, which is then taken back.\n"
          : "\nEnds the step.\n")
    }
    try diagnosed { () throws(Diagnostic) in
      let changes = plan.sections.flatMap(\.items).flatMap { item in
        item.changes.map { RecordedChange(item.address, $0) }
      }
      try executor.begin(
        recipe: choice.name, inputs: choice.inputs, plan: shown, changes: changes, version: HardenTool.version)
      // From here on this is the host's recipe, whatever becomes of the run: to go on, one need not say it again.
      try choice.memory.write()
      try keeper.begin(plan, open)
    }
    if let run = executor.run {
      Interruption.setAfterlife([executor.windowProgram.text, "revert-window", "--await", String(run)])
    }
  }

  private func carryOut(_ plan: Plan) throws(Failure) -> ExitCode {
    let display = ProgressDisplay(console, style: tool.errorStyle)
    let loop = ApplyLoop(
      plan, of: choice, in: session, by: executor,
      approves: { _, unseen in
        display.close()
        return approves(unseen)
      },
      announces: { [console, tool] changes, waiting in
        display.close()
        console.note(Report.text(ofAnnounced: changes, waiting: waiting, style: tool.errorStyle))
      }, holdWindow: { [keeper] () throws(Diagnostic) in try keeper.hold() },
      guardAccess: { [keeper] () throws(Diagnostic) in try keeper.guardAccess() },
      rehearse: { [session, choice, console] steps throws(Failure) in
        display.close()
        return try RehearsedLogin(session: session, choice: choice) { console.note("\($0)\n") }.run(before: steps)
      },
      lookBack: { [session, choice] in PlanRehearsal(choice).look(after: $0, knowing: session.known) },
      stranding: { [session, choice] in session.stranding(choice) },
      progress: { display.show($0, of: $1, $2, $3) })
    var outcome = loop.run()
    display.close()
    outcome.run = executor.run
    if let reverted = try settleWindow(loop, outcome) { return reverted }
    if loop.isStranded, let run = executor.run { outcome.failure?.sayNothingReverts(run) }
    return try conclude(outcome)
  }

  /// What becomes of an open window once the steps are over: the owner gets its whole time, or it is used at once.
  ///
  /// - Returns: the exit code where everything was taken back.
  private func settleWindow(_ loop: ApplyLoop, _ outcome: ApplyOutcome) throws(Failure) -> ExitCode? {
    guard let window = keeper.window else { return nil }
    if loop.accessFailed, let failure = outcome.failure { return try revert(window, because: failure) }
    do throws(Diagnostic) {
      if outcome.failure != nil || outcome.isInterrupted, keeper.isOurs, !keeper.isJoined, !loop.hasClosed {
        try keeper.dismiss()
      } else {
        try keeper.rewind()
        if outcome.failure == nil, !outcome.isInterrupted { try keeper.handOver() }
      }
    } catch {
      return try revert(window, because: error)
    }
    return nil
  }

  /// Takes everything back that the window holds, at once.
  private func revert(_ window: ConfirmWindow, because failure: Diagnostic) throws(Failure) -> ExitCode {
    console.note("\n" + Report.text(of: failure, style: tool.errorStyle))
    console.note("\nThis concerns who gets in, so all of it is taken back now.\n")
    let run = executor.run
    let reverted = executor.revertAndDisarm(window, cause: failure.summary) { [console] words, _ in
      console.note("\(words)\n")
    }
    if isJSON { console.print(try tool.json(reverted)) }
    guard reverted.troubles.isEmpty else { throw Failure(reverted.troubles) }
    let runs = reverted.runs.map(String.init).joined(separator: ", ")
    let stayed = reverted.findings.filter { $0.isStaying && !$0.isOfPackages }
    let rest = stayed.isEmpty ? "The host is as before; packages stay." : "But for this, the host is as before:"
    console.note("\nTaken back: run \(runs.isEmpty ? String(run ?? 0) : runs). \(rest)\n")
    if !stayed.isEmpty { console.note(Report.text(ofStaying: stayed, style: tool.errorStyle)) }
    tool.sayKeptAside()
    return .reverted
  }

  /// Waits for whoever is at work on this host, and makes good what a killed run left open.
  private func makeReady() throws(Failure) {
    try diagnosed { () throws(Diagnostic) in
      try executor.lock { words, _ in console.note("\(words)\n") }
      try Preflight.waitForHost { console.note("\($0)\n") }
      for sentence in try executor.recover(progress: { words, _ in console.note("\(words)\n") }) {
        console.note("\(sentence)\n")
      }
    }
  }

  /// Whether somebody says yes to changes that came up on the way; `--yes` was said to others.
  private func approves(_ unseen: [Change]) -> Bool {
    guard console.inputIsTerminal else { return false }
    let lines = Report.text(of: unseen, style: tool.errorStyle)
    console.note("Planned again, the host needs what was not shown before:\n\(lines)")
    let what = unseen.count == 1 ? "this change" : "these changes"
    return ["y", "yes"].contains(console.ask("Make \(what) as well? [y/N] ")?.lowercased() ?? "")
  }

  /// Closes the run, and remembers what the next one needs to know.
  private func conclude(_ outcome: ApplyOutcome) throws(Failure) -> ExitCode {
    let isSettled = outcome.afterwards?.isSettled ?? false
    let isDone = outcome.failure == nil && !outcome.isInterrupted && isSettled
    try diagnosed { () throws(Diagnostic) in
      if let failure = outcome.failure {
        try executor.finish(.failed(words: failure.summary))
      } else if outcome.isInterrupted {
        try executor.finish(.stopped)
      } else {
        try executor.finish(isSettled ? .done : .failed(words: "done, but not settled"))
      }
      if isDone {
        try choice.memory.write()
        // An apply that had nothing to do leaves nothing behind either, but for what an older harden did not ask.
        if !outcome.done.isEmpty || !session.asked.isKnown() { try session.asked.write() }
      }
    }
    if isJSON {
      console.print(try tool.json(AppliedOutcome(outcome, keeper.window)))
    } else if !outcome.plan.isSettled {
      var style = tool.outputStyle
      style.isVerbose = invocation.has(.verbose)
      let text = "\n" + Report.text(of: outcome, style: style)
      if isDone { console.print(text) } else { console.note(text) }
      if keeper.isOurs, let window = keeper.window {
        if isDone { console.print(WindowText.waiting(window)) } else { console.note(WindowText.waiting(window)) }
      } else if let window = keeper.window {
        console.note(WindowText.open(window, window.activity()))
      }
    }
    return isDone ? .done : .failed
  }
}

extension Diagnostic {
  /// For an apply without a revert, after which nobody gets in.
  fileprivate mutating func sayNothingReverts(_ run: Int) {
    detail +=
      " No revert is armed, so nothing is taken back by itself: keep this session open, and mend that from here, "
      + "or take the run back:"
    fix = "harden undo \(run)"
  }

  fileprivate static func isDue(_ window: ConfirmWindow) -> Diagnostic {
    let hindrance = WindowText.hindrance(window.activity())
    return Diagnostic(
      "A revert is due",
      detail:
        "\(WindowText.notInTime(window)), and \(hindrance ?? "systemd takes it back"). Nothing is changed beside that. "
        + (hindrance == nil ? "If nothing happens, take it back yourself:" : "Take it back yourself:"),
      fix: "harden undo \(window.run) --force")
  }

  fileprivate static func moved(_ facts: [String]) -> Diagnostic {
    let more = facts.count - 12
    return Diagnostic(
      "The host is not as it was",
      detail: "The saved plan rests on what is not so any more:\n\n"
        + facts.prefix(12).map { "- \($0)" }.joined(separator: "\n")
        + (more > 0 ? "\n- and \(more) more" : "") + "\n\nNothing was changed.",
      fix: "Plan again: harden plan RECIPE --out FILE")
  }

  fileprivate static func plannedOtherwise() -> Diagnostic {
    Diagnostic(
      "The plan comes out otherwise",
      detail: "Planned anew, the steps are not those of the saved plan, though nothing that it rests on moved. "
        + "Nothing was changed.", fix: "Plan again: harden plan RECIPE --out FILE")
  }
}
