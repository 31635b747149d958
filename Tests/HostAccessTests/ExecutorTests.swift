import Glibc
import HostState
import Testing

@testable import HostAccess

/// Asks over overlays by way of the built binary, which lies beside the binary of the tests.
private let overlayRunner = OverlayRunner(
  helper: Path(FileReading.linkTarget("/proc/self/exe") ?? "").parent / "harden")

/// An executor whose state lies in a folder of its own.
struct TestRun {
  let folder: TemporaryFolder
  let paths: StatePaths
  let executor: Executor
  let owner = Owners.owner(getuid(), getgid())

  init(overlay: OverlayRunner? = nil) throws {
    folder = try TemporaryFolder()
    paths = StatePaths(state: folder.path / "state", memory: folder.path / "memory")
    executor = Executor(paths: paths, overlay: overlay)
    try begin()
  }

  func begin() throws {
    try executor.begin(recipe: "test", inputs: ["a": ["b"]], plan: "the plan", version: "0")
  }

  func write(_ name: String, _ contents: String, check: Command? = nil, mode: FileMode = 0o644) -> Step {
    Step(.write(path: folder.path / name, contents: contents, mode: mode, owner: owner, check: check))
  }

  func carryOut(_ steps: Step..., address: String = "a") throws {
    for step in steps { try executor.carryOut(step, address: address, section: "S") }
  }

  var journal: Journal { get throws { try Journal.open(Journal.numbers(in: paths).last ?? 0, in: paths) } }
  var summary: RunSummary { get throws { try #require(try RunSummary.history(paths).last) } }
}

@Suite("Steps carried out", .enabled(if: isRoot))
struct ExecutorTests {
  @Test("each action does what it says, and the journal knows how it was before and after")
  func actions() throws {
    let run = try TestRun()
    let folder = run.folder.path
    try run.carryOut(
      Step(.makeDirectory(path: folder / "x/y", mode: 0o750, owner: run.owner)), run.write("x/y/f", "one"),
      run.write("x/y/f", "two", mode: 0o600), Step(.setMode(path: folder / "x/y/f", mode: 0o640)),
      Step(.setOwner(path: folder / "x/y/f", owner: Owner("daemon", "daemon"))),
      Step(.link(path: folder / "x/l", target: "y/f")), Step(.remove(path: folder / "x/l", check: nil)),
      Step(
        .run(command: Command("/bin/sh", ["-c", "cat > \(folder)/made; echo x >> \(folder)/made"])),
        footprint: Footprint(paths: [folder / "made"])))
    #expect(try run.folder.text("x/y/f") == "two")
    let status = try #require(try SafeFiles.status(folder / "x/y/f"))
    #expect(status.permissions == 0o640)
    #expect(status.st_uid == 1)
    #expect(try SafeFiles.status(folder / "x")?.permissions == 0o755)
    #expect(try SafeFiles.status(folder / "x/y")?.permissions == 0o750)
    #expect(try SafeFiles.status(folder / "x/l") == nil)
    #expect(try run.folder.text("made") == "x\n")  // the lock file is an empty input
    try run.executor.finish(.done)
    #expect(try run.summary.outcome == .done)
    #expect(try run.summary.steps.map(\.state) == Array(repeating: "done", count: 8))
    #expect(try run.summary.plan == "the plan")
    let journal = try run.journal
    let item = ImageItem.path(path: (folder / "x/y/f").text)
    #expect(journal.steps[1].before[item] == .absent)
    guard case .entry(let entry) = journal.steps[2].before[item] else { throw Diagnostic.bug("no image") }
    #expect(try journal.blobs.bytes(entry.digest ?? "") == Array("one".utf8))
  }

  @Test("a check that refuses leaves the old file, and says what it said", arguments: [true, false])
  func check(isOverlaid: Bool) throws {
    let run = try TestRun(overlay: isOverlaid ? overlayRunner : nil)
    try run.carryOut(run.write("f", "old"))
    let check = Command(
      "/bin/sh", ["-c", "grep -q bad \(run.folder.path)/f && { echo 'line 1 is bad' >&2; exit 3; }; :"])
    let error = diagnostic { try run.carryOut(run.write("f", "bad", check: check)) }
    #expect(error?.summary == "Configuration refused")
    #expect(error?.address == "a")
    #expect(error?.command?.status == 3)
    #expect(error?.command?.lastErrors == "line 1 is bad")
    #expect(try run.folder.text("f") == "old")
    #expect(throws: Diagnostic.self) { try run.carryOut(run.write("new", "x", check: Command("/bin/false"))) }
    #expect(try run.folder.text("new") == nil)
    #expect(throws: Diagnostic.self) {
      try run.carryOut(Step(.remove(path: run.folder.path / "f", check: Command("/bin/false"))))
    }
    #expect(try run.folder.text("f") == "old")
    #expect(try run.journal.steps.map(\.state) == [.done, .failed, .failed, .failed])
  }

  @Test("what cannot be noted as done is taken back at once")
  func unnoted() throws {
    let run = try TestRun()
    let folder = run.folder.path
    try run.carryOut(run.write("f", "old"))
    let journal = try run.journal.directory / "journal"
    let step = Step(
      .run(command: Command("/bin/sh", ["-c", "echo new > \(folder)/f; : > \(folder)/g; rm \(journal)"])),
      footprint: Footprint(paths: [folder / "f", folder / "g"]))
    #expect(throws: Diagnostic.self) { try run.carryOut(step) }
    #expect(try run.folder.text("f") == "old")
    #expect(try run.folder.text("g") == nil)
  }

  @Test("a command that fails half-way has its footprint put back")
  func failingCommand() throws {
    let run = try TestRun()
    let folder = run.folder.path
    try run.carryOut(run.write("f", "old", mode: 0o600))
    let line = "echo new > \(folder)/f; chmod 777 \(folder)/f; mkdir -p \(folder)/d/e; : > \(folder)/d/e/g; exit 7"
    let step = Step(
      .run(command: Command("/bin/sh", ["-c", line])),
      footprint: Footprint(paths: [folder / "f"], trees: [folder / "d"]))
    let error = diagnostic { try run.carryOut(step) }
    #expect(error?.command?.status == 7)
    #expect(try run.folder.text("f") == "old\n" || run.folder.text("f") == "old")
    #expect(try SafeFiles.status(folder / "f")?.permissions == 0o600)
    #expect(try SafeFiles.status(folder / "d") == nil)
  }

  @Test("what a resource did is put back, newest first; the others' work stays")
  func putBack() throws {
    let run = try TestRun()
    let folder = run.folder.path
    try run.carryOut(run.write("f", "one"), address: "a")
    try run.carryOut(run.write("g", "one"), address: "b")
    try run.carryOut(
      run.write("f", "two"), Step(.makeDirectory(path: folder / "d", mode: 0o755, owner: run.owner)), address: "a")
    try run.carryOut(run.write("d/h", "x"), address: "b")
    let (steps, findings) = try run.executor.putBack("a")
    #expect(steps == [1, 3, 4])
    #expect(try run.folder.text("f") == nil)
    #expect(try run.folder.text("g") == "one")
    #expect(try run.folder.text("d/h") == "x")
    #expect(findings.contains(UndoFinding("\(folder)/d", .stays(why: "something lies in it that harden did not make"))))
    try run.executor.finish(.failed(words: "no"))
    #expect(try run.summary.steps.map(\.state) == ["taken back", "done", "taken back", "taken back", "done"])
    #expect(try run.summary.outcome == .failed(words: "no"))
  }

  @Test("what somebody else changed meanwhile is not put back, and named once")
  func putBackConflict() throws {
    let run = try TestRun()
    try run.carryOut(run.write("f", "one"), run.write("f", "two"))
    _ = try run.folder.put("f", "theirs", mode: 0o600)
    let findings = try run.executor.putBack("a").findings
    #expect(try run.folder.text("f") == "theirs")
    #expect(findings.map(\.subject) == ["\(run.folder.path)/f"])
    #expect(findings.map(\.isConflict) == [true])
  }

  @Test("a tree is settled, and taken back entry by entry")
  func tree() throws {
    let run = try TestRun()
    let folder = run.folder.path
    try SafeFiles.makeDirectory(folder / "t", mode: 0o755, user: 0, group: 0)
    _ = try run.folder.put("t/a", mode: 0o4711)
    let rule = TreeRule(
      root: folder / "t", owner: Owner("daemon", "daemon"), directories: 0o2750, files: 0o640, writable: ["w"])
    try run.carryOut(Step(.settleTree(rule: rule)))
    #expect(TreeWalk.report(rule) == .there(value: .tree(TreeReport(entries: 3, offences: 0))))
    #expect(try SafeFiles.status(folder / "t/a")?.permissions == 0o750)
    try run.executor.putBack("a")
    let status = try #require(try SafeFiles.status(folder / "t/a"))
    #expect(status.permissions == 0o4711)
    #expect(status.st_uid == 0)
    #expect(try SafeFiles.status(folder / "t")?.permissions == 0o755)
    #expect(try SafeFiles.status(folder / "t/w") == nil)
    guard case .attributes(let root) = try ImageCamera(runner: ProcessRunner()).attributes(folder / "t", "") else {
      throw Diagnostic.bug("no root")
    }
    #expect(root.defaultACL == nil)
  }

  @Test("one run at a time")
  func lock() throws {
    let run = try TestRun()
    #expect(try RunLock.holders(of: SafeFiles.handle(run.paths.lock)).isEmpty)  // this process does not count
    #expect(try SafeFiles.status(run.paths.state)?.permissions == 0o700)
    // A child that outlives its harden holds the lock: a process that has it open, while the recorded one is gone.
    let orphan = try TemporaryFolder()
    try SafeFiles.makeDirectory(orphan.path / "disk", mode: 0o755, user: 0, group: 0)
    try SafeFiles.link(orphan.path / "var", to: "disk")
    let paths = StatePaths(state: orphan.path / "var/s", memory: orphan.path / "m")
    try SafeFiles.makeDirectory(paths.state, mode: 0o700, user: 0, group: 0)
    shell("(flock -x 0; sleep 1) < /dev/null > /dev/null; touch \(paths.lock); flock -x \(paths.lock) sleep 1 &")
    usleep(200_000)
    var told: [String] = []
    let started = Executor.now
    _ = try RunLock.take(paths) { told.append($0) }
    #expect(Executor.now - started <= 5)
    #expect(told.first?.contains("sleep (process") == true || told.first?.contains("flock (process") == true)
  }
}

@Suite("Files of secrets")
struct ExecutorSecretsTests {
  let rule = SecretsRule(
    path: "/etc/x.json", mode: 0o640, owner: .root, generated: ["SECRET_KEY": 50],
    declared: ["DEBUG": "\"False\"", "ALLOWED_HOSTS": "[\"a.example\",\"b.example\"]"])

  @Test("made once, declared enforced, the owner's kept in their order")
  func merges() throws {
    let first = try SecretsFile.merged(nil, rule)
    guard case .object(let members)? = OrderedJSON.parsed(first) else { throw Diagnostic.bug("no object") }
    #expect(members.map(\.key) == ["ALLOWED_HOSTS", "DEBUG", "SECRET_KEY"])
    guard case .string(let key)? = members.last?.value else { throw Diagnostic.bug("no key") }
    #expect(key.count == 50)
    #expect(try SecretsFile.merged(first, rule) == first)
    let text = #"{"Z": {"deep": [1, {"a": null}]}, "DEBUG": "True", "SECRET_KEY": "short", "A": 1.50}"#
    let second = try SecretsFile.merged(text, rule)
    #expect(
      second.hasPrefix(
        """
        {
          "Z": {
            "deep": [
              1,
              {
                "a": null
              }
            ]
          },
          "DEBUG": "False",
          "SECRET_KEY": "
        """))
    #expect(second.hasSuffix("\",\n  \"A\": 1.50,\n  \"ALLOWED_HOSTS\": [\"a.example\", \"b.example\"]\n}\n"))
    #expect(!second.contains("short"))
    #expect(try SecretsFile.merged(nil, rule, kept: first) == first)
    #expect(try SecretsFile.merged(nil, rule) != first)
  }

  @Test("what is no JSON object is not replaced, and not quoted", arguments: ["[1]", "{", "SECRET=1", "{\"a\":01x}"])
  func refuses(text: String) throws {
    let error = diagnostic { try SecretsFile.merged(text, rule) }
    #expect(error?.detail.contains("SECRET=1") == false)
  }

  @Test("a file with a byte that is no UTF-8 is refused, for it could not be written back as it is")
  func latin1() throws {
    let folder = try TemporaryFolder()
    let file = folder.path / "x.json"
    let bytes = Array(#"{"NAME": "Ren"#.utf8) + [0xE9] + Array(#""}"#.utf8)
    try SafeFiles.write(file, bytes, mode: 0o600, user: geteuid(), group: getegid())
    #expect(diagnostic { try SecretsFile.read(file) }?.summary == "Secrets not readable")
    try SafeFiles.write(file, Array(#"{"NAME": "René"}"#.utf8), mode: 0o600, user: geteuid(), group: getegid())
    #expect(try SecretsFile.read(file) == #"{"NAME": "René"}"#)
    #expect(try SecretsFile.read(folder.path / "none") == nil)
  }

  @Test("a secret that is no text counts with all its characters; nothing at all is empty")
  func numbers() throws {
    let folder = try TemporaryFolder()
    let text = #"{"A": 12345, "B": null, "C": "", "D": "ab", "E": ["x"]}"#
    let file = folder.path / "x.json"
    try SafeFiles.write(file, Array(text.utf8), mode: 0o600, user: geteuid(), group: getegid())
    guard case .there(.secrets(let state)) = SecretsReading.answer(file, open: []) else {
      throw Diagnostic.bug("not read")
    }
    let lengths = state.keys.mapValues { if case .hidden(let characters) = $0 { characters } else { -1 } }
    #expect(lengths == ["A": 5, "B": 0, "C": 0, "D": 2, "E": 5])
  }

  @Test("escapes are read and written")
  func escapes() throws {
    let text = #"{"a": "\u00fc\ud83d\ude00\n\"\\\/\u0007"}"#
    guard case .object(let members)? = OrderedJSON.parsed(text) else { throw Diagnostic.bug("not read") }
    #expect(members.first?.value == .string("ü😀\n\"\\/\u{7}"))
    #expect(members.first?.value.text() == #""ü😀\n\"\\/\u0007""#)
  }

  @Test("percentages of apt's status lines")
  func apt() {
    #expect(AptStatus.read("pmstatus:apache2:50.0000:Unpacking apache2 (amd64)")?.percent == 66)
    #expect(AptStatus.read("dlstatus:3:60.0:Retrieving file 3 of 5")?.percent == 20)
    #expect(AptStatus.read("Setting up apache2 (2.4.65) ...") == nil)
  }
}
