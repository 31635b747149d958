import Foundation
import HostAccess
import Reporting
import Testing

@testable import HardenCLI

@Test("an open window is not to be confirmed while a run is at work, and says so")
func windowAtWork() {
  let window = ConfirmWindow(run: 15, administrators: ["deploy"], seconds: 300, command: "ssh deploy@host")
  #expect(WindowText.open(window).hasSuffix("\n\n      ssh deploy@host\n"))
  for run in [15, 16] {
    let text = WindowText.open(window, atWork: run)
    #expect(text.contains("un \(run) is at work") && !text.contains("ssh deploy@host"))
  }
}

@Test("history tells what is at work from what was interrupted")
func historyAtWork() throws {
  let outcomes = [
    ("\"atWork\":{}", "at work: nobody confirmed it in time"),
    ("\"interrupted\":{}", "interrupted: nobody confirmed it in time"),
    (
      "\"failed\":{\"words\":\"File not changed\"}",
      "failed: File not changed; it began for this: nobody confirmed it in time"
    ),
  ]
  for (outcome, words) in outcomes {
    let text = """
      {"number":12,"kind":"undo","recipe":"vps","inputs":{},"plan":"","version":"1","started":0,"steps":[],"undoes":11,
      "cause":"nobody confirmed it in time","isTakenBack":false,"outcome":{\(outcome)}}
      """
    let run = try JSONDecoder().decode(RunSummary.self, from: Data(text.utf8))
    #expect(HistoryRow(run).outcome == words)
  }
}
