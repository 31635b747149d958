import HostState
import RecipeDSL

/// What planning comes to, given what is known of the host.
public enum PlanningOutcome: Sendable {
  /// More must be asked first; learn the answers and call again.
  case needs(Set<Inquiry>)
  case plan(Plan)
  case failed([Diagnostic])
}
