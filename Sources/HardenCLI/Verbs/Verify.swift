import HostState
import Reporting

extension Verb {
  static let verify = Verb(
    "verify", arguments: ["[RECIPE]"], summary: "whether the host still is as the recipe says",
    discussion: [
      "Plans again and says what drifted. Exits with 0 when nothing did, with 2 when something did, and with 1 "
        + "when that could not be told, as without root."
    ],
    flags: Flag.recipeFlags + [.json, .from, .recorded], examples: ["harden verify"]
  ) { invocation, tool throws(Failure) in
    let choice = try tool.choose(invocation)
    if !invocation.has(.recorded) { tool.sayCaveats() }
    let session = try tool.session(invocation, asksApplications: true)
    let plan = try session.plan(choice)
    tool.say(choice.notes)
    tool.say(unreadable: session.unreadable)
    if invocation.has(.json) {
      tool.console.print(try tool.json(plan))
    } else if plan.isSettled && !session.unreadable.isEmpty {
      tool.console.print("What could be read is as the recipe says. Whether all is cannot be told without root.\n")
    } else {
      tool.console.print(Report.text(ofVerification: plan, style: tool.outputStyle))
    }
    if !invocation.has(.recorded) { tool.sayWindow() }
    guard plan.isSettled else { return .differs }
    // What could not be read may well have drifted.
    return session.unreadable.isEmpty ? .done : .failed
  }
}
