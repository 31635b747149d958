import Foundation
import HostAccess
import HostState
import Reporting

extension Verb {
  static let history = Verb(
    "history", summary: "what was done here, and when",
    discussion: [
      "A line for each run, the oldest first, with the steps that it did; an undo's are those that it took back. harden "
        + "undo takes runs back."
    ],
    flags: [.json], examples: ["harden history"]
  ) { invocation, tool throws(Failure) in
    guard tool.isRoot else { throw Failure(.journalIsRoots) }
    let runs: [RunSummary]
    do throws(Diagnostic) { runs = try RunSummary.history() } catch { throw Failure(error) }
    if invocation.has(.json) {
      tool.console.print(try tool.json(runs))
    } else {
      tool.console.print(Report.text(ofHistory: runs.map(HistoryRow.init), style: tool.outputStyle))
    }
    tool.sayWindow()
    return .done
  }
}

extension HistoryRow {
  init(_ run: RunSummary) {
    let what =
      run.undoes.map { "\(run.cause == nil ? "undo" : "revert") from run \($0)" } ?? "\(run.kind) \(run.recipe)"
    var outcome =
      switch run.outcome {
      case .done: "done"
      case .failed(let words): "failed\(words.isEmpty ? "" : ": \(words)")"
      case .interrupted: "interrupted"
      }
    if let cause = run.cause { outcome += ": \(cause)" }
    if run.takenBack > 0 {
      outcome += run.isTakenBack ? ", taken back" : ", \(run.takenBack) of them taken back"
    }
    self.init(
      run: run.number, when: utc(run.started), what: what, steps: run.tookBack ?? run.done, outcome: outcome)
  }
}

/// `2026-11-24 23:10 UTC`, with its seconds where asked for.
func utc(_ moment: Int, seconds: Bool = false) -> String {
  var (moment, parts) = (time_t(moment), tm())
  gmtime_r(&moment, &parts)
  let padded = { (number: Int32) in number < 10 ? "0\(number)" : "\(number)" }
  return "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday)) "
    + "\(padded(parts.tm_hour)):\(padded(parts.tm_min))\(seconds ? ":\(padded(parts.tm_sec))" : "") UTC"
}

extension Diagnostic {
  fileprivate static let journalIsRoots = Diagnostic(
    "Not root", detail: "The journal of what was done here is readable by root alone.", fix: "sudo harden history")
}
