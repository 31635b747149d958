import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("Taking runs back", .enabled(if: isRoot))
struct UndoTests {
  /// Two runs: the first makes f and d/g, the second changes f.
  func twoRuns() throws -> TestRun {
    let run = try TestRun()
    _ = try run.folder.put("old", "old", mode: 0o600)
    try run.carryOut(
      run.write("f", "one"), Step(.makeDirectory(path: run.folder.path / "d", mode: 0o700, owner: run.owner)),
      run.write("d/g", "g"), run.write("old", "new"), Step(.link(path: run.folder.path / "l", target: "f")))
    try run.executor.finish(.done)
    try run.begin()
    try run.carryOut(run.write("f", "two", mode: 0o640), address: "b")
    try run.executor.finish(.done)
    return run
  }

  @Test("byte for byte as before, over two runs, and a second undo finds nothing")
  func undo() throws {
    let run = try twoRuns()
    let plan = try run.executor.undoPlan(1)
    #expect(plan.runs == [2, 1])
    #expect(plan.conflicts.isEmpty)
    #expect(plan.findings.contains(UndoFinding("\(run.folder.path)/f", .removed)))
    #expect(
      plan.findings.contains(UndoFinding("\(run.folder.path)/old", .putBack(to: "file 0600 \(run.owner)"))))
    #expect(try run.folder.text("f") == "two")  // a plan changes nothing
    let done = try run.executor.undo(1)
    #expect(done.findings == plan.findings)
    #expect(try run.folder.names() == ["old", "state"])
    #expect(try run.folder.text("old") == "old")
    #expect(try SafeFiles.status(run.folder.path / "old")?.permissions == 0o600)
    #expect(try run.executor.undoPlan(1).isEmpty)
    let history = try RunSummary.history(run.paths)
    #expect(history.map(\.kind) == ["apply", "apply", "undo"])
    #expect(history.map(\.isTakenBack) == [true, true, false])
    // What was done stays told once it is taken back.
    #expect(history.map(\.done) == [5, 1, 0] && history.map(\.takenBack) == [5, 1, 0])
    #expect(history.map(\.tookBack) == [nil, nil, 6])
    let error = diagnostic { try run.executor.undo(3) }
    #expect(error?.summary == "Nothing to undo")
  }

  @Test("only the last run, where only that is asked for")
  func lastRun() throws {
    let run = try twoRuns()
    try run.executor.undo(2)
    #expect(try run.executor.undoPlan(1).runs == [1], "what is taken back already is not named again")
    #expect(try run.folder.text("f") == "one")
    #expect(try SafeFiles.status(run.folder.path / "f")?.permissions == 0o644)
    #expect(try run.folder.text("d/g") == "g")
    let history = try RunSummary.history(run.paths)
    #expect(history.map(\.done) == [5, 1, 0] && history.map(\.takenBack) == [0, 1, 0])
    #expect(history.map(\.tookBack) == [nil, nil, 1])
  }

  @Test("a run of which an undo took back a part is told until the rest is taken back, whatever came on top of it")
  func halfTakenBack() throws {
    let run = try TestRun()
    try run.carryOut(run.write("f", "one"), run.write("g", "one"))
    try run.executor.finish(.done)
    let first = try run.journal
    func halves() throws -> [Int] { try RunSummary.history(run.paths).halfTakenBack.map(\.number) }
    #expect(try halves() == [])
    // Killed after its first step.
    _ = try Journal.begin(
      RunHeader(
        number: 0, kind: .undo, recipe: "test", inputs: [:], plan: "", started: Executor.now, version: "0", undoes: 1),
      in: run.paths)
    try SafeFiles.remove(run.folder.path / "g")
    try first.append(JournalRecord(kind: .takenBack, time: Executor.now, step: 2))
    #expect(try halves() == [1])
    _ = try run.executor.recover()
    try run.begin()
    try run.carryOut(run.write("g", "three"))
    try run.executor.finish(.done)
    #expect(try run.executor.undo(3).runs == [3])
    #expect(try halves() == [1])
    #expect(try run.folder.names() == ["f", "state"])
    try run.executor.undo(1)
    #expect(try halves() == [])
    #expect(try run.folder.names() == ["state"])
  }

  @Test("what somebody else changed since is named and refused; by force it goes to the vault")
  func conflict() throws {
    let run = try twoRuns()
    _ = try run.folder.put("f", "theirs", mode: 0o604)
    try SafeFiles.setOwner(run.folder.path / "f", user: 1, group: 1)
    _ = try run.folder.put("d/g", "theirs too")
    let plan = try run.executor.undoPlan(1)
    #expect(plan.conflicts.map(\.subject) == ["\(run.folder.path)/f", "\(run.folder.path)/d/g"])
    let error = diagnostic { try run.executor.undo(1) }
    #expect(error?.summary == "Changed since")
    #expect(try run.folder.text("old") == "new")
    try run.executor.undo(1, force: true)
    #expect(try run.folder.names() == ["old", "state"])
    let vault = run.paths.vault / "undo-3"
    #expect(try run.summary.keptAside == vault)
    #expect(try SafeFiles.read(Path(vault.text + run.folder.path.text + "/f")) == Array("theirs".utf8))
    // Root's: an account has to stay as long as a file belongs to it.
    #expect(try SafeFiles.status(Path(vault.text + run.folder.path.text + "/f"))?.st_uid == 0)
    #expect(try SafeFiles.read(Path(vault.text + run.folder.path.text + "/d/g")) == Array("theirs too".utf8))
  }

  @Test("by force, what is no text is noted in the vault: modes, owners, deleted files, several states of one file")
  func noted() throws {
    let run = try TestRun()
    let (file, link) = (run.folder.path / "f", run.folder.path / "l")
    _ = try run.folder.put("f", "old", mode: 0o644)
    try run.carryOut(Step(.setMode(path: file, mode: 0o600)), run.write("g", "g"), run.write("h", "one"))
    try run.executor.finish(.done)
    _ = try run.folder.put("h", "theirs")
    try run.begin()
    try run.carryOut(run.write("h", "two"), Step(.link(path: link, target: "f")))
    try run.executor.finish(.done)
    try SafeFiles.setMode(file, 0o711)
    _ = try run.folder.put("h", "theirs again")
    try SafeFiles.link(link, to: "g", user: 0, group: 0)
    try SafeFiles.remove(run.folder.path / "g")
    try run.executor.undo(1, force: true)
    let vault = "state/vault/undo-3"
    let note = try #require(try run.folder.text("\(vault)/overwritten.txt"))
    #expect(note.contains("\n\(file): 0711 \(run.owner)\n"))
    #expect(note.contains("\(link): link to g\n"))
    #expect(try run.folder.text("\(vault)\(run.folder.path)/h") == "theirs again")
    #expect(try run.folder.text("\(vault)\(run.folder.path)/h.2") == "theirs")
    #expect(SafeFiles.linkTarget("l", in: try SafeFiles.parent(of: Path("\(run.folder.path)/\(vault)\(link)"))) == "g")
  }

  @Test("a file that is as before already is left alone, one in a directory of harden's keeps the directory")
  func foreignFile() throws {
    let run = try twoRuns()
    _ = try run.folder.put("old", "old", mode: 0o600)
    _ = try run.folder.put("d/theirs", "x")
    let done = try run.executor.undo(1)
    #expect(done.findings.contains(UndoFinding("\(run.folder.path)/old", .asBefore)))
    #expect(
      done.findings.contains(
        UndoFinding("\(run.folder.path)/d", .stays(why: "something lies in it that harden did not make"))))
    #expect(try run.folder.text("d/theirs") == "x")
    #expect(try run.folder.text("d/g") == nil)
  }

  @Test("a made secret comes back from the vault")
  func secrets() throws {
    let run = try TestRun()
    let rule = SecretsRule(
      path: run.folder.path / "s.json", mode: 0o640, owner: run.owner, generated: ["KEY": 50], declared: ["A": "1"])
    try run.carryOut(Step(.settleSecrets(rule: rule)))
    try run.executor.finish(.done)
    let made = try #require(try run.folder.text("s.json"))
    try run.executor.undo(1)
    #expect(try run.folder.text("s.json") == nil)
    try run.begin()
    try run.carryOut(Step(.settleSecrets(rule: rule)))
    #expect(try run.folder.text("s.json") == made)
  }

  @Test("values of the owner's stay where a run is taken back, and the file with them")
  func ownersSecrets() throws {
    let run = try TestRun()
    let path = run.folder.path / "s.json"
    var rule = SecretsRule(
      path: path, mode: 0o640, owner: run.owner, generated: ["KEY": 50], declared: ["A": "1", "B": "1"])
    try run.carryOut(Step(.settleSecrets(rule: rule)))
    try run.executor.finish(.done)
    try run.begin()
    (rule.generated, rule.declared) = ([:], ["A": "2", "B": "1"])
    try run.carryOut(Step(.settleSecrets(rule: rule)))
    try run.executor.finish(.done)
    try run.executor.setSecret("OWN", to: "x", in: path, mode: 0o640, owner: run.owner)
    let long = String(repeating: "x", count: SmallFile.limit)
    let refused = diagnostic { try run.executor.setSecret("OWN", to: long, in: path, mode: 0o640, owner: run.owner) }
    #expect(refused?.summary == "Value too long")
    let plan = try run.executor.undoPlan(2)
    #expect(
      plan.findings == [
        UndoFinding(
          path.text, .putBack(to: "without what the run set; OWN stays, set or changed since"))
      ])
    try run.executor.undo(2)
    func members() throws -> [String: OrderedJSON] {
      let members = SecretsFile.members(try #require(try run.folder.text("s.json"))) ?? []
      return Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value) })
    }
    #expect(try members()["OWN"] == .string("x"))
    #expect(try members()["A"] == .word("1"))
    let made = try members()["KEY"]
    #expect(made != nil)
    // Over both runs at once it comes to the same.
    try run.begin()
    try run.carryOut(Step(.settleSecrets(rule: rule)))
    try run.executor.finish(.done)
    try run.executor.setSecret("B", to: "mine", in: path, mode: 0o640, owner: run.owner)
    #expect(try run.executor.undoPlan(1).conflicts.isEmpty)
    try run.executor.undo(1)
    #expect(try members() == ["OWN": .string("x"), "B": .string("mine")])
    #expect(try SafeFiles.status(path)?.permissions == 0o640)
    // What was made comes back with the next run.
    try run.begin()
    rule.generated = ["KEY": 50]
    try run.carryOut(Step(.settleSecrets(rule: rule)))
    #expect(try members()["KEY"] == made)
  }

  @Test("a file of secrets that cannot be told apart any more is a conflict")
  func unreadableSecrets() throws {
    let run = try TestRun()
    let path = run.folder.path / "s.json"
    let rule = SecretsRule(path: path, mode: 0o640, owner: run.owner, generated: ["KEY": 50], declared: [:])
    try run.carryOut(Step(.settleSecrets(rule: rule)))
    try run.executor.finish(.done)
    _ = try run.folder.put("s.json", "no JSON")
    #expect(try run.executor.undoPlan(1).conflicts.map(\.subject) == [path.text])
  }

  @Test("what a file sets at the next boot is known to undo, and no conflict until then")
  func settingsAtBoot() throws {
    let run = try TestRun()
    var step = run.write("f", "kernel.ostype = Other\n")
    step.footprint.sysctlsAtBoot = ["kernel.ostype": "Other", "kernel.no_such_key": "1"]
    try run.carryOut(step)
    try run.executor.finish(.done)
    let image = try run.executor.image(after: step, try run.executor.scope(of: step))
    #expect(image[.sysctl(key: "kernel.ostype")] == .text(text: "Other"))
    #expect(image[.sysctl(key: "kernel.no_such_key")] == .absent)
    #expect(try Sysctl.read("kernel.ostype") == "Linux")
    // Only ever written.
    #expect(try Sysctl.read("net.ipv4.route.flush") == nil)
    let findings = try run.executor.undoPlan(1).findings
    #expect(findings.contains(UndoFinding("kernel setting kernel.ostype", .asBefore)))
    #expect(try run.executor.undo(1).conflicts.isEmpty)
    #expect(try run.folder.text("f") == nil)
  }

  @Test("an undo that was cut short tells of all its runs when it goes on")
  func runsOfAnUndo() throws {
    let run = try twoRuns()
    let undo = try Journal.begin(
      RunHeader(
        number: 0, kind: .undo, recipe: "test", inputs: [:], plan: "", started: 1, version: "0", undoes: 1),
      in: run.paths)
    try Journal.open(2, in: run.paths).append(JournalRecord(kind: .takenBack, time: 1, step: 1))
    #expect(try run.executor.undoPlan(1).runs == [2, 1])
    try undo.append(JournalRecord(kind: .finished, time: 1, words: "done", isSuccess: true))
    #expect(try run.executor.undoPlan(1).runs == [1])
  }

  @Test("an interrupted command is taken back, the run goes on under its number")
  func recovery() throws {
    let run = try TestRun()
    try run.carryOut(run.write("f", "one"))
    let step = Step(
      .run(command: Command("/bin/true")), footprint: Footprint(paths: [run.folder.path / "f", run.folder.path / "n"]))
    let scope = try run.executor.scope(of: step)
    let journal = try #require(run.executor.journal)
    let before = try ImageCamera(blobs: journal.blobs, runner: ProcessRunner(launcher: .spawn)).take(scope)
    try journal.append(
      JournalRecord(
        kind: .intent, time: 1, step: 2, planned: JournalStep(address: "a", section: "S", step: step), before: before))
    _ = try run.folder.put("f", "half")
    _ = try run.folder.put("n", "half")
    let next = Executor(paths: run.paths, overlay: nil)
    // The lock is this process's own, under another descriptor: hand it over.
    run.executor.unlock()
    let words = try next.recover()
    #expect(words.count == 2)
    #expect(try run.folder.text("f") == "one")
    #expect(try run.folder.text("n") == nil)
    try next.begin(recipe: "test", inputs: [:], plan: "", version: "0")
    #expect(next.run == 1)
    try next.carryOut(run.write("g", "g"), address: "a", section: "S")
    try next.finish(.done)
    #expect(try run.summary.steps.map(\.state) == ["done", "failed", "done"])
    #expect(try run.journal.steps.map(\.number) == [1, 2, 3])
    #expect(try next.recover().isEmpty)
    try next.undo(1)
    #expect(try run.folder.names() == ["state"])
  }

  /// A run of which each of the steps was begun and never ended, under the lock of a process that is gone.
  private func killed(_ run: TestRun, in steps: [Step], leaving: () throws -> Void) throws -> Executor {
    let journal = try #require(run.executor.journal)
    let camera = ImageCamera(blobs: journal.blobs, runner: ProcessRunner(launcher: .spawn))
    for (index, step) in steps.enumerated() {
      try journal.append(
        JournalRecord(
          kind: .intent, time: 1, step: index + 2, planned: JournalStep(address: "a", section: "S", step: step),
          before: try camera.take(run.executor.scope(of: step))))
    }
    try leaving()
    run.executor.unlock()
    return Executor(paths: run.paths, overlay: nil)
  }

  @Test("a command that was cut short is taken back by an undo that comes next, and its plan says so")
  func undoOfInterruptedCommand() throws {
    let run = try TestRun()
    _ = try run.folder.put("on", "no")
    try run.carryOut(run.write("f", "one"))
    let on = run.folder.path / "on"
    let step = Step(.run(command: Command("/bin/true")), footprint: Footprint(paths: [on, run.folder.path / "n"]))
    let next = try killed(run, in: [step]) {
      _ = try run.folder.put("on", "yes")
      _ = try run.folder.put("n", "half")
    }
    let plan = try next.undoPlan(1)
    #expect(plan.findings.map(\.subject).sorted() == ["f", "n", "on"].map { "\(run.folder.path)/\($0)" })
    #expect(try run.folder.text("on") == "yes")
    try next.undo(1)
    #expect(try run.folder.names() == ["on", "state"])
    #expect(try run.folder.text("on") == "no")
    let history = try RunSummary.history(run.paths)
    #expect(history.map(\.isTakenBack) == [true, false])
    #expect(history.map(\.outcome) == [.failed(words: "interrupted"), .done])
    #expect(try next.undoPlan(1).isEmpty)
  }

  @Test("a file that was written in the last moment before a kill goes with an undo that comes next")
  func undoOfInterruptedWrite() throws {
    let run = try TestRun()
    let next = try killed(run, in: [run.write("f", "one")]) { _ = try run.folder.put("f", "one") }
    #expect(try next.undoPlan(1).findings == [UndoFinding("\(run.folder.path)/f", .removed)])
    try next.undo(1)
    #expect(try run.folder.names() == ["state"])
  }

  @Test("a write that was cut short after its rename is known to undo")
  func recoveredWrite() throws {
    let run = try TestRun()
    let step = run.write("f", "one")
    let journal = try #require(run.executor.journal)
    let before = try ImageCamera(blobs: journal.blobs, runner: ProcessRunner(launcher: .spawn)).take(
      run.executor.scope(of: step))
    try journal.append(
      JournalRecord(
        kind: .intent, time: 1, step: 1, planned: JournalStep(address: "a", section: "S", step: step), before: before))
    _ = try run.folder.put("f", "one")
    _ = try run.folder.put(SafeFiles.temporaryName(for: "f"), "half")
    run.executor.unlock()
    let next = Executor(paths: run.paths, overlay: nil)
    _ = try next.recover()
    try next.finish(.done)
    #expect(try run.folder.names() == ["f", "state"])
    try next.undo(1)
    #expect(try run.folder.names() == ["state"])
  }

  /// What is planned for one step that left a file as it is.
  private func planned(
    _ run: TestRun, _ file: Path, before: EntryImage, after: EntryImage? = nil
  ) throws -> (restorations: [Restoration], findings: [UndoFinding]) {
    let camera = ImageCamera(runner: ProcessRunner(launcher: .spawn))
    guard case .entry(let now) = try camera.entry(file, .digest) else { throw Diagnostic.bug("no file") }
    let item = ImageItem.path(path: file.text)
    let step = JournaledStep(
      number: 1, planned: JournalStep(address: "a", section: "S", step: run.write("f", "now")),
      before: Image([item: .entry(entry: before)]), began: 1, after: Image([item: .entry(entry: after ?? now)]),
      state: .done)
    var planner = RestorationPlanner(camera)
    return try planner.plan(step)
  }

  @Test("what its owner changed in a home that a run made stays, and is no conflict", arguments: [false, true])
  func newHome(force: Bool) throws {
    let run = try TestRun()
    let home = try run.folder.put("f", "changed").parent
    let camera = ImageCamera(runner: ProcessRunner(launcher: .spawn))
    guard case .entry(let now) = try camera.entry(home / "f", .digest),
      case .entry(var directory) = try camera.entry(home, .digest)
    else { throw Diagnostic.bug("no file") }
    var (skeleton, sameText) = (now, now)
    skeleton.digest = "1"
    sameText.mode = 0o600
    directory.mode = 0o711
    func findings(_ file: EntryImage, home: Path) throws -> [UndoFinding] {
      let line = ImageItem.line(file: "passwd", name: "nobody-yet")
      let step = JournaledStep(
        number: 1, planned: JournalStep(address: "a", section: "S", step: run.write("f", "now")), before: Image(),
        began: 1,
        after: Image([
          .path(path: "\(run.folder.path)/f"): .entry(entry: file),
          .path(path: run.folder.path.text): .entry(entry: directory),
          line: .text(text: "nobody-yet:x:61235:61235::\(home):/bin/sh"),
        ]), state: .done)
      var planner = RestorationPlanner(camera, force: force)
      return try planner.plan(step).findings.filter { $0.subject.hasPrefix(run.folder.path.text) }
    }
    let (folder, file) = (run.folder.path.text, (home / "f").text)
    #expect(
      try findings(skeleton, home: home) == [
        UndoFinding(folder, .removed),
        UndoFinding(file, force ? .removed : .stays(why: "its owner changed it since")),
      ])
    // Only its mode: nothing of anybody's is lost with it.
    #expect(try findings(sameText, home: home).map(\.fate) == [.removed, .removed])
    // Elsewhere it is a conflict, unless it is forced.
    #expect(try findings(skeleton, home: "/nonexistent").filter(\.isConflict).count == (force ? 0 : 2))
  }

  @Test("an account that somebody renamed is a conflict, and its home stays", arguments: [false, true])
  func renamed(force: Bool) throws {
    let run = try TestRun()
    let file = try run.folder.put("f", "text")
    let camera = ImageCamera(runner: ProcessRunner(launcher: .spawn))
    let line = ImageItem.line(file: "passwd", name: "nobody-yet")
    let step = JournaledStep(
      number: 1, planned: JournalStep(address: "a", section: "S", step: run.write("f", "now")), before: Image(),
      began: 1,
      after: Image([
        .path(path: file.text): try camera.entry(file, .digest),
        // The number is that of an account of another name by now: daemon's.
        line: .text(text: "nobody-yet:x:1:1::\(run.folder.path):/bin/sh"),
      ]), state: .done)
    var planner = RestorationPlanner(camera, force: force)
    let (restorations, findings) = try planner.plan(step)
    #expect(restorations.isEmpty)
    #expect(
      findings == [
        UndoFinding(file.text, .stays(why: "it is in the home of daemon, as the account is named now")),
        UndoFinding(
          "account nobody-yet",
          force ? .stays(why: "renamed to daemon") : .conflict(found: "renamed to daemon")),
      ])
  }

  @Test("an account that only its processes keep is said with what ends it")
  func shutAccount() {
    #expect(
      AccountRestorer.shut("ana", "process 7 (sshd) still runs as it")
        == UndoFinding(
          "account ana",
          .shut(
            why: "process 7 (sshd) still runs as it",
            finish: "systemd-run --wait sh -c 'systemctl stop \"user-$(id -u ana).slice\"; pkill -KILL -u ana; "
              + "pidwait -u ana; userdel ana'")))
    #expect(
      AccountRestorer.shut("ana", "/home/ana still belongs to it")
        == UndoFinding("account ana", .shut(why: "/home/ana still belongs to it")))
  }

  @Test("what was not kept of a file is not made up")
  func notKept() throws {
    let run = try TestRun()
    let file = try run.folder.put("f", "now")
    let before = EntryImage(kind: .file, mode: 0o644, user: getuid(), group: getgid(), digest: "1")
    let (restorations, findings) = try planned(run, file, before: before)
    #expect(restorations.isEmpty)
    #expect(findings == [UndoFinding(file.text, .stays(why: "what it held before was not kept"))])
  }

  @Test("a file that took a directory's place is left, whoever insists")
  func fileForDirectory() throws {
    let run = try TestRun()
    let file = try run.folder.put("f", "theirs")
    let directory = EntryImage(kind: .directory, mode: 0o755, user: getuid(), group: getgid())
    var after = directory
    after.mode = 0o700
    let (restorations, findings) = try planned(run, file, before: directory, after: after)
    #expect(restorations.isEmpty)
    #expect(findings == [UndoFinding(file.text, .stays(why: "a file of somebody else's lies there now"))])
  }

  @Test("of several steps on one thing the oldest says how it ends, and a conflict is never passed over")
  func condensed() {
    func fates(_ fates: UndoFinding.Fate...) -> [UndoFinding.Fate] {
      Executor.condensed(fates.map { UndoFinding("/x", $0) }).map(\.fate)
    }
    #expect(fates(.putBack(to: "b"), .removed) == [.removed])
    #expect(fates(.conflict(found: "c"), .putBack(to: "a")) == [.conflict(found: "c")])
    #expect(fates(.stays(why: "w"), .removed) == [.stays(why: "w")])
    #expect(fates(.putBack(to: "b"), .asBefore) == [.putBack(to: "b")])
    #expect(fates(.asBefore, .conflict(found: "c")) == [.conflict(found: "c")])
    #expect(
      Executor.condensed([UndoFinding("/y", .removed), UndoFinding("/x", .asBefore)]).map(\.subject) == ["/y", "/x"])
  }

  @Test("a packet filter: what the run made goes, others' rules stay, policies come back")
  func rules() {
    let after = """
      *filter
      :INPUT DROP [0:0]
      :OUTPUT ACCEPT [0:0]
      :ufw-input - [0:0]
      -A INPUT -j ufw-input
      -A ufw-input -p tcp --dport 22 -j ACCEPT
      COMMIT

      """
    let now = after.replacing("-A INPUT -j ufw", with: "-A INPUT -s 10.0.0.1 -j DROP\n-A INPUT -j ufw")
      .replacing("COMMIT", with: "-A INPUT -j f2b\n-A f2b -j RETURN\nCOMMIT")
      .replacing(":ufw-input", with: ":f2b - [0:0]\n:ufw-input")
    #expect(
      FilterRules.merged(before: "", after: after, now: now) == """
        *filter
        :INPUT ACCEPT [0:0]
        :OUTPUT ACCEPT [0:0]
        :f2b - [0:0]
        -A INPUT -s 10.0.0.1 -j DROP
        -A INPUT -j f2b
        -A f2b -j RETURN
        COMMIT

        """)
    #expect(FilterRules.merged(before: after, after: "", now: "") == after)
    #expect(FilterRules.merged(before: after, after: now, now: now) == after)
    // What others had ufw write goes with its files, and theirs elsewhere stays.
    let ssh = "-A ufw-user-input -p tcp --dport 22 -j ACCEPT\n"
    let user = "*filter\n:INPUT DROP [0:0]\n:ufw-user-input - [0:0]\n" + ssh + "COMMIT\n"
    let others = "-A INPUT -s 10.0.0.1 -j DROP\n"
    let opened = user.replacing(ssh, with: others + ssh + "-A ufw-user-input -p tcp --dport 9999 -j ACCEPT\n")
    let kept = FilterRules.merged(before: user, after: user, now: opened)
    #expect(kept.contains("9999") && kept.contains(others) && kept.contains(ssh))
    let overwritten = FilterRules.merged(before: user, after: user, now: opened, keepsUFW: false)
    #expect(!overwritten.contains("9999") && overwritten.contains(others) && overwritten.contains(ssh))
    let emptied = FilterRules.parsed(FilterRules.merged(before: "", after: after, now: after))
    #expect(emptied.filter { !$0.table.isEmpty }.isEmpty)
    #expect(emptied.count == 1)
  }

  @Test("fields of an account that somebody else changed stay, those of the run go back")
  func accounts() {
    let merged = AccountImages.merged(
      before: "bob:x:1000:1000:Bob:/home/bob:/bin/sh", after: "bob:x:1000:1000:Bob:/home/bob:/bin/bash",
      now: "bob:x:1000:1000:Robert:/home/bob:/bin/bash")
    #expect(merged == "bob:x:1000:1000:Robert:/home/bob:/bin/sh")
    #expect(AccountImages.merged(before: "a:1", after: "a:2", now: "a:3") == nil)
    #expect(
      AccountImages.differences("shadow", "bob:*:1:0:99999:7:::", "bob:$y$x:2:0:99999:7:::")
        == "password, day of the last change")
  }
}

extension String {
  fileprivate func replacing(_ part: String, with other: String) -> String {
    guard let range = self.firstRange(of: part) else { return self }
    return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
  }
}
