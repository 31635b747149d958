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

  private var console: Console { tool.console }
  /// Standard output is for the JSON of the outcome alone.
  private var isJSON: Bool { invocation.has(.json) }

  init(_ choice: RecipeChoice, _ invocation: Invocation, _ tool: Tool) throws(Failure) {
    (self.tool, self.choice, self.invocation) = (tool, choice, invocation)
    // Nothing foreseen: what this apply ends up asking is what the next run will ask at once.
    session = Session(try tool.host(invocation), ledger: { () throws(Diagnostic) in try Ledger.load() })
  }

  /// Plans, shows, asks, does, and says what became of it.
  func run() throws(Failure) -> ExitCode {
    try makeReady()
    let plan = try session.plan(choice)
    let shown = tool.text(of: plan, invocation, closing: "Nothing has been touched yet.")
    if isJSON { console.note(shown) } else { console.print(shown) }
    guard plan.access.refusals.isEmpty else {
      // The plan says why, above its last line.
      if isJSON { console.print(try tool.json(plan)) }
      console.note("Refused. Nothing has been touched.\n")
      return .failed
    }
    guard !plan.isSettled else { return try conclude(ApplyOutcome(plan: plan, done: [], afterwards: plan)) }
    let obstacles = Preflight.look(at: plan.steps.map(\.step))
    guard obstacles.isEmpty else { throw Failure(obstacles) }
    guard try tool.isApproved("Make these \(plan.changes.count) changes?", invocation) else {
      console.note("Nothing has been touched.\n")
      return .failed
    }
    Interruption.listen(endsSteps: true) { [console] count in
      console.note(
        count == 1
          ? "\nStops after this step; once more to end the step as well, which is then taken back.\n"
          : "\nEnds the step.\n")
    }
    try stepping { () throws(Diagnostic) in
      try executor.begin(recipe: choice.name, inputs: choice.inputs, plan: shown, version: HardenTool.version)
      // From here on this is the host's recipe, whatever becomes of the run: to go on, one need not say it again.
      try choice.memory.write()
    }
    let display = ProgressDisplay(console, style: tool.errorStyle)
    let loop = ApplyLoop(
      plan, of: choice, in: session, by: executor,
      approves: { _, unseen in
        display.close()
        return approves(unseen)
      }, progress: { display.show($0, of: $1, $2, $3) })
    var outcome = loop.run()
    display.close()
    outcome.run = executor.run
    return try conclude(outcome)
  }

  /// Waits for whoever is at work on this host, and makes good what a killed run left open.
  private func makeReady() throws(Failure) {
    try stepping { () throws(Diagnostic) in
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
    return ["y", "yes"].contains(console.ask("Make these changes as well? [y/N] ")?.lowercased() ?? "")
  }

  /// Closes the run, and remembers what the next one needs to know.
  private func conclude(_ outcome: ApplyOutcome) throws(Failure) -> ExitCode {
    let isSettled = outcome.afterwards?.isSettled ?? false
    let isDone = outcome.failure == nil && !outcome.isInterrupted && isSettled
    try stepping { () throws(Diagnostic) in
      if let failure = outcome.failure {
        try executor.finish(.failed(words: failure.summary))
      } else if outcome.isInterrupted {
        try executor.finish(.stopped)
      } else {
        try executor.finish(isSettled ? .done : .failed(words: "done, but not settled"))
      }
      if isDone {
        try choice.memory.write()
        try session.asked.write()
      }
    }
    if isJSON {
      console.print(try tool.json(AppliedOutcome(outcome)))
    } else if !outcome.plan.isSettled {
      var style = tool.outputStyle
      style.isVerbose = invocation.has(.verbose)
      let text = "\n" + Report.text(of: outcome, style: style)
      if isDone { console.print(text) } else { console.note(text) }
    }
    return isDone ? .done : .failed
  }

  private func stepping(_ body: () throws(Diagnostic) -> Void) throws(Failure) {
    do throws(Diagnostic) { try body() } catch { throw Failure(error) }
  }
}

/// What `apply --json` prints.
private struct AppliedOutcome: Encodable {
  let run: Int?
  let plan: Plan
  let done: [PlannedStep]
  let putBack: [PlannedStep]
  let left: [PlannedStep]
  let failure: Diagnostic?
  let isInterrupted: Bool
  /// What planning again came to.
  let afterwards: Plan?

  init(_ outcome: ApplyOutcome) {
    (run, plan, done, putBack) = (outcome.run, outcome.plan, outcome.done, outcome.putBack)
    (left, failure, isInterrupted) = (outcome.left, outcome.failure, outcome.isInterrupted)
    afterwards = outcome.afterwards
  }
}
