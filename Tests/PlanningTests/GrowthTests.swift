import HostState
import HostTesting
import Resources
import Synchronization
import Testing

@testable import Planning
@testable import RecipeDSL

/// A file of its own for each number, and a count of how often anybody is asked what it proposes.
private struct CountedFile: Resource {
  let number: Int

  static let asked = Mutex(0)
  static var examples: [CountedFile] { [] }
  var address: String { "counted:\(number)" }
  private var path: Path { "/etc/counted" / "\(number)" }

  func probes(given known: Observations) -> Set<Probe> { [.contents(path: path), .file(path: path)] }

  func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    Self.asked.withLock { $0 += 1 }
    guard try host.contents(path) == .absent else { return Proposal() }
    return Proposal(
      changes: [Change(path.text, from: nil, to: "a file")],
      steps: [Step(.write(path: path, contents: "\(number)\n", mode: 0o644, owner: .root, check: nil))])
  }
}

@Suite("Growth", .serialized)
struct GrowthTests {
  /// How often resources are asked until there is a plan for so many of them, and how long that takes.
  private func effort(_ count: Int) throws -> (asked: Int, time: Duration) {
    let host = SimulatedHost.debian(13)
    let declarations = (0..<count).map {
      Declaration(CountedFile(number: $0), source: SourceLine(file: "Test.swift", line: $0 + 1))
    }
    let desired = DesiredState(sections: [SectionState(name: "Files", why: nil, declarations: declarations)])
    var known = Observations()
    CountedFile.asked.withLock { $0 = 0 }
    let start = ContinuousClock.now
    for _ in 0..<20 {
      switch Planner(desired, recipe: "test").plan(given: known) {
      case .needs(let needs):
        var answers: [Inquiry: Answer<Fact>] = [:]
        for inquiry in needs { answers[inquiry] = host.answer(inquiry) }
        known.learn(answers)
      case .failed(let diagnostics): throw diagnostics[0]
      case .plan(let plan):
        #expect(plan.steps.count == count)
        return (CountedFile.asked.withLock { $0 }, ContinuousClock.now - start)
      }
    }
    throw Diagnostic.bug("no end of questions")
  }

  @Test("a thousand resources are asked as often, each, as ten")
  func linear() throws {
    let few = try effort(10)
    let many = try effort(1000)
    #expect(many.asked <= few.asked * 100)
    print("1,000 resources: asked \(many.asked) times, planned in \(many.time)")
  }
}
