import Glibc
import HostState
import Testing

@testable import HostAccess

/// Steps of several runs that speak of one file in different ways.
@Suite("Taking back what several steps changed", .enabled(if: isRoot))
struct UndoChainTests {
  @Test("a file whose mode a later run mended goes with the run that made it")
  func mendedMode() throws {
    let run = try TestRun()
    let file = run.folder.path / "f"
    try run.carryOut(run.write("f", "one", mode: 0o600), run.write("g", "g"))
    try run.executor.finish(.done)
    try SafeFiles.setMode(file, 0o644)
    try run.begin()
    try run.carryOut(
      Step(.setMode(path: file, mode: 0o600)), Step(.setOwner(path: file, owner: Owner("daemon", "sys"))))
    try run.executor.finish(.done)
    let plan = try run.executor.undoPlan(1)
    #expect(plan.conflicts.isEmpty)
    #expect(plan.findings.contains(UndoFinding(file.text, .removed)))
    #expect(try run.executor.undo(1).findings == plan.findings)
    #expect(try run.folder.names() == ["state"])
  }

  @Test("and after an undo that was cut short")
  func mendedModeInTwo() throws {
    let run = try TestRun()
    let file = run.folder.path / "f"
    try run.carryOut(run.write("f", "one", mode: 0o600))
    try run.executor.finish(.done)
    try SafeFiles.setMode(file, 0o644)
    try run.begin()
    try run.carryOut(Step(.setMode(path: file, mode: 0o600)))
    try run.executor.finish(.done)
    try run.executor.undo(2)
    #expect(try SafeFiles.status(file)?.permissions == 0o644)
    #expect(try run.executor.undoPlan(1).conflicts.isEmpty)
    try run.executor.undo(1)
    #expect(try run.folder.names() == ["state"])
  }

  @Test("mode and owner, then contents: no conflict where nobody touched anything")
  func settledThenWritten() throws {
    let run = try TestRun()
    let file = try run.folder.put("f", "theirs", mode: 0o640)
    try SafeFiles.setOwner(file, user: 1, group: 1)
    _ = try AccessList.letDaemonWrite(file)
    let before = try ImageCamera(runner: ProcessRunner(launcher: .spawn)).entry(file, .digest)
    try run.carryOut(
      Step(.setOwner(path: file, owner: run.owner)), Step(.setMode(path: file, mode: 0o600)), run.write("f", "ours"))
    try run.executor.finish(.done)
    #expect(try run.executor.undoPlan(1).conflicts.isEmpty)
    try run.executor.undo(1)
    #expect(try ImageCamera(runner: ProcessRunner(launcher: .spawn)).entry(file, .digest).isSame(as: before))
  }

  @Test("one path beneath two roots")
  func twoRoots() throws {
    let run = try TestRun()
    let root = run.folder.path / "site"
    let folder = root / "static"
    for path in [root, folder] { try SafeFiles.makeDirectory(path, mode: 0o700, user: getuid(), group: getgid()) }
    _ = try run.folder.put("site/static/a", "a", mode: 0o666)
    func settle(_ root: Path, _ directories: FileMode, _ files: FileMode) -> Step {
      Step(.settleTree(rule: TreeRule(root: root, owner: run.owner, directories: directories, files: files)))
    }
    try run.carryOut(settle(root, 0o750, 0o640))
    try run.executor.finish(.done)
    try run.begin()
    try run.carryOut(settle(folder, 0o755, 0o644))
    try run.executor.finish(.done)
    let plan = try run.executor.undoPlan(1)
    #expect(plan.conflicts.isEmpty)
    #expect(try run.executor.undo(1).findings == plan.findings)
    for (path, mode) in [(root, 0o700), (folder, 0o700), (folder / "a", 0o666)] as [(Path, FileMode)] {
      #expect(try SafeFiles.status(path)?.permissions == mode)
    }
  }

  @Test("what somebody changes while the undo is at work ends it, before the step that it is in")
  func changedMeanwhile() throws {
    let run = try TestRun()
    let folder = run.folder.path
    try run.carryOut(run.write("older", "x"), run.write("f", "one"), run.write("newer", "x"))
    try run.executor.finish(.done)
    let error = diagnostic {
      try run.executor.undo(1) { words, _ in
        if words.hasSuffix("step 2") { _ = try? run.folder.put("f", "theirs") }
      }
    }
    #expect(error?.summary == "Changed meanwhile")
    #expect(try run.folder.names() == ["f", "older", "state"])
    #expect(try run.executor.undoPlan(1).conflicts.map(\.subject) == ["\(folder)/f"])
    #expect(try run.summary.outcome == .failed(words: "Changed meanwhile"))
    try run.executor.undo(1, force: true)
    #expect(try run.folder.names() == ["state"])
  }

  @Test("an access list as chmod leaves it", arguments: [0o600, 0o640, 0o664] as [FileMode])
  func accessList(mode: FileMode) throws {
    let folder = try TemporaryFolder()
    let file = try folder.put("f", mode: 0o644)
    guard try AccessList.letDaemonWrite(file) else { return }
    let handle = try SafeFiles.handle(file)
    let before = try #require(SafeFiles.attribute(AccessList.attribute, of: handle.number))
    try SafeFiles.setMode(file, mode)
    let after = SafeFiles.attribute(AccessList.attribute, of: handle.number)
    #expect(AccessList.bytes(before, mode: mode) == after)
  }
}

extension AccessList {
  /// Gives a file an access list that lets user 1 write; false where the file system keeps none.
  static func letDaemonWrite(_ file: Path) throws -> Bool {
    let entries: [(tag: UInt8, rights: UInt8, id: UInt8)] = [
      (0x01, 6, 0xFF), (0x02, 6, 1), (0x04, 0, 0xFF), (0x10, 6, 0xFF), (0x20, 4, 0xFF),
    ]
    var bytes: [UInt8] = [2, 0, 0, 0]
    for entry in entries {
      let rest: UInt8 = entry.id == 0xFF ? 0xFF : 0
      bytes += [entry.tag, 0, entry.rights, 0, entry.id, rest, rest, rest]
    }
    let handle = try SafeFiles.handle(file)
    return SafeFiles.setAttributes([attribute: bytes], of: handle.number)
  }
}
