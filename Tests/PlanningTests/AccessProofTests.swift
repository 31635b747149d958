import HostState
import HostTesting
import Resources
import Testing

@testable import Planning
@testable import RecipeDSL

@Suite("Proof of access")
struct AccessProofTests {
  /// Plans people and sshd against a simulated host.
  private func plan(_ host: SimulatedHost, _ resources: [any Resource]) throws -> Plan {
    let declarations = resources.enumerated()
      .map { Declaration($1, source: SourceLine(file: "Test.swift", line: $0 + 1)) }
    let desired = DesiredState(sections: [SectionState(name: "Way in", why: nil, declarations: declarations)])
    var known = Observations()
    for _ in 0..<40 {
      switch Planner(desired, recipe: "test").plan(given: known) {
      case .needs(let inquiries):
        var answers: [Inquiry: Answer<Fact>] = [:]
        for inquiry in inquiries { answers[inquiry] = host.answer(inquiry) }
        known.learn(answers)
      case .failed(let diagnostics): throw diagnostics[0]
      case .plan(let plan): return plan
      }
    }
    throw Diagnostic.bug("no end of questions")
  }

  private let key: PublicKey
  private let closed = SSHDaemon(rootLogin: .never, passwords: false)

  init() throws { key = try PublicKey(line: SimulatedHost.keyLine(7, comment: "laptop")) }

  private var administrator: User { User("deploy", role: .administrator, keys: [key]) }

  @Test("an administrator who is made on the way is proved before anything closes")
  func made() throws {
    let plan = try plan(.debian(12), [administrator, closed])
    #expect(plan.access.refusals == [])
    #expect(plan.access.unproved == [])
    let firstClosing = try #require(plan.steps.firstIndex { $0.step.risk == .closes })
    #expect(plan.access.timeline.first?.contains("deploy, key \(key.fingerprint), with sudo") == true)
    let since = plan.access.timeline.first?.split(separator: " ").compactMap { Int($0.filter(\.isNumber)) }.first ?? 0
    #expect(since <= firstClosing)
  }

  @Test("closing without any administrator is refused")
  func nobody() throws {
    let plan = try plan(.debian(12), [closed])
    #expect(plan.access.refusals.map(\.summary) == ["Nobody could get in"])
  }

  @Test("an administrator without a key is refused, and the link is named")
  func noKey() throws {
    let plan = try plan(.debian(13), [User("deploy", role: .administrator, keys: []), closed])
    #expect(plan.access.refusals.map(\.summary) == ["You would be locked out"])
    #expect(plan.access.refusals.first?.detail.contains("“key”: no key is declared for deploy") == true)
  }

  @Test("AllowUsers that leaves the administrator out is refused")
  func leftOut() throws {
    let others = SSHDaemon(rootLogin: .never, passwords: false, allowUsers: ["alice"])
    let plan = try plan(.debian(12), [administrator, others])
    #expect(plan.access.refusals.first?.detail.contains("AllowUsers alice leaves deploy out") == true)
  }

  @Test("a settled host is asked nothing for the proof")
  func settled() throws {
    var host = SimulatedHost.debian(12)
    let first = try plan(host, [administrator, closed])
    #expect(!first.steps.isEmpty)
    host.overrides[.accounts] = nil
    let proof = AccessProof([administrator, closed], steps: [], from: Observations())
    #expect(proof.needs.isEmpty)
    #expect(proof.report == AccessReport())
  }
}
