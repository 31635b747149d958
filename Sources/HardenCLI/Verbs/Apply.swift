import Foundation
import HostAccess
import HostState
import Planning
import Reporting

extension Verb {
  static let apply = Verb(
    "apply", arguments: ["[RECIPE|PLAN]"], summary: "bring the host to the state that a recipe declares",
    discussion: [
      "Shows the plan and asks, then does the steps one by one, plans again and says what is in force. What opens a way "
        + "in comes before what closes one, and nothing that closes one is done before the rest has worked.",
      "Once a recipe was applied here, RECIPE may be left out, and inputs that are left out keep their value.",
      "PLAN is a file that harden plan --out wrote. It is applied without being asked, since it was looked at, and "
        + "refused where anything that it rests on is not as it was.",
      "Before the first step that changes who can get in, a revert is armed: unless harden confirm is run from a fresh "
        + "login as an administrator within 5 minutes of the end, all of the run is taken back, packages excepted. It "
        + "survives a lost connection, a killed harden and a reboot, which reverts at once. The last line printed is the "
        + "command to confirm with. Without a terminal it is the same.",
      "Ctrl-C stops at the next step; harden undo takes a run back. Exits with 0 when all is done, with 1 when something "
        + "failed and what was done before stays, and with 3 when it was taken back: the host is as before.",
    ],
    flags: Flag.recipeFlags + [.yes, .confirmWithin, .noConfirm, .diff, .json, .from, .recorded, .verbose],
    examples: ["harden apply vps --values vps.values", "harden apply --set aliases=www.example.com"]
  ) { invocation, tool throws(Failure) in
    let isRecorded = invocation.has(.recorded)
    if !isRecorded { try tool.requireRoot(for: invocation) }
    let seconds = try invocation.confirmWithin()
    let saved = try tool.savedPlan(invocation)
    let choice = try tool.choose(
      invocation, named: saved?.recipe ?? invocation.argument(0), inputs: saved?.inputs)
    tool.say(choice.notes)
    if isRecorded { return try Rehearsal(tool: tool, choice: choice, invocation: invocation).run() }
    return try Applying(choice, invocation, tool, confirmWithin: seconds, saved: saved).run()
  }
}

extension Tool {
  /// The saved plan that the verb's argument names; nil where it names a recipe, or nothing.
  fileprivate func savedPlan(_ invocation: Invocation) throws(Failure) -> SavedPlan? {
    guard let word = invocation.argument(0), !recipes.contains(where: { $0.name == word }) else { return nil }
    guard word.contains("/") || FileManager.default.fileExists(atPath: word) else { return nil }
    guard !invocation.has(.set), !invocation.has(.values), !invocation.has(.recorded) else {
      throw .misuse(.planHasInputs())
    }
    // A pipe would have to be waited for, and the plan is looked at before anything else.
    guard !UserFiles.isStream(word) else { throw .misuse(.noPlainFile(word)) }
    return try diagnosed { () throws(Diagnostic) in try SavedPlan.read(word) }
  }

  /// - Parameter reason: why it takes root, if not because it changes the host.
  /// - Throws: a `Failure` for anybody but root.
  func requireRoot(for invocation: Invocation, because reason: String? = nil) throws(Failure) {
    guard !isRoot else { return }
    let changes = "harden \(invocation.verb.name) changes the host, which root alone may do. Nothing was changed."
    throw Failure(Diagnostic("Not root", detail: reason ?? changes, fix: invocation.underSudo))
  }

  /// Whether somebody says yes; without anybody to ask, `--yes` says it.
  ///
  /// - Throws: a `Failure` where neither is there.
  func isApproved(_ question: String, _ invocation: Invocation) throws(Failure) -> Bool {
    if invocation.has(.yes) { return true }
    guard console.inputIsTerminal else { throw Failure(.nobodyToAsk) }
    let answer = console.ask("\(question) [y/N] ")?.lowercased() ?? ""
    return ["y", "yes"].contains(answer)
  }
}

extension Diagnostic {
  fileprivate static func planHasInputs() -> Diagnostic {
    Diagnostic(
      "Inputs are in the plan",
      detail: "A saved plan is applied as it was shown: --set, --values and --recorded do not "
        + "go with it.", fix: "Plan again with other inputs: harden plan RECIPE --set … --out FILE")
  }

  fileprivate static func noPlainFile(_ file: String) -> Diagnostic {
    Diagnostic(
      "Not a saved plan",
      detail: "“\(file)” is a pipe or a device, and a saved plan is a plain file. Nothing was changed.",
      fix: "harden plan RECIPE --out FILE")
  }

  fileprivate static let nobodyToAsk = Diagnostic(
    "Nobody to ask", detail: "Standard input is no terminal, so nobody can say yes to what is shown above.",
    fix: "Add --yes to go on without being asked.")
}
