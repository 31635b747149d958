import HostState

extension Proposal {
  /// Has a timer enabled and running.
  ///
  /// - Parameters:
  ///   - isNew: whether a planned step installs the package, which does both.
  ///   - purpose: what does not happen while it is off, for the message.
  /// - Throws: a `Diagnostic` where somebody masked it.
  mutating func run(
    timer: String, for purpose: String, isNew: Bool = false, requires: [Requirement] = [], on host: Observations
  ) throws(Diagnostic) {
    let state = try host.unit(timer).known(timer)
    if state?.enablement.hasPrefix("masked") == true { throw .masked(timer, purpose) }
    let (isEnabled, isActive) = (isNew || state?.isEnabled ?? false, isNew || state?.isActive ?? false)
    if isEnabled && isActive { return }
    changes.append(
      Change(
        "timer", timer, from: state.map { "\($0.enablement), \($0.activity)" } ?? "not there", to: "enabled, active"))
    steps.append(
      Step(.setUnit(unit: timer, enabled: isEnabled ? nil : true, active: isActive ? nil : true), requires: requires))
  }
}

extension Diagnostic {
  fileprivate static func masked(_ timer: String, _ purpose: String) -> Diagnostic {
    Diagnostic(
      "Unit is masked", detail: "Somebody masked \(timer): nothing can start it, and \(purpose).",
      fix: "systemctl unmask \(timer)")
  }
}
