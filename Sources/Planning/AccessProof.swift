import HostState
import Resources

/// Whether somebody the recipe declares can still get in, after every step.
struct AccessProof {
  private(set) var needs: Set<Inquiry> = []
  private(set) var report = AccessReport()

  init(_ resources: [any Resource], steps: [PlannedStep], from known: Observations) {}
}
