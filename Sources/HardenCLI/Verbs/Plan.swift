import HostAccess
import HostState
import Planning
import RecipeDSL
import Reporting

extension Verb {
  static let plan = Verb(
    "plan", arguments: ["[RECIPE]"], summary: "what differs from a recipe; changes nothing",
    discussion: [
      "Reads the host and prints every change that apply would make, and who can get in before and after. A plan "
        + "cannot write: it holds nothing to write with.",
      "Once a recipe was applied here, RECIPE may be left out, and inputs that are left out keep their value.",
      "--out saves the plan with all it rests on: harden apply FILE then makes just these changes, or names what is not "
        + "as it was and makes none.",
      "Without root, what cannot be read is left out and named.",
    ],
    flags: Flag.recipeFlags + [
      .only, .diff, .commands, .json, .planFile, .exitCode, .from, .recorded, .verbose,
    ],
    examples: [
      "harden plan vps --set administrators='deploy @~/.ssh/id_ed25519.pub'", "harden plan --values vps.values --diff",
    ]
  ) { invocation, tool throws(Failure) in
    if invocation.has(.planFile) { try tool.requireSavable(invocation) }
    let choice = try tool.choose(invocation)
    if !invocation.has(.recorded) { tool.sayCaveats() }
    let session = try tool.session(invocation)
    var plan = try session.plan(choice)
    if !invocation.has(.recorded) { plan = PlanRehearsal(choice).tried(plan, knowing: session.known) }
    tool.say(choice.notes)
    tool.say(unreadable: session.unreadable)
    if let file = invocation.value(.planFile) { try tool.save(plan, of: choice, session, to: file) }
    var elsewhere: Int?
    if let section = invocation.value(.only) {
      let all = plan.changes.count
      plan = try plan.only(section)
      elsewhere = all - plan.changes.count
    }
    if invocation.has(.verbose) {
      tool.console.note(
        "Asked in \(session.rounds.count) rounds: \(session.rounds.map(String.init).joined(separator: ", "))\n")
    }
    if invocation.has(.json) {
      tool.console.print(try tool.json(plan))
    } else if plan.isSettled && !session.unreadable.isEmpty {
      tool.console.print("Nothing to do in what could be read.\n")
    } else {
      let window = WindowText.foreword(
        plan, of: choice, seconds: Invocation.patience, isHere: !invocation.has(.recorded))
      let obstacles = invocation.has(.recorded) ? [] : tool.obstacles(to: plan)
      tool.console.print(
        tool.text(of: plan, invocation, window: window, obstacles: obstacles, elsewhere: elsewhere))
    }
    if !invocation.has(.recorded) { tool.sayWindow() }
    return invocation.has(.exitCode) && !plan.isSettled ? .differs : .done
  }
}

extension Tool {
  /// - Throws: a `Failure` where the plan that this command line asks for could not be saved.
  fileprivate func requireSavable(_ invocation: Invocation) throws(Failure) {
    guard !invocation.has(.recorded), !invocation.has(.only) else { throw .misuse(.partialPlan()) }
    guard invocation.value(.planFile) != "-" else { throw .misuse(.planToOutput()) }
    try requireRoot(
      for: invocation,
      because: "A saved plan rests on what only root can read, and is sealed with the host's key. Nothing was saved.")
  }

  /// Saves the plan for `harden apply FILE`.
  fileprivate func save(
    _ plan: Plan, of choice: RecipeChoice, _ session: Session, to file: String
  ) throws(Failure) {
    guard plan.access.refusals.isEmpty else {
      console.note("Not saved: apply would refuse this plan.\n")
      return
    }
    try diagnosed { () throws(Diagnostic) in
      try SavedPlan(plan, of: choice, knowing: session.known).write(to: file)
    }
    console.note("Saved. To make just these changes: harden apply \(Command.quoted(file))\n")
  }

  var isRoot: Bool { console.userID == 0 }

  /// Why an apply would refuse to begin this plan, as far as that can be seen from here; only root sees it.
  fileprivate func obstacles(to plan: Plan) -> [Diagnostic] {
    isRoot ? Preflight.look(at: plan.steps.map(\.step)) : []
  }

  /// A plan in the form that was asked for: itself, file texts, shell lines.
  func text(
    of plan: Plan, _ invocation: Invocation, closing: String = "Nothing has been touched.", window: String? = nil,
    obstacles: [Diagnostic] = [], elsewhere: Int? = nil
  ) -> String {
    var style = outputStyle
    style.isVerbose = invocation.has(.verbose)
    // Shell lines are there to be copied, so they stand alone.
    let (wantsDiff, wantsCommands) = (invocation.has(.diff), invocation.has(.commands))
    var parts: [String] = []
    if !wantsCommands {
      parts.append(
        Report.text(
          of: plan, style: style, closing: closing, window: window, obstacles: obstacles, elsewhere: elsewhere))
    }
    if wantsDiff { parts.append(Report.diff(of: plan, style: style)) }
    if wantsCommands { parts.append(Report.commands(of: plan)) }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// Remarks that belong to no result.
  func say(_ notes: [String]) {
    for note in notes { console.note(Help.wrapped(note, indent: 0) + "\n") }
  }

  func say(unreadable: [Diagnostic]) {
    guard !unreadable.isEmpty else { return }
    let lines = unreadable.map { "  \($0.address ?? ""): \($0.detail)" }
    console.note(
      "Not everything could be read without root, so this speaks of the rest alone. Left out:\n"
        + lines.joined(separator: "\n") + "\n\n")
  }
}

extension Plan {
  /// One section alone, with its steps.
  func only(_ name: String) throws(Failure) -> Plan {
    let names = sections.map(\.name)
    guard let found = names.first(where: { $0.lowercased() == name.lowercased() }) else {
      throw .misuse(.noSection(name, names))
    }
    var part = self
    part.sections.removeAll { $0.name != found }
    part.steps.removeAll { $0.section != found }
    // The numbers are those of all steps.
    part.access = access.withoutSteps
    return part
  }
}

extension Diagnostic {
  fileprivate static func partialPlan() -> Diagnostic {
    Diagnostic(
      "Not a plan to save", detail: "--out saves the whole plan of this host: neither one section nor a recorded host.")
  }

  fileprivate static func planToOutput() -> Diagnostic {
    Diagnostic(
      "Not a file",
      detail: "--out saves the plan in a file for harden apply; standard output has the plan as text, or as JSON with "
        + "--json.", fix: "--out FILE")
  }

  fileprivate static func noSection(_ name: String, _ known: [String]) -> Diagnostic {
    let meant = nearMiss(to: name, in: known).map { "Did you mean \($0)?" }
    return Diagnostic(
      "Unknown section",
      detail: "The recipe has no section “\(name)”. \(meant ?? known.asThereAre)")
  }
}
