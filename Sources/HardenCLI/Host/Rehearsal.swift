import HostState
import Planning
import RecipeDSL
import Reporting

/// An apply on a recorded host: the plan, and the plan after it, by what its steps say of themselves. Nothing real.
struct Rehearsal {
  let tool: Tool
  let choice: RecipeChoice
  let invocation: Invocation

  func run() throws(Failure) -> ExitCode {
    let session = Session(try tool.host(invocation))
    let plan = try session.plan(choice)
    tool.console.note("A recorded host: what follows is played, and nothing real is read or changed.\n\n")
    let isJSON = invocation.has(.json)
    if !isJSON { tool.console.print(tool.text(of: plan, invocation)) }
    let isRefused = !plan.access.refusals.isEmpty
    let again = isRefused ? nil : try session.plan(choice, after: plan.steps.map(\.step))
    if isJSON {
      tool.console.print(try tool.json(Played(plan: plan, again: again)))
    } else if let again, !plan.isSettled {
      tool.console.print("\nPlayed, not done. Planned again on the host as these steps say they leave it:\n\n")
      tool.console.print(Report.text(of: again, style: tool.outputStyle))
    }
    return again?.isSettled ?? false ? .done : .failed
  }

  /// Both plans; the second is missing where the first would be refused.
  private struct Played: Encodable {
    let plan: Plan
    let again: Plan?
  }
}
