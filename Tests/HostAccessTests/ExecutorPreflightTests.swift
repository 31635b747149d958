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
