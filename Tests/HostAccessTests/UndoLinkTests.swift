import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("Taking back what was reached through links", .enabled(if: isRoot))
struct UndoLinkTests {
  private static func script(_ text: String, _ paths: [Path]) -> Step {
    Step(.run(command: Command("/bin/sh", ["-c", text])), footprint: Footprint(paths: paths))
  }

  @Test("what a program writes through a link, or through two, comes back, and so does what it makes there")
  func throughLink() throws {
    let run = try TestRun()
    let folder = run.folder.path
    let real = try run.folder.put("real", "old", mode: 0o640)
    try SafeFiles.link(folder / "second", to: "real")
    try SafeFiles.link(folder / "first", to: (folder / "second").text)
    try SafeFiles.link(folder / "dangling", to: "made")
    let names = try run.folder.names()
    try run.carryOut(
      Self.script(
        "echo new > \(folder)/first; chmod 600 \(folder)/first; echo x > \(folder)/dangling",
        [folder / "first", folder / "dangling"]))
    try run.executor.finish(.done)
    let plan = try run.executor.undoPlan(1)
    #expect(plan.findings.map(\.subject).sorted() == [(folder / "made").text, real.text])
    #expect(try run.executor.undo(1).findings == plan.findings)
    #expect(try run.folder.text("real") == "old")
    #expect(try SafeFiles.status(real)?.permissions == 0o640)
    #expect(try run.folder.names() == names)
  }

  @Test("a step that fails is taken back through the link as well")
  func failed() throws {
    let run = try TestRun()
    let folder = run.folder.path
    _ = try run.folder.put("real", "old")
    try SafeFiles.link(folder / "link", to: "real")
    let error = diagnostic { try run.carryOut(Self.script("echo new > \(folder)/link; exit 3", [folder / "link"])) }
    #expect(error?.summary == "Command failed")
    #expect(try run.folder.text("real") == "old")
  }

  @Test("a link that only the step laid leads to what it had nothing to do with")
  func laidByStep() throws {
    let run = try TestRun()
    let folder = run.folder.path
    _ = try run.folder.put("theirs", "theirs")
    let step = Self.script("ln -sf theirs \(folder)/link", [folder / "link"])
    let before = try ImageCamera(runner: ProcessRunner(launcher: .spawn)).take(try run.executor.scope(of: step))
    try run.carryOut(step)
    #expect(try run.executor.scope(of: step, before: before).paths == [folder / "link"])
    try run.executor.finish(.done)
    try run.executor.undo(1)
    #expect(try run.folder.text("theirs") == "theirs")
    #expect(try run.folder.names() == ["state", "theirs"])
  }

  @Test("a mark on the file behind a link is seen before anything is done")
  func marked() throws {
    let run = try TestRun()
    let folder = run.folder.path
    let real = try run.folder.put("real")
    try SafeFiles.link(folder / "link", to: "real")
    guard shell("chattr +i \(real) 2>/dev/null") == 0 else { return }  // the file system has no such mark
    defer { shell("chattr -i \(real)") }
    let found = Preflight.look(at: [Self.script("true", [folder / "link"])], run.paths)
    #expect(found.first?.fix == "chattr -i \(real)")
  }

  @Test("the root of a tree that is a link: the folder behind it is settled, and comes back", arguments: [true, false])
  func root(isHeld: Bool) throws {
    let run = try TestRun()
    let folder = run.folder.path
    try SafeFiles.makeDirectory(folder / "data", mode: 0o755, user: 0, group: 0)
    let file = try run.folder.put("data/f", mode: 0o644)
    try SafeFiles.link(folder / "site", to: "data")
    let rule = TreeRule(
      root: folder / "site", owner: Owner("daemon", "daemon"), directories: 0o2750, files: 0o640, inherited: true)
    try run.carryOut(Step(.settleTree(rule: rule)))
    try run.executor.finish(.done)
    #expect(try SafeFiles.status(folder / "data")?.permissions == 0o2750)
    let plan = try run.executor.undoPlan(1)
    #expect(plan.findings.map(\.subject).sorted() == [(folder / "site").text, (folder / "site/f").text])
    if isHeld, shell("chattr +i \(folder)/data 2>/dev/null") == 0 {
      defer { shell("chattr -i \(folder)/data") }
      #expect(try run.executor.undoObstacles(1).map(\.summary) == ["File immutable"])
    }
    #expect(try run.executor.undo(1).findings == plan.findings)
    for (path, mode) in [(folder / "data", 0o755), (file, 0o644)] as [(Path, FileMode)] {
      let status = try #require(try SafeFiles.status(path))
      #expect(status.permissions == mode && status.st_uid == 0 && status.st_gid == 0)
    }
    let handle = try SafeFiles.handle(folder / "data")
    #expect(SafeFiles.attribute(DefaultACL.attribute, of: handle.number) == nil)
    #expect(try SafeFiles.status(folder / "site")?.isLink == true)
  }

  @Test("a folder of units' links that is a link itself is looked into")
  func units() throws {
    let folder = try TemporaryFolder()
    for name in ["system", "wants"] {
      try SafeFiles.makeDirectory(folder.path / name, mode: 0o755, user: 0, group: 0)
    }
    try SafeFiles.link(folder.path / "system/a.target.wants", to: "../wants")
    try SafeFiles.link(folder.path / "system/b.service", to: "/dev/null")
    try SafeFiles.link(folder.path / "wants/c.service", to: "/nonexistent")
    var image = Image()
    try ImageCamera(runner: ProcessRunner(launcher: .spawn)).addLinks(in: folder.path / "system", to: &image)
    let found = image.values.keys.compactMap(\.fullPath).map { Path($0).relative(to: folder.path) }.sorted()
    #expect(found == ["system/a.target.wants", "system/a.target.wants/c.service", "system/b.service"])
  }

  @Test("an account goes where what is handed over lies behind a link")
  func handedOver() throws {
    let folder = try TemporaryFolder()
    let user: UInt32 = 61_234  // nobody's: login.defs ends at 60000
    try SafeFiles.makeDirectory(folder.path / "data", mode: 0o755, user: user, group: user)
    try SafeFiles.link(folder.path / "site", to: "data")
    let line = Restoration(
      item: .line(file: "passwd", name: "ana"), now: .text(text: "ana:x:\(user):\(user)::/nonexistent:/bin/sh"),
      target: .absent)
    func root(_ user: UInt32) -> ImageValue {
      .attributes(attributes: TreeEntryImage(path: "", mode: 0o755, user: user, group: user))
    }
    let settled = Restoration(
      item: .attributes(root: (folder.path / "site").text, path: ""), now: root(user), target: root(0))
    let remains = UndoRemains([line, settled], lookingIn: [folder.path.text])
    #expect(remains.told(of: [UndoFinding("account ana", .removed)]).map(\.fate) == [.removed])
  }
}
