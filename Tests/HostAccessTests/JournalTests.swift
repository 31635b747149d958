import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("The journal", .enabled(if: isRoot))
struct JournalTests {
  @Test("a torn last line is left out, and the next record begins by itself")
  func torn() throws {
    let run = try TestRun()
    try run.carryOut(run.write("f", "one"))
    let path = try run.journal.directory / "journal"
    shell("printf '0123456789abcdef 400 {\"kind\":\"int' >> \(path)")
    let journal = try run.journal
    #expect(journal.steps.map(\.state) == [.done])
    #expect(journal.isOpen)
    try journal.append(JournalRecord(kind: .resumed, time: 1))
    #expect(try run.journal.records.map(\.kind) == [.intent, .done, .resumed])
    shell("sed -i '1s/one/two/;1s/intent/intant/' \(path)")
    let error = diagnostic { try run.journal }
    #expect(error?.summary == "Journal damaged")
  }

  @Test("a journal of a newer harden is refused")
  func newer() throws {
    let run = try TestRun()
    try run.executor.finish(.done)
    shell("sed -i 's/\"format\" : 1/\"format\" : 2/' \(try run.journal.directory)/header.json")
    let error = diagnostic { try RunSummary.history(run.paths) }
    #expect(error?.summary == "Journal of a newer harden")
  }

  @Test("a journal that holds less than was written is damage; one of a run that died before its first step is not")
  func cutShort() throws {
    let run = try TestRun()
    #expect(try RunSummary.history(run.paths).map(\.outcome) == [.interrupted])
    try run.carryOut(run.write("f", "one"), run.write("g", "two"))
    let path = try run.journal.directory / "journal"
    // The first step was noted, and how many followed is not known yet.
    shell("cp \(path) \(path).whole; head -n 1 \(path).whole > \(path)")
    #expect(try RunSummary.history(run.paths).map(\.done) == [0])
    for cut in [": >", "rm"] {
      shell("\(cut) \(path)")
      #expect(diagnostic { try RunSummary.history(run.paths) }?.summary == "Journal damaged")
      #expect(diagnostic { try run.executor.undoPlan(1) }?.summary == "Journal damaged")
    }
    shell("cat \(path).whole > \(path)")
    try run.executor.finish(.done)
    #expect(try RunSummary.history(run.paths).map(\.outcome) == [.done])
    shell("head -n 4 \(path) > \(path).cut; cat \(path).cut > \(path)")
    #expect(diagnostic { try RunSummary.history(run.paths) }?.summary == "Journal damaged")
  }

  @Test("a journal that knows nothing of what the ledger says that its run made is damaged")
  func testimony() throws {
    let run = try TestRun()
    try run.carryOut(run.write("f", "one"), address: "known")
    var ledger = Ledger()
    ledger.entries["known"] = Ledger.Entry(files: ["/etc/f"], run: 1)
    try ledger.save(run.paths)
    #expect(try RunSummary.history(run.paths).count == 1)
    ledger.entries["unknown"] = Ledger.Entry(files: ["/etc/g"], run: 1)
    try ledger.save(run.paths)
    #expect(diagnostic { try RunSummary.history(run.paths) }?.summary == "Journal damaged")
  }

  @Test("a run whose journal is gone is told, stops an undo, and is given up by force", arguments: [true, false])
  func lost(isWhole: Bool) throws {
    let run = try TestRun()
    try run.carryOut(run.write("f", "one"))
    try run.executor.finish(.done)
    try run.begin()
    try run.carryOut(run.write("g", "two"))
    try run.executor.finish(.done)
    #expect(try RunSummary.lost(run.paths).isEmpty)
    var ledger = Ledger()
    ledger.entries["a"] = Ledger.Entry(files: [run.folder.path / "g"], run: 2)
    try ledger.save(run.paths)
    // What is left of it tells as well that it was there.
    if isWhole { shell("rm -r \(run.paths.runs)/0002") } else { shell("rm \(run.paths.runs)/0002/header.json") }
    #expect(try RunSummary.lost(run.paths) == [2])
    let plan = try run.executor.undoPlan(1)
    #expect(plan.runs == [2, 1] && plan.lost == [UndoFinding.lostRun(2)])
    #expect(try run.executor.undoObstacles(1).map(\.summary) == ["Journal lost"])
    #expect(diagnostic { try run.executor.undo(1) }?.summary == "Journal lost")
    #expect(try run.executor.undoPlan(2).isEmpty == false)
    #expect(try run.folder.names() == ["f", "g", "state"])
    try run.executor.undo(1, force: true)
    #expect(try run.folder.names() == ["g", "state"])
    #expect(try RunSummary.lost(run.paths).isEmpty)
    #expect(try RunSummary.history(run.paths).map(\.number) == [1, 3])
    #expect(try Ledger.load(run.paths).entries["a"]?.files == [run.folder.path / "g"])
  }

  @Test("a run that another harden is at work on is told from one that was interrupted")
  func atWork() throws {
    let run = try TestRun()
    #expect(try run.summary.outcome == .interrupted)
    run.executor.unlock()
    let note = run.paths.lockHolder
    shell(
      "exec 9< \(run.paths.lock); flock 9; "
        + "sh -c 'echo $$ > \(note); echo 1 >> \(note); exec sleep 20' > /dev/null 2>&1 &")
    for _ in 0..<50 where RunLock.runAtWork(run.paths) == nil { usleep(100_000) }
    #expect(try run.summary.outcome == .atWork)
    shell("kill $(head -n 1 \(note))")
    for _ in 0..<50 where RunLock.runAtWork(run.paths) != nil { usleep(100_000) }
    #expect(try run.summary.outcome == .interrupted)
  }

  @Test("only root can read what it holds")
  func modes() throws {
    let run = try TestRun()
    try run.carryOut(run.write("f", "one"), run.write("f", "two"))
    let directory = try run.journal.directory
    #expect(shell("test -z \"$(find \(run.paths.state) \\( -type d ! -perm 700 -o -type f ! -perm 600 \\) )\"") == 0)
    #expect(try SafeFiles.status(directory / "blobs")?.permissions == 0o700)
  }

  @Test("runs are numbered, and listed with how they ended")
  func history() throws {
    let run = try TestRun()
    try run.executor.finish(.stopped)
    try run.begin()
    #expect(run.executor.run == 2)
    let history = try RunSummary.history(run.paths)
    #expect(history.map(\.number) == [1, 2])
    #expect(history.map(\.outcome) == [.failed(words: "stopped between two steps, as asked"), .interrupted])
  }
}
