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
    if invocation.has(.json) { return try json(plan, session) }
    tool.console.print(tool.text(of: plan, invocation))
    guard plan.access.refusals.isEmpty else { return .failed }
    let again = try session.plan(choice, after: plan.steps.map(\.step))
    guard !plan.isSettled else { return .done }
    tool.console.print("\nPlayed, not done. Planned again on the host as these steps say they leave it:\n\n")
    tool.console.print(Report.text(of: again, style: tool.outputStyle))
    return again.isSettled ? .done : .failed
  }

  /// Both plans; the second is missing where the first would be refused.
  private struct Played: Encodable {
    let plan: Plan
    let again: Plan?
  }

  private func json(_ plan: Plan, _ session: Session) throws(Failure) -> ExitCode {
    let isRefused = !plan.access.refusals.isEmpty
    let again = isRefused ? nil : try session.plan(choice, after: plan.steps.map(\.step))
    tool.console.print(try tool.json(Played(plan: plan, again: again)))
    return again?.isSettled ?? false ? .done : .failed
  }
}
