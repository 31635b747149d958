import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("What stands in an undo's way", .enabled(if: isRoot))
struct UndoObstacleTests {
  /// A run that changed f, made d/g and settled a tree.
  private func aRun() throws -> TestRun {
    let run = try TestRun()
    _ = try run.folder.put("f", "old")
    let tree = run.folder.path / "tree"
    try SafeFiles.makeDirectory(tree, mode: 0o777, user: getuid(), group: getgid())
    _ = try run.folder.put("tree/a", "a", mode: 0o666)
    let rule = TreeRule(root: tree, owner: run.owner, directories: 0o750, files: 0o640, inherited: false)
    try run.carryOut(run.write("f", "new"), run.write("g", "g"), Step(.settleTree(rule: rule)))
    try run.executor.finish(.done)
    return run
  }

  @Test("a file that is marked is named before the first step, whether it goes, comes back or changes its mode")
  func immutable() throws {
    for name in ["f", "g", "tree/a"] {
      let run = try aRun()
      guard shell("chattr +i \(run.folder.path)/\(name) 2>/dev/null") == 0 else { return }
      defer { shell("chattr -i \(run.folder.path)/\(name)") }
      #expect(try run.executor.undoObstacles(1).map(\.summary) == ["File immutable"])
      #expect(diagnostic { try run.executor.undo(1) }?.summary == "File immutable")
      #expect(try run.folder.text("f") == "new")
      #expect(try run.summary.kind == "apply")
    }
  }

  @Test("a folder in a file's place is a conflict, and in the way if something lies in it")
  func folderInTheWay() throws {
    let run = try aRun()
    try SafeFiles.remove(run.folder.path / "f")
    try SafeFiles.makeDirectory(run.folder.path / "f", mode: 0o755, user: getuid(), group: getgid())
    #expect(try run.executor.undoPlan(1).conflicts.map(\.subject) == ["\(run.folder.path)/f"])
    #expect(try run.executor.undoObstacles(1, force: true).isEmpty)
    _ = try run.folder.put("f/theirs")
    #expect(try run.executor.undoObstacles(1, force: true).map(\.summary) == ["Folder in the way"])
    #expect(diagnostic { try run.executor.undo(1, force: true) }?.summary == "Folder in the way")
    #expect(try run.folder.text("g") == "g")
  }

  @Test("what lay in a folder that is gone stays away, and is told")
  func purged() throws {
    let run = try TestRun()
    let folder = run.folder.path / "package"
    try SafeFiles.makeDirectory(folder, mode: 0o755, user: getuid(), group: getgid())
    _ = try run.folder.put("package/f", "old")
    try run.carryOut(Step(.remove(path: folder / "f", check: nil)), run.write("g", "g"))
    try run.executor.finish(.done)
    #expect(try SafeFiles.removeDirectory(folder))
    let plan = try run.executor.undoPlan(1)
    let fate = UndoFinding.Fate.stays(why: "\(folder) is not there any more")
    #expect(plan.findings.contains(UndoFinding("\(folder)/f", fate)) && plan.conflicts.isEmpty)
    #expect(try run.executor.undo(1).findings == plan.findings)
    #expect(try run.folder.names() == ["state"])
    #expect(try run.executor.undoPlan(1).isEmpty)
  }

  @Test("an entry of a tree with a link of somebody's in its place stays as it is", arguments: [true, false])
  func link(byForce: Bool) throws {
    let run = try aRun()
    let path = run.folder.path / "tree/a"
    try SafeFiles.remove(path)
    try SafeFiles.link(path, to: "elsewhere", user: 1, group: 1)
    let plan = try run.executor.undoPlan(1)
    let fate = UndoFinding.Fate.stays(why: "a link of somebody else's lies there now")
    #expect(plan.findings.contains(UndoFinding(path.text, fate)) && plan.conflicts.isEmpty)
    try run.executor.undo(1, force: byForce)
    let status = try #require(try SafeFiles.status(path))
    #expect(status.isLink && status.st_uid == 1)
    #expect(try SafeFiles.status(run.folder.path / "tree")?.permissions == 0o777)
  }

  @Test("a link that somebody laid in a file's place is kept in the vault")
  func linkInVault() throws {
    let run = try aRun()
    for name in ["f", "g"] {
      try SafeFiles.remove(run.folder.path / name)
      try SafeFiles.link(run.folder.path / name, to: "to-\(name)")
    }
    try run.executor.undo(1, force: true)
    #expect(try run.folder.text("f") == "old" && run.folder.text("g") == nil)
    for name in ["f", "g"] {
      let kept = (run.paths.vault / "undo-2").text + run.folder.path.text
      let directory = try #require(try SafeFiles.openDirectory(Path(kept)))
      #expect(SafeFiles.linkTarget(name, in: directory) == "to-\(name)")
    }
  }
}
