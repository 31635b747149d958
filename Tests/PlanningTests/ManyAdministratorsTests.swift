import HostState
import HostTesting
import Resources
import Testing

@testable import Planning
@testable import RecipeDSL

@Suite("Many administrators")
struct ManyAdministratorsTests {
  private struct Course {
    let plan: Plan
    let rounds: Int
    let inquiries: Int
    /// Chains that the proof looked at, over its last plan.
    let verdicts: Int
  }

  /// Plans against a simulated host, and counts what that took.
  private func course(_ count: Int, on host: SimulatedHost) throws -> Course {
    var resources: [any Resource] = []
    for number in 0..<count { resources.append(User(name(number), role: .administrator, keys: [try key(number)])) }
    resources.append(SSHDaemon(rootLogin: .never, passwords: false, allowUsers: (0..<count).map(name)))
    let desired = DesiredState(sections: [
      SectionState(
        name: "Way in", why: nil,
        declarations: resources.enumerated()
          .map { Declaration($1, source: SourceLine(file: "Test.swift", line: $0 + 1)) })
    ])
    var known = Observations()
    var (rounds, inquiries) = (0, 0)
    while rounds < 100 {
      switch Planner(desired, recipe: "test").plan(given: known) {
      case .needs(let needs):
        var answers: [Inquiry: Answer<Fact>] = [:]
        for inquiry in needs { answers[inquiry] = host.answer(inquiry) }
        known.learn(answers)
        (rounds, inquiries) = (rounds + 1, inquiries + needs.count)
      case .failed(let diagnostics): throw diagnostics[0]
      case .plan(let plan):
        let proof = AccessProof(resources, steps: plan.steps, from: known)
        #expect(proof.report == plan.access)
        return Course(plan: plan, rounds: rounds, inquiries: inquiries, verdicts: proof.verdicts)
      }
    }
    throw Diagnostic.bug("no end of questions")
  }

  private func name(_ number: Int) -> String { "adm\(number)" }
  private func key(_ number: Int) throws(Diagnostic) -> PublicKey {
    try PublicKey(line: SimulatedHost.keyLine(UInt8(number + 10)))
  }

  /// A host on which they all have accounts already, but no rule of sudo's.
  private func peopled(_ count: Int) -> SimulatedHost {
    var host = SimulatedHost.debian(13)
    for number in 0..<count { host.addUser(name(number), uid: 1000 + number) }
    return host
  }

  @Test("the rounds of questions do not grow with their number", arguments: [false, true])
  func rounds(accountsAreThere: Bool) throws {
    func rounds(_ count: Int) throws -> Int {
      let course = try course(count, on: accountsAreThere ? peopled(count) : .debian(13))
      #expect(course.plan.access.refusals == [])
      #expect(course.plan.access.unproved == [])
      // Each of them is told of, and when they get in.
      #expect(course.plan.access.timeline.count == count + 1)
      return course.rounds
    }
    let few = try rounds(2)
    #expect(try rounds(1) <= few)
    #expect(try rounds(5) == few)
    #expect(try rounds(accountsAreThere ? 20 : 50) == few)
  }

  @Test("questions and looks at chains grow in step with their number, not with its square")
  func linear() throws {
    let (five, ten, twenty) = (
      try course(5, on: .debian(12)), try course(10, on: .debian(12)), try course(20, on: .debian(12))
    )
    #expect(twenty.verdicts - ten.verdicts == 2 * (ten.verdicts - five.verdicts))
    #expect(twenty.inquiries - ten.inquiries == 2 * (ten.inquiries - five.inquiries))
    #expect(twenty.verdicts < 20 * 12)
  }

  @Test("accounts that a Match block sets apart are still asked about one by one")
  func matchBlock() throws {
    var host = peopled(3)
    host.entries["/etc/ssh/sshd_config.d/20-other.conf"] = .file("Match User adm1\n  AuthorizedKeysFile none\n")
    #expect(throws: Diagnostic.self) { try course(3, on: host) }
    host.entries["/etc/ssh/sshd_config.d/20-other.conf"] = .file(
      "Match User adm1\n  AuthorizedKeysFile /etc/ssh/keys/%u\n")
    let written = try course(3, on: host).plan.steps.compactMap { planned -> Path? in
      if case .write(let path, _, _, _, _) = planned.step.action { return path }
      return nil
    }
    #expect(written.contains("/etc/ssh/keys/adm1"))
    #expect(written.contains("/home/adm0/.ssh/authorized_keys"))
  }
}
