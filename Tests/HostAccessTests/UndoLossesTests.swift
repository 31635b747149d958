import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("Undo without what was kept", .enabled(if: isRoot))
struct UndoLossesTests {
  @Test("a file whose contents of before are lost is named beforehand, and by force the rest is taken back")
  func lost() throws {
    let run = try TestRun()
    _ = try run.folder.put("f", "old")
    try run.carryOut(run.write("f", "new"), run.write("g", "new"))
    try run.executor.finish(.done)
    shell("rm \(run.paths.runs)/0001/blobs/*")
    let lost = UndoFinding("\(run.folder.path)/f", .contentsLost)
    #expect(try run.executor.undoPlan(1).lost == [lost])
    #expect(try run.executor.undoObstacles(1).map(\.summary) == ["Kept files lost"])
    #expect(diagnostic { try run.executor.undo(1) }?.summary == "Kept files lost")
    #expect(try run.folder.names() == ["f", "g", "state"])
    #expect(try run.executor.undo(1, force: true).findings.contains(lost))
    #expect(try run.folder.names() == ["f", "state"])
    #expect(try run.folder.text("f") == "new")
    #expect(try run.executor.undoPlan(1).isEmpty)
  }

  @Test("what is lost of a later step is not missed where an older one goes back further")
  func older() throws {
    let run = try TestRun()
    _ = try run.folder.put("f", "old")
    try run.carryOut(run.write("f", "new"))
    try run.executor.finish(.done)
    try run.begin()
    try run.carryOut(run.write("f", "newer"))
    try run.executor.finish(.done)
    shell("rm \(run.paths.runs)/0002/blobs/*")
    #expect(try run.executor.undoPlan(2).lost.count == 1)
    let plan = try run.executor.undoPlan(1)
    #expect(plan.lost.isEmpty && plan.conflicts.isEmpty)
    try run.executor.undo(1)
    #expect(try run.folder.text("f") == "old")
  }

  @Test("a revert tries it all the same, and says that it failed: what leads in stays for it")
  func revert() throws {
    let run = try TestRun()
    _ = try run.folder.put("f", "old")
    try run.carryOut(run.write("f", "new"))
    try run.executor.finish(.done)
    shell("rm \(run.paths.runs)/0001/blobs/*")
    let window = ConfirmWindow(run: 1, administrators: ["root"], seconds: 60, command: "")
    let outcome = run.executor.revert(window, cause: "test", version: "0")
    #expect(outcome.troubles.map(\.summary).contains("Kept file lost"))
  }
}
