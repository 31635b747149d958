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
