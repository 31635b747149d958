import HostState
import Testing

@testable import Planning
@testable import RecipeDSL

@Suite("Steps that are one act")
struct MergingTests {
  /// Steps of one resource each.
  private func merged(_ steps: Step...) -> [Step] {
    let entries = steps.indices.map { index in
      let toy = Toy(address: "t\(index)", path: "/t", text: "")
      return Entry(
        declaration: Declaration(toy, source: SourceLine(file: "Toys.swift", line: index + 1)), address: toy.address,
        section: 0, sectionName: "Toys")
    }
    let drafts = steps.enumerated().map { Pass.Draft(entry: $0, step: $1) }
    return Merging(drafts, entries: entries).steps.map(\.step)
  }

  private func reload(_ unit: String, restart: Bool = false, check: Command? = nil, _ ports: [UInt16] = []) -> Action {
    .reload(unit: unit, restart: restart, check: check, listening: ports)
  }

  @Test("a reload of all is as dangerous, as thorough and as much looked at as any of them")
  func reloads() {
    let check = Command("/usr/sbin/sshd", ["-t"])
    let steps = merged(
      Step(reload("x.service", [22])), Step(reload("x.service", restart: true, check: check, [22, 80]), risk: .closes),
      Step(reload("y.service")))
    #expect(steps.map(\.action) == [reload("x.service", restart: true, check: check, [22, 80]), reload("y.service")])
    #expect(steps.map(\.risk) == [.closes, .none])
  }

  @Test("packages are installed at once, with the risk of any of them")
  func installs() {
    let steps = merged(
      Step(.install(packages: ["a", "b"])), Step(.install(packages: ["b", "c"]), risk: .closes))
    #expect(steps.map(\.action) == [.install(packages: ["a", "b", "c"])])
    #expect(steps.map(\.risk) == [.closes])
  }
}
