import HostState
import Testing

@testable import HostAccess

@Suite("What the ledger holds")
struct LedgerTests {
  private static let step = Step(.run(command: Command("/usr/sbin/usermod", ["…"])))
  private static let member = ImageItem.member(file: "group", group: "www-data", user: "deploy")
  private static let account = ImageItem.line(file: "passwd", name: "deploy")
  private static func passwd(_ comment: String) -> ImageValue {
    .text(text: "deploy:x:1000:1000:\(comment):/home/deploy:/bin/bash")
  }

  /// The entries after one step that found the host as it was before.
  private static func entries(
    _ item: ImageItem, _ before: ImageValue, _ after: ImageValue, address: String, in paths: StatePaths
  ) throws -> [String: Ledger.Entry] {
    try Ledger.record(
      step, address: address, before: Image([item: before]), after: Image([item: after]), run: 1, in: paths)
    return try Ledger.load(paths).entries
  }

  @Test("a membership is given by the resource that is named by it, and gone once it was taken")
  func membership() throws {
    let folder = try TemporaryFolder()
    let paths = StatePaths(state: folder.path / "state", memory: folder.path / "memory")
    let address = "member:deploy:www-data"
    var entries = try Self.entries(Self.member, .absent, .text(text: ""), address: "user:deploy", in: paths)
    #expect(entries.isEmpty)
    entries = try Self.entries(Self.member, .absent, .text(text: ""), address: address, in: paths)
    #expect(entries[address]?.given == [address])
    entries = try Self.entries(Self.member, .text(text: ""), .absent, address: "user:deploy", in: paths)
    #expect(entries.isEmpty)
  }

  @Test("a umask is given where the comment had none")
  func umask() throws {
    let folder = try TemporaryFolder()
    let paths = StatePaths(state: folder.path / "state", memory: folder.path / "memory")
    let address = "umask:deploy"
    var entries = try Self.entries(
      Self.account, Self.passwd("umask=077"), Self.passwd("umask=027"), address: address, in: paths)
    #expect(entries.isEmpty)
    let (without, with) = (Self.passwd("Ann"), Self.passwd("Ann,umask=027"))
    entries = try Self.entries(Self.account, without, with, address: address, in: paths)
    #expect(entries[address]?.given == [address])
    entries = try Self.entries(Self.account, with, without, address: "x", in: paths)
    #expect(entries.isEmpty)
  }

  private static let file = ImageItem.path(path: "/etc/apache2/sites-enabled/harden-a.conf")
  private static let removal = Step(.remove(path: "/etc/apache2/sites-enabled/harden-a.conf", check: nil))
  private static let link = ImageValue.entry(
    entry: EntryImage(kind: .link, mode: 0o777, user: 0, group: 0, target: "../sites-available/harden-a.conf"))

  @Test("what a step removed is its maker's again once that is taken back, and nobody else's")
  func regained() throws {
    let folder = try TemporaryFolder()
    let paths = StatePaths(state: folder.path / "state", memory: folder.path / "memory")
    let (there, gone) = (Image([Self.file: Self.link]), Image([Self.file: .absent]))
    try Ledger.record(Self.removal, address: "site:a", before: gone, after: there, run: 1, in: paths)
    let member = "member:deploy:www-data"
    _ = try Self.entries(Self.member, .absent, .text(text: ""), address: member, in: paths)
    let made = try Ledger.load(paths)

    var disowned: [String: Ledger.Entry] = [:]
    let taken = [(there, gone), (Image([Self.member: .text(text: "")]), Image([Self.member: .absent]))]
    for (before, after) in taken {
      let lost = try Ledger.disowned(by: Self.removal, before: before, after: after, in: paths)
      disowned.merge(try #require(lost)) { old, _ in old }
      try Ledger.record(Self.removal, address: "former", before: before, after: after, run: 2, in: paths)
    }
    #expect(try Ledger.load(paths).entries.isEmpty)
    // Another resource had made one in its place since.
    try Ledger.record(Self.removal, address: "site:b", before: gone, after: there, run: 3, in: paths)
    try Ledger.regain(disowned, in: paths)
    #expect(try Ledger.load(paths) == made)
    #expect(try Ledger.disowned(by: Self.removal, before: gone, after: there, in: paths) == nil)
  }

  @Test("a run that is killed before the ledger knows of its last step tells it when it goes on", .enabled(if: isRoot))
  func killedBefore() throws {
    let run = try TestRun()
    let journal = try #require(run.executor.journal)
    let gone = Image([Self.file: .absent])
    try journal.append(
      JournalRecord(
        kind: .intent, time: 1, step: 1, planned: JournalStep(address: "site:a", section: "S", step: Self.removal),
        before: gone))
    try journal.append(JournalRecord(kind: .done, time: 1, step: 1, after: Image([Self.file: Self.link])))
    let next = Executor(paths: run.paths, overlay: nil)
    run.executor.unlock()
    _ = try next.recover()
    #expect(try Ledger.load(run.paths).entries["site:a"]?.files == ["/etc/apache2/sites-enabled/harden-a.conf"])
  }

  @Test("what is gone of what harden must remember is told, and what never was is not", .enabled(if: isRoot))
  func loss() throws {
    let run = try TestRun()
    let (state, memory) = (run.paths.state, run.paths.memory)
    let file = Path("/etc/harden-test-\(run.folder.path.name)")
    defer { shell("rm -f -- \(file)") }
    try run.carryOut(run.write("f", "one"))
    try run.executor.finish(.done)
    #expect(run.paths.loss() == nil)  // nothing that a ledger keeps
    try run.begin()
    try run.carryOut(Step(.write(path: file, contents: "one", mode: 0o600, owner: run.owner, check: nil)))
    try run.executor.finish(.done)
    #expect(run.paths.loss() == nil)
    #expect(shell("mv \(run.paths.ledger) \(run.folder.path)/ledger.json") == 0)
    #expect(run.paths.loss()?.summary == "Ledger lost")
    #expect(run.paths.loss()?.detail.contains("though run 2 made something here") == true)
    #expect(shell("rm -r -- \(state)") == 0)
    #expect(run.paths.loss() == nil)  // no apply came to its end here
    #expect(shell("mkdir -p \(memory) && echo '{}' > \(run.paths.recipe)") == 0)
    #expect(run.paths.loss()?.summary == "State lost")
  }
}
