import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("What is looked at before the first step", .enabled(if: isRoot))
struct ExecutorPreflightTests {
  @Test("nothing stands in the way of an ordinary step")
  func fine() throws {
    let run = try TestRun()
    #expect(Preflight.look(at: [run.write("f", "x"), run.write("d/e/f", "x")], run.paths).isEmpty)
  }

  @Test("an immutable file is named, and nothing is done to it")
  func immutable() throws {
    let run = try TestRun()
    _ = try run.folder.put("f")
    guard shell("chattr +i \(run.folder.path)/f 2>/dev/null") == 0 else { return }  // the file system has no such mark
    defer { shell("chattr -i \(run.folder.path)/f") }
    let found = Preflight.look(at: [run.write("f", "x")], run.paths)
    #expect(found.map(\.summary) == ["File immutable"])
    #expect(found.first?.fix == "chattr -i \(run.folder.path)/f")
  }

  @Test("in a tree, what would be changed is named where it is marked, and what fits may be marked")
  func marksInTree() throws {
    let run = try TestRun()
    let folder = run.folder.path
    for name in ["t", "t/d", "t/fits"] {
      try SafeFiles.makeDirectory(folder / name, mode: 0o750, user: 1, group: 1)
    }
    for name in ["t/d/a", "t/d/b", "t/c"] { try SafeFiles.setMode(try run.folder.put(name), 0o600) }
    let marks = [("t/d/a", "i"), ("t/d/b", "i"), ("t/c", "a"), ("t/fits", "i")]
    guard shell("chattr +i \(folder)/t/fits 2>/dev/null") == 0 else { return }  // the file system has no such mark
    defer { shell("chattr -R -i -a \(folder)/t") }
    for (name, mark) in marks { try #require(shell("chattr +\(mark) \(folder)/\(name)") == 0) }
    var rule = TreeRule(
      root: folder / "t", owner: Owner("daemon", "daemon"), directories: 0o750, files: 0o640, inherited: false)
    let found = Preflight.look(at: [Step(.settleTree(rule: rule))], run.paths)
    #expect(found.map(\.summary) == ["Files immutable", "File append-only"])
    #expect(found.map(\.fix) == ["chattr -i \(folder)/t/d/a \(folder)/t/d/b", "chattr -a \(folder)/t/c"])
    #expect(diagnostic { try TreeWalk.settle(rule) }?.summary == "Tree not settled")
    rule.writable = ["fits/w/x"]
    #expect(
      Preflight.look(at: [Step(.settleTree(rule: rule))], run.paths).first?.fix
        == "chattr -i \(folder)/t/d/a \(folder)/t/d/b \(folder)/t/fits")
  }

  @Test("an account file that is a link is named: useradd opens none")
  func accountLink() throws {
    let folder = try TemporaryFolder()
    let file = try folder.put("real")
    try SafeFiles.link(folder.path / "passwd", to: "real")
    let step = Step(.run(command: Command("/usr/sbin/useradd")), footprint: Footprint(accounts: ["ana"]))
    let files = [file, folder.path / "passwd"]
    let found = Preflight.accountLinks(of: [step], files: files)
    #expect(found.map(\.summary) == ["Link in place of an account file"])
    #expect(Preflight.accountLinks(of: [Step(.run(command: Command("/bin/true")))], files: files).isEmpty)
    let fix = try #require(found.first?.fix)
    #expect(shell(fix) == 0)
    #expect(try SafeFiles.status(folder.path / "passwd")?.isFile == true)
  }

  @Test("a read-only file system is named")
  func readOnly() throws {
    let run = try TestRun()
    let found = Preflight.look(at: [Step(.remove(path: "/proc/self/x", check: nil))], run.paths)
    #expect(found.isEmpty)
    let folder = try TemporaryFolder()
    guard shell("mount -t tmpfs -o ro none \(folder.path)") == 0 else { return }
    defer { shell("umount \(folder.path)") }
    let step = Step(.makeDirectory(path: folder.path / "a/b", mode: 0o755, owner: .root))
    #expect(Preflight.look(at: [step], run.paths).map(\.summary) == ["File system read-only"])
  }

  @Test("a kernel setting that cannot be written is named, one that is not there stands in nobody's way")
  func settings() throws {
    let run = try TestRun()
    // Read-only to everybody in every kernel.
    let steps = ["kernel.ostype", "net.ipv4.conf.gone.rp_filter"].map { Step(.setSysctl(key: $0, value: "1")) }
    let found = Preflight.look(at: steps, run.paths)
    #expect(found.map(\.summary) == ["Kernel settings not writable"])
    #expect(found.first?.detail.contains("kernel.ostype. In a container") == true)
    #expect(Preflight.look(at: [steps[1]], run.paths).isEmpty)
  }

  @Test("a reload of sshd must reach the one that listens")
  func reload() {
    let stock = """
      MainPID=69
      ExecReload={ path=/usr/sbin/sshd ; argv[]=/usr/sbin/sshd -t ; ignore_errors=no ; pid=0 }
      ExecReload={ path=/bin/kill ; argv[]=/bin/kill -HUP $MAINPID ; ignore_errors=no ; pid=0 }

      """
    #expect(Preflight.objection(to: stock, main: 69, listens: true) == nil)
    #expect(
      Preflight.objection(to: stock, main: 69, listens: false)?.summary
        == "Another program is ssh.service's main process")
    for other in ["", "ExecReload={ path=/bin/true ; argv[]=/bin/true ; ignore_errors=no ; pid=0 }\n"] {
      #expect(
        Preflight.objection(to: "MainPID=69\n" + other, main: 69, listens: true)?.summary
          == "ssh.service is not reloaded by SIGHUP")
    }
  }

  @Test("a program that nothing brings is missing, one that an install may bring is not")
  func programs() throws {
    let run = try TestRun()
    let step = Step(.run(command: Command("/usr/sbin/no-such-program")))
    #expect(Preflight.look(at: [step], run.paths).map(\.summary) == ["Program missing"])
    #expect(
      !Preflight.look(at: [Step(.install(packages: ["x"])), step], run.paths).contains {
        $0.summary == "Program missing"
      })
  }

  @Test("who holds a lock is found by the kernel's table")
  func locks() throws {
    let folder = try TemporaryFolder()
    let file = try folder.put("lock")
    shell("flock -x \(file) sleep 2 >/dev/null 2>&1 &")
    usleep(300_000)
    let holder = try #require(Preflight.holder(of: file))
    #expect(holder.hasPrefix("flock (process ") || holder.hasPrefix("sleep (process "))
    #expect(Preflight.holder(of: folder.path) == nil)
  }
}
