import Glibc
import HostState
import SystemCalls
import Testing

@testable import HostAccess

@Suite("Attributes that stay", .enabled(if: isRoot))
struct LastingAttributesTests {
  private static let capability = "security.capability"
  /// `cap_net_bind_service=ep`, as the kernel keeps it: `struct vfs_cap_data`, revision 2.
  private static let mayBind: [UInt8] = [1, 0, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 14)

  /// False where the file system keeps none, or root may give none.
  private func letBind(_ path: Path) throws -> Bool {
    let handle = try SafeFiles.handle(path)
    return harden_setxattr(handle.number, Self.capability, Self.mayBind, Self.mayBind.count) == 0
  }

  private func attribute(_ name: String, of path: Path) throws -> [UInt8]? {
    let handle = try SafeFiles.handle(path)
    return SafeFiles.attribute(name, of: handle.number)
  }

  @Test("a program in a tree keeps its capabilities when the tree is settled, and when that is taken back")
  func settledTree() throws {
    let run = try TestRun()
    let root = run.folder.path / "tree"
    try SafeFiles.makeDirectory(root, mode: 0o777, user: 0, group: 0)
    let program = try run.folder.put("tree/s", "#!", mode: 0o755)
    guard try letBind(program) else { return }
    let rule = TreeRule(
      root: root, owner: Owner("daemon", "daemon"), directories: 0o750, files: 0o640, inherited: false)
    try run.carryOut(Step(.settleTree(rule: rule)))
    try run.executor.finish(.done)
    #expect(try SafeFiles.status(program)?.st_uid == 1)
    #expect(try attribute(Self.capability, of: program) == Self.mayBind)
    try run.executor.undo(1)
    #expect(try SafeFiles.status(program)?.st_uid == 0)
    #expect(try attribute(Self.capability, of: program) == Self.mayBind)
  }

  @Test("what is written anew inherits no access list, and comes back with the one it had or none")
  func inherited() throws {
    let run = try TestRun()
    let folder = run.folder.path
    _ = try run.folder.put("plain", "old", mode: 0o640)
    let listed = try run.folder.put("listed", "old", mode: 0o640)
    guard try AccessList.letDaemonWrite(listed), let list = try attribute(AccessList.attribute, of: listed) else {
      return
    }
    let handle = try SafeFiles.handle(folder)
    #expect(harden_setxattr(handle.number, DefaultACL.attribute, list, list.count) == 0)
    let (made, tree) = (folder / "d", folder / "tree")
    let rule = TreeRule(root: tree, owner: run.owner, directories: 0o750, files: 0o640, writable: ["in"])
    try run.carryOut(
      run.write("new", "n", mode: 0o640), run.write("plain", "p", mode: 0o640),
      run.write("plain", "q", mode: 0o640), Step(.makeDirectory(path: made, mode: 0o750, owner: run.owner)),
      Step(.settleTree(rule: rule)))
    try run.executor.finish(.done)
    for path in [folder / "new", folder / "plain", made, tree, tree / "in"] {
      #expect(try attribute(AccessList.attribute, of: path) == nil, "\(path)")
    }
    #expect(try SafeFiles.status(folder / "new")?.permissions == 0o640)
    let camera = ImageCamera(runner: ProcessRunner(launcher: .spawn))
    try run.executor.undo(1)
    #expect(try attribute(AccessList.attribute, of: folder / "plain") == nil)
    #expect(try camera.entry(folder / "new", .digest) == .absent)
  }

  @Test("not where somebody has the file open for writing")
  func openForWriting() throws {
    let folder = try TemporaryFolder()
    let program = try folder.put("s", "#!", mode: 0o755)
    guard try letBind(program) else { return }
    let writer = Descriptor(open(program.text, O_WRONLY | O_CLOEXEC))
    try SafeFiles.setOwner(program, user: 1, group: 1)
    #expect(writer.number >= 0)
    #expect(try attribute(Self.capability, of: program) == nil)
  }

  @Test("a file of secrets loses what its access list gives to others; a value set by hand, and an undo, leave it")
  func secrets() throws {
    let run = try TestRun()
    let file = try run.folder.put("s.json", "{}", mode: 0o640)
    guard try AccessList.letDaemonWrite(file) else { return }
    let list = try #require(try attribute(AccessList.attribute, of: file))
    let before = AccessList.bytes(list, mode: 0o640, withGroup: true)
    #expect(AccessList.grants(of: file) == [AccessGrant("user:daemon", rights: 6)])
    try run.executor.setSecret("OWN", to: "x", in: file, mode: 0o640, owner: run.owner)
    #expect(try attribute(AccessList.attribute, of: file) == before)
    guard case .there(.file(let status)) = FileReading.status(file, AccountNames()) else {
      Issue.record("not read")
      return
    }
    #expect(status.grants(beyond: 0o640).map(\.description) == ["user:daemon:rw-"])
    #expect(status.grants(beyond: 0o600).isEmpty)
    let rule = SecretsRule(path: file, mode: 0o640, owner: run.owner, generated: [:], declared: ["A": "1"])
    try run.carryOut(Step(.settleSecrets(rule: rule)))
    try run.executor.finish(.done)
    #expect(try attribute(AccessList.attribute, of: file) == nil)
    try run.executor.undo(1)
    #expect(try attribute(AccessList.attribute, of: file) == before)
  }

  @Test("a file that is replaced keeps its access list within its mode, and what its owner noted; not capabilities")
  func replaced() throws {
    let run = try TestRun()
    let file = try run.folder.put("f", "theirs", mode: 0o664)
    guard try AccessList.letDaemonWrite(file) else { return }
    let handle = try SafeFiles.handle(file)
    #expect(harden_setxattr(handle.number, "user.note", [7], 1) == 0)
    _ = try letBind(file)
    let camera = ImageCamera(runner: ProcessRunner(launcher: .spawn))
    let before = try camera.entry(file, .digest)
    let list = try #require(try attribute(AccessList.attribute, of: file))
    try run.carryOut(run.write("f", "ours", mode: 0o640))
    try run.executor.finish(.done)
    #expect(try SafeFiles.status(file)?.permissions == 0o640)
    #expect(try attribute(AccessList.attribute, of: file) == AccessList.bytes(list, mode: 0o640, withGroup: true))
    #expect(try attribute("user.note", of: file) == [7])
    #expect(try attribute(Self.capability, of: file) == nil)
    try run.executor.undo(1)
    #expect(try camera.entry(file, .digest).isSame(as: before))
  }
}
