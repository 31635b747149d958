/// Adds a restart of a daemon that runs with something older than these files, or will once the proposal is carried out.
///
/// For daemons that cannot reload. Whether one is needed is state that is probed: an event can be lost.
func restartIfStale(
  _ unit: String, _ paths: [Path], writing proposal: inout Proposal, on host: Observations
) throws(Diagnostic) {
  var after = host
  for step in proposal.steps { after.fold(step) }
  // Absent: it does not run, and will read the files when it starts.
  guard case .there(value: true) = try after.isStale(unit, paths) else { return }
  if proposal.changes.isEmpty {
    proposal.changes.append(Change(unit, from: "runs with older settings", to: "restarted"))
  }
  proposal.steps.append(Step(.reload(unit: unit, restart: true, check: nil, listening: []), risk: .service))
}
