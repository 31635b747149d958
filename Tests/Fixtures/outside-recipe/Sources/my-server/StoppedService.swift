import RecipeDSL

/// A service that does not run, and does not start by itself.
///
///     StoppedService("rpcbind")
///
/// Its socket is stopped as well: the next connection would start the service again (`systemd.socket(5)`). A unit that
/// is not there is as it should be; one that is `static` has nothing to disable.
struct StoppedService: Resource {
  let name: String

  init(_ name: String) { self.name = name }

  var address: String { "stopped:\(name)" }

  static var examples: [StoppedService] { [StoppedService("rpcbind")] }

  /// The socket first, or it would start the service while that stops.
  private var units: [String] { ["\(name).socket", "\(name).service"] }

  func probes(given known: Observations) -> Set<Probe> { Set(units.map { .unit(name: $0) }) }

  func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    if Self.waysIn.contains(name) { throw .wayIn(name) }
    var proposal = Proposal()
    for unit in units {
      let answer = try host.unit(unit)
      // A planned step changes it, nobody can say to what: this is planned again once that is done.
      if answer == .moved { continue }
      guard let state = try answer.known(unit) else { continue }
      let isEnabled = state.enablement == "enabled"
      guard isEnabled || state.isActive else { continue }
      if isEnabled { proposal.changes.append(Change(unit, "at boot", from: state.enablement, to: "disabled")) }
      if state.isActive { proposal.changes.append(Change(unit, "now", from: state.activity, to: "inactive")) }
      let action = Action.setUnit(
        unit: unit, enabled: isEnabled ? false : nil, active: state.isActive ? false : nil)
      proposal.steps.append(Step(action, risk: .service))
    }
    return proposal
  }

  private static let waysIn: Set<String> = ["ssh", "sshd", "ssh@", "sshd@"]
}

extension Diagnostic {
  fileprivate static func wayIn(_ name: String) -> Diagnostic {
    Diagnostic(
      "A way in cannot be stopped",
      detail: "\(name) is how this host is reached. Stopped, it would shut its owner out with everybody else.",
      fix: "Close the port to others with Firewall instead.")
  }
}
