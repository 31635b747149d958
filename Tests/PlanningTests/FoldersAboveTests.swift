import HostState
import HostTesting
import RecipeDSL
import Resources
import Testing

@testable import Planning

@Suite("Folders above")
struct FoldersAboveTests {
  /// The changes and steps about folders.
  private func folders(
    _ resources: [any Resource], on host: SimulatedHost
  ) throws -> (changes: [String], steps: [String]) {
    let line = SourceLine(file: "Test.swift", line: 1)
    let state = DesiredState(sections: [
      SectionState(name: "All", why: nil, declarations: resources.map { Declaration($0, source: line) })
    ])
    var known = Observations()
    for _ in 0..<30 {
      switch Planner(state, recipe: "test").plan(given: known) {
      case .failed(let diagnostics): throw try #require(diagnostics.first)
      case .needs(let inquiries):
        var answers: [Inquiry: Answer<Fact>] = [:]
        for inquiry in inquiries { answers[inquiry] = host.answer(inquiry) }
        known.learn(answers)
      case .plan(let plan):
        return (
          plan.changes.filter { $0.after == "directory 0755 root:root" }.map(\.subject),
          plan.steps.compactMap { if case .makeDirectory(let path, _, _) = $0.step.action { path.text } else { nil } }
        )
      }
    }
    throw Diagnostic.bug("planning does not end")
  }

  private func tree(_ root: Path) -> FileTree { FileTree(root, owner: "root", group: "www-data") }

  @Test("each that is not there is a change and a step, once, the outermost first")
  func tree() throws {
    let found = try folders([tree("/srv/a/b/site"), tree("/srv/a/c/site")], on: .debian(13))
    #expect(found.changes == ["/srv/a", "/srv/a/b", "/srv/a/c"])
    #expect(found.steps == found.changes)
    var host = SimulatedHost.debian(13)
    host.entries["/srv/a/b/site"] = .directory(0o755)
    let none = try folders([tree("/srv/a/b/site")], on: host)
    #expect(none.changes == [] && none.steps == [])
  }

  @Test("one that a resource makes itself is told of as well, and none that a package brings")
  func hook() throws {
    let resources: [any Resource] = [Package("apache2")] + Certificate(for: ["example.com"]).members
    let found = try folders(resources, on: .debian(13))
    #expect(found.changes.filter { $0.hasPrefix("/etc/letsencrypt") } == Array(found.changes.prefix(2)))
    #expect(found.changes.first == "/etc/letsencrypt/renewal-hooks")
    #expect(found.changes.contains("/var/www/acme/.well-known") && !found.changes.contains("/var/www"))
    #expect(Set(found.changes) == Set(found.steps))
  }

  @Test("harden's own memory is there before the first step, and an account's folder is told of with the account")
  func own() throws {
    let key = try PublicKey(line: SimulatedHost.keyLine(7))
    let found = try folders([User("deploy", role: .administrator, keys: [key])], on: .debian(13))
    #expect(found.changes == [] && found.steps == ["/home/deploy/.ssh", "/etc/harden/keys"])
  }
}
