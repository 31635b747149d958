import HostState
import Resources

/// What a resource proposes on a host, and what it proposes once its steps are folded in.
public struct Trial: Sendable {
  public let first: Proposal
  /// The settled twin: nothing, if the resource keeps its word.
  public let second: Proposal
  public let observations: Observations
}

extension SimulatedHost {
  /// Answers rounds of probes until the resource names nothing new.
  ///
  /// - Throws: a `Diagnostic` when it does not end.
  public func observe(_ resource: some Resource, from start: Observations = Observations()) throws(Diagnostic)
    -> Observations
  {
    var observations = start
    for _ in 0..<20 {
      let inquiries = observations.unanswered(resource.probes(given: observations))
      if inquiries.isEmpty { return observations }
      var answers: [Inquiry: Answer<Fact>] = [:]
      for inquiry in inquiries { answers[inquiry] = answer(inquiry) }
      observations.learn(answers)
    }
    throw .bug("\(resource.address) names new probes without end.", address: resource.address)
  }

  /// What the resource proposes.
  public func proposal(of resource: some Resource) throws(Diagnostic) -> Proposal {
    try resource.proposal(given: try observe(resource))
  }

  /// What it proposes, and what it proposes after its steps.
  public func trial(of resource: some Resource) throws(Diagnostic) -> Trial {
    let before = try observe(resource)
    let first = try resource.proposal(given: before)
    var after = before
    for step in first.steps { after.fold(step) }
    after = try observe(resource, from: after)
    return Trial(first: first, second: try resource.proposal(given: after), observations: after)
  }
}
