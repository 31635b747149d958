import Foundation
import Glibc
import HostState
import Synchronization
import Testing

@testable import HostAccess

@Suite("Commands that are run")
struct ProcessRunnerTests {
  @Test("sudo has a terminal to be controlled by, and its streams all the same")
  func terminal() {
    var job = ProcessRunner.Job(Command("/bin/sh", ["-c", "echo out; echo err >&2; : >/dev/tty && echo tty"]))
    #expect(!job.atTerminal && ProcessRunner.Job(Command("/usr/bin/sudo")).atTerminal)
    #expect(ProcessRunner(launcher: .spawn).run(job).result?.output == "out\n")
    job.atTerminal = true
    guard access("/dev/ptmx", R_OK) == 0 else { return }
    for launcher in ProcessRunner.Launcher.allCases {
      let result = ProcessRunner(launcher: launcher).run(job).result
      #expect(result == CommandResult(status: 0, output: "out\ntty\n", errors: "err\n"))
    }
  }

  @Test("exit code, both streams and standard input", arguments: ProcessRunner.Launcher.allCases)
  func streams(launcher: ProcessRunner.Launcher) {
    let runner = ProcessRunner(launcher: launcher)
    let command = Command("/bin/sh", ["-c", "cat; echo wrong >&2; exit 7"], input: "given\n")
    #expect(runner.run(command) == .finished(CommandResult(status: 7, output: "given\n", errors: "wrong\n")))
    let silent = Command("/bin/sh", ["-c", "cat; echo over"])
    #expect(runner.run(silent) == .finished(CommandResult(status: 0, output: "over\n")))
  }

  @Test("a clean environment, to which the command adds", arguments: ProcessRunner.Launcher.allCases)
  func environment(launcher: ProcessRunner.Launcher) {
    let command = Command("/usr/bin/env", environment: ["DEBIAN_FRONTEND": "noninteractive"])
    let lines = ProcessRunner(launcher: launcher).run(command).result?.output.split(separator: "\n").sorted()
    #expect(
      lines == [
        "DEBIAN_FRONTEND=noninteractive", getuid() == 0 ? "HOME=/root" : "HOME=/", "LC_ALL=C",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      ])
  }

  @Test("a signal counts as 128 and its number", arguments: ProcessRunner.Launcher.allCases)
  func signal(launcher: ProcessRunner.Launcher) {
    let outcome = ProcessRunner(launcher: launcher).run(Command("/bin/sh", ["-c", "kill -9 $$"]))
    #expect(outcome == .finished(CommandResult(status: 137, output: "")))
  }

  @Test("a program that is not there", arguments: ProcessRunner.Launcher.allCases)
  func absent(launcher: ProcessRunner.Launcher) {
    let runner = ProcessRunner(launcher: launcher)
    #expect(runner.run(Command("/usr/bin/no-such-program")) == .noProgram)
    #expect(runner.run(Command("/etc/passwd/program")) == .noProgram)
    #expect(runner.run(Command("/etc/passwd")) == .notStarted(reason: "Permission denied"))
  }

  @Test("time that is up ends the whole group", arguments: ProcessRunner.Launcher.allCases)
  func timeLimit(launcher: ProcessRunner.Launcher) {
    let runner = ProcessRunner(launcher: launcher, patience: 0.2)
    let nap = launcher == .spawn ? "77.5" : "77.6"
    // Neither the shell nor its child minds SIGTERM.
    let stubborn = Command(
      "/bin/sh", ["-c", "trap '' TERM; echo begun; (trap '' TERM; sleep \(nap)) & sleep \(nap)"], timeLimit: 1)
    let begin = Child.now()
    #expect(!Self.isRunning("sleep", nap))
    let outcome = runner.run(stubborn)
    #expect(outcome == .outOfTime(seconds: 1, so: CommandResult(status: 137, output: "begun\n")))
    #expect(Child.now() - begin < 5)
    // SIGKILL is sent by then, but the kernel takes its time.
    let isGone = (0..<40).contains { _ in
      if Self.isRunning("sleep", nap) { usleep(50_000) }
      return !Self.isRunning("sleep", nap)
    }
    #expect(isGone)
  }

  /// Whether there is a process with just these words, each ended by a zero byte: proc(5).
  private static func isRunning(_ words: String...) -> Bool {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let line = Data(words.map { $0 + "\0" }.joined().utf8)
    return processes.contains { FileManager.default.contents(atPath: "/proc/\($0)/cmdline") == line }
  }

  @Test("more output than allowed ends it", arguments: ProcessRunner.Launcher.allCases)
  func outputLimit(launcher: ProcessRunner.Launcher) {
    let runner = ProcessRunner(launcher: launcher, outputLimit: 100_000)
    guard case .tooMuchOutput(100_000, let result) = runner.run(Command("/usr/bin/yes")) else {
      Issue.record("yes was not ended")
      return
    }
    #expect(result.output.utf8.count < 1_000_000)
    let errors = runner.run(Command("/bin/sh", ["-c", "exec yes >&2"]))
    #expect(errors.result?.output == "")
  }

  @Test("a daemon that keeps the pipes open is not waited for", arguments: ProcessRunner.Launcher.allCases)
  func daemon(launcher: ProcessRunner.Launcher) {
    let begin = Child.now()
    let outcome = ProcessRunner(launcher: launcher).run(Command("/bin/sh", ["-c", "sleep 20 & echo started"]))
    #expect(outcome == .finished(CommandResult(status: 0, output: "started\n")))
    #expect(Child.now() - begin < 15)
  }

  @Test("many at the same time, in their order", arguments: ProcessRunner.Launcher.allCases)
  func many(launcher: ProcessRunner.Launcher) {
    let jobs = (0..<20).map { ProcessRunner.Job(Command("/bin/sh", ["-c", "sleep 1; echo \($0)"])) }
    let begin = Child.now()
    let outcomes = ProcessRunner(launcher: launcher).run(jobs)
    #expect(outcomes == (0..<20).map { .finished(CommandResult(status: 0, output: "\($0)\n")) })
    #expect(Child.now() - begin < 10)
  }

  @Test("lines are told as they come", arguments: ProcessRunner.Launcher.allCases)
  func lines(launcher: ProcessRunner.Launcher) {
    let heard = Mutex<[String]>([])
    let job = ProcessRunner.Job(Command("/bin/sh", ["-c", "echo one; echo bad >&2; sleep 0.1; printf 'two\nrest'"])) {
      stream, line in heard.withLock { $0.append("\(stream): \(line)") }
    }
    let outcome = ProcessRunner(launcher: launcher).run(job)
    #expect(outcome.result?.output == "one\ntwo\nrest")
    #expect(Set(heard.withLock { $0 }) == ["output: one", "errors: bad", "output: two", "output: rest"])
  }

  @Test("a child holds the lock that is its standard input", arguments: ProcessRunner.Launcher.allCases)
  func lock(launcher: ProcessRunner.Launcher) throws {
    let folder = try TemporaryFolder()
    let lock = open((folder.path / "lock").text, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(lock) }
    #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
    let script = "readlink /proc/self/fd/0"
    let outcome = ProcessRunner(launcher: launcher).run(
      ProcessRunner.Job(Command("/bin/sh", ["-c", script]), inputDescriptor: lock))
    #expect(outcome == .finished(CommandResult(status: 0, output: "\(folder.path)/lock\n")))
  }

  @Test("a signal reaches every child's group", arguments: ProcessRunner.Launcher.allCases)
  func forwarded(launcher: ProcessRunner.Launcher) {
    let runner = ProcessRunner(launcher: launcher)
    let children = runner.start((0..<3).map { _ in ProcessRunner.Job(Command("/bin/sleep", ["30"])) })
    // Other tests' children have groups of their own in the same registry, so these are signalled one by one.
    for child in children { child.signal(SIGTERM) }
    #expect(runner.finish(children).map(\.result?.status) == [143, 143, 143])
  }

  // Taking another account needs root.
  @Test("as another account", .enabled(if: getuid() == 0), arguments: ProcessRunner.Launcher.allCases)
  func account(launcher: ProcessRunner.Launcher) {
    let outcome = ProcessRunner(launcher: launcher).run(Command("/usr/bin/id", ["-un"], user: "nobody"))
    #expect(outcome == .finished(CommandResult(status: 0, output: "nobody\n")))
  }
}
