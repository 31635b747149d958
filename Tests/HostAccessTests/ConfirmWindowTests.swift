import Glibc
import HostState
import Testing

@testable import HostAccess

private func window(run: Int = 1, seconds: Int = 300) -> ConfirmWindow {
  ConfirmWindow(run: run, administrators: ["deploy"], seconds: seconds, command: "ssh deploy@host sudo harden confirm")
}

@Suite("The window")
struct ConfirmWindowTests {
  @Test("the timer has both an absolute and a relative time, and outlives a reboot")
  func timer() throws {
    var window = window(seconds: 90)
    window.deadline = 1_795_000_000
    let texts = WindowUnits.texts(
      window, program: "/var/lib/harden/window/harden", units: ["fail2ban.service", "systemd-journald.service"])
    #expect(Set(texts.keys) == Set(WindowUnits.names))
    #expect(
      texts[WindowUnits.timer] == """
        [Unit]
        Description=Takes back run 1 of harden unless somebody confirms it

        [Timer]
        OnCalendar=2026-11-18 11:06:40 UTC
        OnActiveSec=90s
        AccuracySec=1s
        Persistent=true

        [Install]
        WantedBy=timers.target

        """)
    let boot = try #require(texts[WindowUnits.boot])
    #expect(boot.contains("\nBefore=apache2.service fail2ban.service ssh.service ssh.socket ufw.service\n"))
    #expect(boot.contains("\nDefaultDependencies=no\n"))
    let rest = try #require(texts[WindowUnits.rest])
    // One that was killed, or could not put everything back, is made again.
    for text in [rest, try #require(texts[WindowUnits.service])] {
      #expect(text.contains("\nStartLimitIntervalSec=0\n\n[Service]\n"))
      #expect(text.contains("\nRestart=on-failure\nRestartSec=20s\n"))
    }
    #expect(
      rest.contains(
        "\nAfter=network.target dbus.service harden-revert-boot.service apache2.service fail2ban.service ssh.service"))
  }

  @Test("the clock that runs out first counts, and after a reboot nothing is left")
  func left() {
    var window = window()
    #expect((299...300).contains(window.secondsLeft))
    window.deadline -= 200
    #expect((99...100).contains(window.secondsLeft))
    window.rewind()
    window.armed.monotonic -= 250
    #expect((49...50).contains(window.secondsLeft))
    window.armed.boot = "another"
    #expect(window.secondsLeft == 0)
    #expect(window.isOfAnotherBoot)
  }

  @Test("it is read as it was written; a newer or damaged one is refused", .enabled(if: isRoot))
  func file() throws {
    let run = try TestRun()
    #expect(try ConfirmWindow.read(run.paths) == nil)
    var open = window()
    open.worker = .own
    try open.write(run.paths)
    #expect(try ConfirmWindow.read(run.paths) == open)
    #expect(try SafeFiles.status(run.paths.windowFile)?.permissions == 0o600)
    _ = try run.folder.put("state/window/window.json", "{\"format\": 99}")
    #expect(diagnostic { try ConfirmWindow.read(run.paths) }?.summary == "State of a newer harden")
    _ = try run.folder.put("state/window/window.json", "{}")
    #expect(diagnostic { try ConfirmWindow.read(run.paths) }?.summary == "State damaged")
  }
}

@Suite("What comes of the revert of an open window")
struct RevertActivityTests {
  private func activity(
    timer: String = "inactive/dead", service: String = "inactive/dead", rest: String = "inactive/dead",
    isDue: Bool = false, isOfAnotherBoot: Bool = false, canStart: Bool = true
  ) -> RevertActivity? {
    let units = [WindowUnits.timer: timer, WindowUnits.service: service, WindowUnits.rest: rest]
    let blocks = units.map { name, state in
      let words = state.split(separator: "/")
      return "Id=\(name)\nActiveState=\(words[0])\nSubState=\(words[1])\n"
        + (words.count > 2 ? "Job=\(words[2])\n" : "")
    }
    return RevertActivity(
      blocks.joined(separator: "\n"), isDue: isDue, isOfAnotherBoot: isOfAnotherBoot, canStart: canStart)
  }

  @Test("a timer that waits, a service that runs") func underWay() {
    #expect(activity(timer: "active/waiting") == .underWay)
    #expect(activity(timer: "active/waiting", isDue: true) == .underWay)
    #expect(activity(timer: "active/running", service: "activating/start", isDue: true) == .underWay)
    #expect(activity(timer: "active/waiting", service: "failed/failed") == .underWay)
    #expect(RevertActivity("", isDue: true, isOfAnotherBoot: false, canStart: true) == nil)
  }

  @Test("a timer that was stopped, or has fired for nothing") func stopped() {
    #expect(activity() == .stopped(unit: WindowUnits.timer))
    #expect(activity(isDue: true) == .stopped(unit: WindowUnits.timer))
    #expect(activity(timer: "active/elapsed", isDue: true) == .stopped(unit: WindowUnits.service))
  }

  @Test("a service that fails") func failing() {
    for state in ["auto-restart", "auto-restart-queued"] {
      #expect(
        activity(timer: "active/running", service: "activating/\(state)", isDue: true, canStart: false)
          == .failing(unit: WindowUnits.service, isTriedAgain: true))
    }
    #expect(
      activity(timer: "active/elapsed", service: "failed/failed", isDue: true)
        == .failing(unit: WindowUnits.service, isTriedAgain: false))
  }

  @Test("after a reboot it is the unit that waits for the daemons") func rebooted() {
    func rebooted(_ rest: String) -> RevertActivity? {
      activity(timer: "active/waiting", rest: rest, isDue: true, isOfAnotherBoot: true)
    }
    #expect(rebooted("inactive/dead/417") == .underWay)
    #expect(rebooted("activating/start") == .underWay)
    #expect(rebooted("activating/auto-restart") == .failing(unit: WindowUnits.rest, isTriedAgain: true))
    #expect(rebooted("inactive/dead") == .stopped(unit: WindowUnits.rest))
  }

  @Test("a program that cannot be started") func cannotStart() {
    let none = RevertActivity.cannotStart(program: "/var/lib/harden/window/harden")
    #expect(activity(timer: "active/waiting", canStart: false) == none)
    #expect(activity(isDue: true, canStart: false) == none)
  }

  @Test("is known before it is armed where its file system forbids programs", .enabled(if: isRoot)) func noExec() throws
  {
    try Executor.requireStarting("/usr/harden/window/harden")
    let folder = try TemporaryFolder()
    guard shell("mount -t tmpfs -o noexec none \(folder.path) 2>/dev/null") == 0 else { return }  // it may not mount
    defer { shell("umount \(folder.path)") }
    #expect(
      diagnostic { try Executor.requireStarting(folder.path / "harden/window/harden") }?.summary
        == "Revert could not be started")
  }
}

@Suite("Reverting", .enabled(if: isRoot))
struct WindowRevertTests {
  @Test("all of it, an open step and what others changed since included; theirs goes to the vault")
  func revert() throws {
    let run = try TestRun()
    _ = try run.folder.put("old", "old", mode: 0o600)
    try run.carryOut(run.write("f", "one"), run.write("old", "new"))
    _ = try run.folder.put("f", "theirs")
    // Killed in the middle of a step: its file is written, the journal does not say so yet.
    let journal = try run.journal
    let step = run.write("g", "half")
    try journal.append(
      JournalRecord(
        kind: .intent, time: 0, step: 3, planned: JournalStep(address: "a", section: "S", step: step),
        before: Image([.path(path: "\(run.folder.path)/g"): .absent])))
    _ = try run.folder.put("g", "half")
    let executor = Executor(paths: run.paths, overlay: nil)
    run.executor.unlock()
    try executor.seizeLock(window())
    let outcome = executor.revert(window(), cause: "nobody confirmed it in time", version: "0")
    #expect(outcome.runs == [1])
    #expect(outcome.troubles.map(\.summary).filter { $0 != "Nobody listens for SSH" } == [])
    #expect(try run.folder.names() == ["old", "state"])
    #expect(try run.folder.text("old") == "old")
    #expect(try run.folder.text("state/vault/undo-2\(run.folder.path)/f") == "theirs")
    let history = try RunSummary.history(run.paths)
    #expect(history.map(\.isTakenBack) == [true, false])
    #expect(history.last?.cause == "nobody confirmed it in time")
    #expect(history.last?.undoes == 1)
  }

  @Test("what cannot be put back is told, and keeps nothing else from going back")
  func dogged() throws {
    let run = try TestRun()
    _ = try run.folder.put("a", "old a")
    _ = try run.folder.put("b", "old b")
    try run.carryOut(run.write("a", "new a"), run.write("b", "new b"))
    try run.executor.finish(.done)
    // A directory with something in it where the file was.
    try SafeFiles.remove(run.folder.path / "b")
    try SafeFiles.makeDirectory(run.folder.path / "b", mode: 0o755, user: 0, group: 0)
    _ = try run.folder.put("b/x", "x")
    let outcome = run.executor.revert(window(), cause: "a test", version: "0")
    #expect(!outcome.troubles.isEmpty)
    #expect(try run.folder.text("a") == "old a")
    #expect(try run.folder.text("b/x") == "x")
    let last = try #require(try RunSummary.history(run.paths).last)
    #expect(last.outcome != .done)
  }

  @Test("the way in that a run made stays until what closed the others is put back", arguments: [false, true])
  func waysIn(isAtBoot: Bool) throws {
    let run = try TestRun()
    _ = try run.folder.put("sshd", "everybody")
    _ = try run.folder.put("other", "old")
    var (key, sshd) = (run.write("key", "k"), run.write("sshd", "deploy alone"))
    key.risk = .opens
    sshd.risk = .closes
    try run.carryOut(key, address: "user:deploy")
    try run.carryOut(run.write("other", "new"), address: "other")
    try run.carryOut(sshd, address: "sshd")
    try run.executor.finish(.done)
    // A directory with something in it where the file was.
    try SafeFiles.remove(run.folder.path / "sshd")
    try SafeFiles.makeDirectory(run.folder.path / "sshd", mode: 0o755, user: 0, group: 0)
    _ = try run.folder.put("sshd/x", "x")
    func revert() -> [Diagnostic] {
      if isAtBoot { return run.executor.revertFiles(window(), cause: "a reboot") }
      return run.executor.revert(window(), cause: "a test", version: "0").troubles
        .filter { $0.summary != "Nobody listens for SSH" }
    }
    #expect(!revert().isEmpty)
    #expect(try run.folder.text("other") == "old")
    #expect(try run.folder.text("key") == "k")
    try SafeFiles.remove(run.folder.path / "sshd/x")
    #expect(revert() == [])
    #expect(try run.folder.text("sshd") == "everybody")
    #expect(try run.folder.text("key") == nil)
    // Made again it is one run, and has no end of numbers.
    #expect(try RunSummary.history(run.paths).count == (isAtBoot ? 1 : 2))
  }

  @Test("it is taken back without a journal, too, where none can be written")
  func noJournal() throws {
    let run = try TestRun()
    _ = try run.folder.put("f", "old")
    try run.carryOut(run.write("f", "new"))
    try run.executor.finish(.done)
    let damaged = run.paths.runs / "0002"
    try SafeFiles.makeDirectory(damaged, mode: 0o700, user: 0, group: 0)
    _ = try run.folder.put("state/runs/0002/header.json", "{}")
    let outcome = run.executor.revert(window(), cause: "a test", version: "0")
    #expect(try run.folder.text("f") == "old")
    #expect(outcome.troubles.contains { $0.summary == "Journal damaged" })
  }

  @Test("at a boot files go back first, and the rest finds them so")
  func boot() throws {
    let run = try TestRun()
    _ = try run.folder.put("old", "old")
    try run.carryOut(run.write("f", "one"), run.write("old", "new"))
    #expect(run.executor.revertFiles(window(), cause: "a reboot") == [])
    #expect(try run.folder.text("old") == "old")
    #expect(try run.folder.names() == ["old", "state"])
    #expect(try RunSummary.history(run.paths).count == 1)
    let outcome = run.executor.revert(window(), cause: "a reboot", version: "0")
    #expect(outcome.runs == [1])
    #expect(try run.summary.cause == "a reboot")
  }

  @Test("what others changed before a reboot is kept, of files that several steps wrote or settled")
  func bootKeepsForeign() throws {
    let run = try TestRun()
    let folder = run.folder.path
    _ = try run.folder.put("rules", "22", mode: 0o640)
    _ = try run.folder.put("keys", "one", mode: 0o644)
    try run.carryOut(
      run.write("rules", "22 80", mode: 0o640), run.write("rules", "22 80 443", mode: 0o640),
      Step(.setMode(path: folder / "keys", mode: 0o600)), run.write("keys", "one two", mode: 0o600))
    try run.executor.finish(.done)
    _ = try run.folder.put("rules", "22 80 443 9998", mode: 0o640)
    _ = try run.folder.put("keys", "one two theirs", mode: 0o600)
    #expect(run.executor.revertFiles(window(), cause: "a reboot") == [])
    // The power may go again.
    #expect(run.executor.revertFiles(window(), cause: "a reboot") == [])
    func expectAsBefore() throws {
      #expect(try run.folder.text("rules") == "22")
      #expect(try run.folder.text("keys") == "one")
      #expect(try SafeFiles.status(folder / "keys")?.permissions == 0o644)
      let vault = "state/vault/undo-2\(folder)"
      #expect(Processes.names(in: (folder / vault).text).sorted() == ["keys", "rules"])
      #expect(try run.folder.text("\(vault)/rules") == "22 80 443 9998")
      #expect(try run.folder.text("\(vault)/keys") == "one two theirs")
    }
    try expectAsBefore()
    let outcome = run.executor.revert(window(), cause: "a reboot", version: "0")
    #expect(outcome.troubles.map(\.summary).filter { $0 != "Nobody listens for SSH" } == [])
    try expectAsBefore()
    #expect(try run.summary.number == 2)
  }

  @Test("a process that holds the lock is ended with its group, one that ignores SIGTERM too")
  func seize() throws {
    let run = try TestRun()
    let script = "trap '' TERM; : > \(run.folder.path)/deaf; while :; do sleep 1; done"
    // A child of a run has the lock's file for its input, and outlives it.
    let executor = run.executor
    let child = ProcessRunner(launcher: .spawn).start([
      ProcessRunner.Job(Command("/bin/sh", ["-c", script]), inputDescriptor: executor.runLock?.descriptor.number)
    ])
    // Not before it ignores the signal.
    for _ in 0..<200 where try run.folder.text("deaf") == nil { usleep(50_000) }
    #expect(try run.folder.text("deaf") != nil)
    executor.unlock()
    try SafeFiles.write(run.paths.lockHolder, Array("1\n".utf8), mode: 0o600, user: 0, group: 0)
    let started = Clocks.monotonic
    let lock = try RunLock.seize(run.paths, from: nil)
    #expect((LiveApply.patience...LiveApply.patience + 3).contains(Clocks.monotonic - started))
    _ = lock
    let outcome = ProcessRunner(launcher: .spawn).finish(child)[0]
    #expect(outcome.result?.status == 128 + SIGKILL)
  }

  @Test("who is at work is known before a run is begun as well")
  func worker() throws {
    let run = try TestRun()
    let script = "echo $$ > \(run.folder.path)/new; mv \(run.folder.path)/new \(run.folder.path)/process; sleep 60"
    let runner = ProcessRunner(launcher: .spawn)
    let child = runner.start([
      ProcessRunner.Job(
        Command("/bin/sh", ["-c", script]), inputDescriptor: run.executor.runLock?.descriptor.number)
    ])
    defer {
      for child in child { child.signal(SIGKILL) }
      _ = runner.finish(child)
    }
    for _ in 0..<200 where try run.folder.text("process") == nil { usleep(50_000) }
    let process = try #require(try run.folder.text("process").flatMap { pid_t($0.dropLast()) })
    // It is this process.
    #expect(RunLock.worker(run.paths) == nil)
    func note(_ text: String) throws {
      try SafeFiles.write(run.paths.lockHolder, Array(text.utf8), mode: 0o600, user: 0, group: 0)
    }
    try note("\(process)\n")
    #expect(RunLock.worker(run.paths) == RunLock.Worker(process: process, run: nil))
    #expect(RunLock.runAtWork(run.paths) == nil)
    try note("\(process)\n7\n")
    #expect(RunLock.runAtWork(run.paths) == 7)
    // It does not hold the lock.
    try note("1\n7\n")
    #expect(RunLock.worker(run.paths) == nil)
  }

  @Test("who has the lock's file open without holding the lock is left alone")
  func bystander() throws {
    let folder = try TemporaryFolder()
    let file = try folder.put("lock", "")
    let (held, other) = (
      Descriptor(open(file.text, O_RDONLY | O_CLOEXEC)), Descriptor(open(file.text, O_RDONLY | O_CLOEXEC))
    )
    #expect(flock(held.number, LOCK_EX | LOCK_NB) == 0)
    let runner = ProcessRunner(launcher: .spawn)
    let children = runner.start(
      [("holder", held), ("bystander", other)].map { name, descriptor in
        let script =
          "echo $$ > \(folder.path)/\(name).new; mv \(folder.path)/\(name).new \(folder.path)/\(name); sleep 60"
        return ProcessRunner.Job(Command("/bin/sh", ["-c", script]), inputDescriptor: descriptor.number)
      })
    defer {
      for child in children { child.signal(SIGKILL) }
      _ = runner.finish(children)
    }
    for name in ["holder", "bystander"] {
      for _ in 0..<200 where try folder.text(name) == nil { usleep(50_000) }
    }
    let holder = try folder.text("holder").flatMap { pid_t($0.dropLast()) }
    let bystander = try #require(try folder.text("bystander").flatMap { pid_t($0.dropLast()) })
    let found = RunLock.holders(of: other).map(\.process)
    #expect(holder.map(found.contains) == true)
    #expect(!found.contains(bystander))
  }
}
