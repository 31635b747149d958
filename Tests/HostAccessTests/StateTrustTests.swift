import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("Who may write harden's own state", .enabled(if: isRoot))
struct StateTrustTests {
  private func aRun() throws -> TestRun {
    let run = try TestRun()
    _ = try run.folder.put("f", "old")
    try run.carryOut(run.write("f", "new"))
    try run.executor.finish(.done)
    shell("mkdir -m 700 \(run.paths.memory); echo {} > \(run.paths.memory)/recipe.json")
    run.executor.unlock()
    return run
  }

  @Test(
    "what somebody else owns or may write is named with the command that mends it, and nothing is replayed",
    arguments: [
      "chown -R 1000:1000 state", "chmod 777 state", "chmod g+w state/runs/0001/journal", "chown 1000 memory",
      "chmod 666 memory/recipe.json", "chown 1 state/runs/0001/blobs/*",
    ])
  func others(fault: String) throws {
    let run = try aRun()
    #expect(run.paths.objection() == nil)
    shell("cd \(run.folder.path) && \(fault)")
    let objection = try #require(run.paths.objection())
    #expect(objection.summary == "State not root's alone")
    #expect(diagnostic { try run.executor.undo(1) } == objection)
    #expect(try run.folder.text("f") == "new")
    let fix = try #require(objection.fix)
    shell(fix.split(separator: ", then: ").last.map(String.init) ?? fix)
    #expect(run.paths.objection() == nil)
    try run.executor.undo(1)
    #expect(try run.folder.text("f") == "old")
  }

  @Test("a link of root's to another disk is followed, and what it leads to is looked at")
  func links() throws {
    let run = try aRun()
    shell("cd \(run.folder.path) && mv state disk && ln -s disk state")
    #expect(run.paths.objection() == nil)
    shell("chmod 777 \(run.folder.path)/disk")
    let objection = try #require(run.paths.objection())
    #expect(objection.fix?.hasSuffix("chmod -R go-w \(run.folder.path)/disk") == true)
    shell("chmod 700 \(run.folder.path)/disk; chown -h 1000 \(run.folder.path)/state")
    #expect(run.paths.objection() != nil)
  }

  @Test("a revert goes on, and says so")
  func revert() throws {
    let run = try aRun()
    shell("chmod 777 \(run.paths.state)")
    let window = ConfirmWindow(run: 1, administrators: ["root"], seconds: 60, command: "")
    var said: [String] = []
    try run.executor.seizeLock(window) { words, _ in said.append(words) }
    #expect(said.contains { $0.hasPrefix("State not root's alone") })
  }

  @Test("a file in the directory's place is to be moved away")
  func file() throws {
    let folder = try TemporaryFolder()
    _ = try folder.put("state")
    let paths = StatePaths(state: folder.path / "state", memory: folder.path / "memory")
    let fix = try #require(paths.objection()?.fix)
    #expect(fix.hasPrefix("Move it away: mv \(folder.path)/state"))
    #expect(diagnostic { try RunSummary.history(paths) }?.summary == "File not opened")
  }
}
