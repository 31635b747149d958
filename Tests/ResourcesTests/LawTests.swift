import HostTesting
import Resources
import Testing

/// A resource of the catalog on one of the hosts that the laws are held on.
struct Case: CustomTestStringConvertible, Sendable {
  let resource: any Resource
  let host: SimulatedHost
  let testDescription: String

  static var all: [Case] {
    var cases: [Case] = []
    for kind in Catalog.kinds {
      for resource in kind.examples {
        for release in [12, 13] {
          cases.append(
            Case(
              resource: resource, host: .debian(release),
              testDescription: "\(kind) \(resource.address) on Debian \(release)"))
        }
      }
    }
    return cases
  }
}

@Suite("Laws that every kind of resource keeps")
struct LawTests {
  @Test("every kind has an example")
  func examples() {
    for kind in Catalog.kinds { #expect(!kind.examples.isEmpty, "\(kind) has none") }
  }

  @Test("no changes exactly when no steps, and every change changes something", arguments: Case.all)
  func changesAndSteps(_ example: Case) throws {
    let proposal = try example.host.proposal(of: example.resource)
    #expect(proposal.changes.isEmpty == proposal.steps.isEmpty)
    for change in proposal.changes where change.before == change.after {
      #expect(change.warning != nil, "\(change.subject) \(change.property): \(change.before ?? "nothing") twice")
    }
  }

  @Test("settled by its own steps", arguments: Case.all)
  func settledTwin(_ example: Case) throws {
    let trial = try example.host.trial(of: example.resource)
    #expect(trial.second.changes == [])
    #expect(trial.second.steps == [])
  }

  @Test("only declared probes are read, and the declared ones suffice to declare them", arguments: Case.all)
  func declaredProbes(_ example: Case) throws {
    let seen = try example.host.observe(example.resource)
    let declared = example.resource.probes(given: seen)
    let only = Observations(seen.known.filter { declared.contains($0.key.probe) })
    #expect(example.resource.probes(given: only) == declared)
    #expect(
      try example.resource.proposal(given: only) == example.resource.proposal(given: seen),
      "what it proposes hangs on something it did not declare")
  }

  @Test("a run says what it changes, or it could not be undone", arguments: Case.all)
  func footprints(_ example: Case) throws {
    for step in try example.host.proposal(of: example.resource).steps {
      guard case .run(let command) = step.action else { continue }
      #expect(step.footprint != .nothing, "\(command)")
      #expect(!step.effects.isEmpty, "\(command)")
    }
  }
}
