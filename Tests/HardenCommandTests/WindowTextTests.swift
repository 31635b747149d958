import Foundation
import HostAccess
import HostState
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

@Test("an open window that nothing takes back says so, and what to do")
func windowWithoutRevert() {
  let open = ConfirmWindow(run: 15, administrators: ["deploy"], seconds: 300, command: "ssh deploy@host")
  let due = ConfirmWindow(run: 15, administrators: ["deploy"], seconds: 0, command: "ssh deploy@host")
  func text(_ window: ConfirmWindow, _ activity: RevertActivity?, atWork: Int? = nil) -> String {
    WindowText.open(window, atWork: atWork, activity).split { " \n".contains($0) }.joined(separator: " ")
  }
  let timer = RevertActivity.stopped(unit: "harden-revert.timer")
  for window in [open, due] {
    let told = text(window, timer)
    #expect(told.contains("and nothing takes it back: systemd does not run harden-revert.timer."))
    #expect(told.contains("sudo systemctl start harden-revert.timer"))
    #expect(told.contains("sudo harden undo 15 --force takes it back now."))
    #expect(told.hasSuffix(" To keep it, from another terminal: ssh deploy@host"))
    #expect(text(window, .cannotStart(program: "/x/harden")).contains("systemd cannot start /x/harden"))
  }
  for isTriedAgain in [true, false] {
    let told = text(due, .failing(unit: "harden-revert.service", isTriedAgain: isTriedAgain))
    #expect(told.contains("journalctl -u harden-revert.service tells why. sudo harden undo 15 --force"))
  }
  #expect(text(open, .underWay).hasPrefix("Run 15 is not confirmed: in"))
  for activity in [nil, RevertActivity.underWay] {
    #expect(text(due, activity) == "Run 15 was not confirmed in time, and is being taken back now.")
  }
  #expect(text(due, timer, atWork: 16) == "Run 15 was not confirmed in time, and run 16 is at work.")
}

private func summary(_ number: Int, undoing first: Int?) throws -> RunSummary {
  let text = """
    {"number":\(number),"kind":"x","recipe":"vps","inputs":{},"plan":"","version":"1","started":0,"steps":[],
    "undoes":\(first.map(String.init) ?? "null"),"isTakenBack":false,"outcome":{"atWork":{}}}
    """
  return try JSONDecoder().decode(RunSummary.self, from: Data(text.utf8))
}

@Test("nothing is confirmed while another harden is at work, whether it has armed a revert by then or not")
func confirmWhileAtWork() throws {
  let window = ConfirmWindow(run: 3, administrators: ["deploy"], seconds: 300, command: "ssh deploy@host")
  func told(_ run: Int?, _ window: ConfirmWindow?, undoing first: Int? = nil) throws -> Diagnostic? {
    let history = try run.map { [try summary($0, undoing: first)] } ?? []
    return Diagnostic.notWhile(RunLock.Worker(process: 812, run: run), window, history)
  }
  #expect(try told(nil, nil)?.detail.contains("Another harden is at work (process 812). Once it has ended") == true)
  #expect(try told(nil, window)?.detail.contains("Run 3 is not confirmed yet, and another harden") == true)
  let begun = try told(4, nil)
  #expect(begun?.detail.hasPrefix("Run 4 is at work: once it has ended, confirm it from a fresh login") == true)
  #expect(try told(3, window)?.detail.hasSuffix("once it has ended, confirm it from a fresh login.") == true)
  #expect(try told(4, window)?.detail.hasPrefix("Run 3 is not confirmed yet, and run 4 is at work: once") == true)
  #expect(try told(4, window, undoing: 3)?.summary == "Too late")
  #expect(try told(5, window, undoing: 4)?.summary == "Still at work")
  // Nothing of what it takes back is awaited.
  #expect(try told(4, nil, undoing: 3) == nil)
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
