import HostAccess
import HostState
import Reporting

extension Verb {
  static let undo = Verb(
    "undo", arguments: ["[RUN]"], summary: "take a run back, and every run after it",
    discussion: [
      "Shows what would be put back and asks. RUN is a number of harden history; left out, it is the last one.",
      "Everything goes back to how it was before: bytes, modes, owners, accounts, rules, what runs. Packages stay, and so "
        + "do values of a secrets file that were set or changed since.",
      "Anything else that was changed since is named, and nothing is taken back then without --force, which keeps a copy "
        + "in /var/lib/harden/vault. It likewise goes on without what harden had kept and is lost.",
    ],
    flags: [.yes, .overwriteChanged, .json, .everything],
    examples: ["harden undo", "harden undo 3"]
  ) { invocation, tool throws(Failure) in
    let named = try named(invocation.argument(0))
    try tool.requireRoot(for: invocation)
    let executor = Executor()
    let (run, plan, halves) = try diagnosed { () throws(Diagnostic) in
      try executor.lock { words, _ in tool.console.note("\(words)\n") }
      let history = try RunSummary.history()
      var wanted = named
      if wanted == nil { wanted = try newest(of: history) }
      guard let run = wanted else { return (0, UndoPlan(runs: [], findings: []), [Int]()) }
      let halves = history.halfTakenBack.map(\.number).filter { $0 < run }
      return (run, try executor.undoPlan(run, force: invocation.has(.force)), halves)
    }
    guard run > 0 else {
      tool.console.note("Nothing to undo: harden has changed nothing here that is not taken back already.\n")
      if invocation.has(.json) { tool.console.print(try tool.json(plan)) }
      return .done
    }
    let isJSON = invocation.has(.json)
    var style = tool.outputStyle
    style.isVerbose = invocation.has(.everything)
    var items = plan.findings
    // Told with the rest, unless they are all that an undo left which did not come to its end.
    if plan.isPutBack { items += plan.reloads.map { UndoFinding($0, .reloaded) } }
    let text = Report.text(
      ofUndo: items, runs: plan.runs, style: style, overwriting: invocation.has(.force),
      ways: plan.access?.changes ?? [], timeline: plan.access?.timeline ?? [])
    if isJSON { tool.console.note(text) } else { tool.console.print(text) }
    tool.console.note(Report.text(ofHalves: halves, isAhead: true, style: tool.errorStyle))
    guard !plan.isEmpty else {
      // One that was killed in its last moment left this.
      try diagnosed { () throws(Diagnostic) in try forget(run, executor) }
      if isJSON { tool.console.print(try tool.json(plan)) }
      return .done
    }
    guard plan.conflicts.isEmpty || invocation.has(.force) else { throw Failure(.changedSince(run, plan.conflicts)) }
    let obstacles = try diagnosed { () throws(Diagnostic) in
      try executor.undoObstacles(run, force: invocation.has(.force))
    }
    guard obstacles.isEmpty else { throw Failure(obstacles) }
    guard try tool.isApproved("Take this back?", invocation) else {
      tool.console.note("Nothing has been touched.\n")
      return .failed
    }
    // An undo is not left half-way: what it began with it ends.
    Interruption.listen(endsSteps: false) { [console = tool.console] _ in
      console.note("Taking back goes on to its end.\n")
    }
    let done = try diagnosed { () throws(Diagnostic) in
      var done = try executor.undo(run, force: invocation.has(.force), version: HardenTool.version) { words, _ in
        tool.console.note("\(words)\n")
      }
      try forget(run, executor)
      done.access = plan.access
      return done
    }
    if isJSON {
      tool.console.print(try tool.json(done))
    } else {
      // What could not be foreseen: somebody is logged in, a file came to lie in a directory of harden's.
      let stayed = done.findings.filter { $0.isStaying && !plan.findings.contains($0) }
      tool.console.print("\n" + Report.text(ofUndone: done.runs.reversed(), stayed: stayed, style: style))
      tool.sayKeptAside()
    }
    tool.console.note(Report.text(ofHalves: halves, isAhead: false, style: tool.errorStyle))
    return .done
  }

  /// Nothing is remembered, and nothing awaited, of a run that is taken back.
  private static func forget(_ run: Int, _ executor: Executor) throws(Diagnostic) {
    try Memory.restore(from: try RunSummary.history(), before: run)
    if let window = try ConfirmWindow.read(), window.run >= run { try executor.disarm() }
  }

  /// The run that the command line names, if it does.
  private static func named(_ word: String?) throws(Failure) -> Int? {
    guard let word else { return nil }
    guard let number = Int(word), number > 0 else { throw .misuse(.notANumber(word)) }
    return number
  }

  /// The last run that is not taken back, or is lost; else one that ended before its first step, if the host remembers
  /// its recipe.
  private static func newest(of history: [RunSummary]) throws(Diagnostic) -> Int? {
    let standing = history.last(where: \.isStanding)?.number
    if let newest = (try RunSummary.lost() + [standing].compactMap { $0 }).max() { return newest }
    guard let last = history.last(where: { $0.undoes == nil }), last.outcome != .done, try Memory.read() != .nothing
    else { return nil }
    return last.number
  }
}

extension Flag {
  static let overwriteChanged = Flag("--force", "also overwrite what was changed since; go on without what is lost")
  static let everything = Flag("--verbose", "also show what is as it was before anyway")
}

extension Memory {
  /// Goes back to what the host remembered before these runs: the recipe and inputs of the last run that stands.
  static func restore(from history: [RunSummary], before run: Int) throws(Diagnostic) {
    let standing = history.last { $0.number < run && $0.isStanding }
    guard let standing else {
      return try UserFiles.removeState("\(directory)/recipe.json", withEmptyDirectory: directory)
    }
    try Memory(recipe: standing.recipe, inputs: standing.inputs).write()
  }
}

extension Diagnostic {
  fileprivate static func notANumber(_ word: String) -> Diagnostic {
    Diagnostic("Not a run", detail: "“\(word)” is not the number of a run.", fix: "harden history")
  }

  fileprivate static func changedSince(_ run: Int, _ conflicts: [UndoFinding]) -> Diagnostic {
    let names = conflicts.map(\.subject).listed(first: 5)
    return Diagnostic(
      "Changed since",
      detail:
        "Somebody else changed \(names) since. Nothing was taken back. With --force a copy of what is there "
        + "now is kept in /var/lib/harden/vault.",
      fix: "harden undo \(run) --force")
  }
}
