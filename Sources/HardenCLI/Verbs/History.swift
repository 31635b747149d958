import Foundation
import HostAccess
import HostState
import Planning
import Reporting

extension Verb {
  static let history = Verb(
    "history", arguments: ["[RUN]", "[RUN]"], summary: "what was done here, and when",
    discussion: [
      "A line for each run, the oldest first, with the steps that it did; an undo's are those that it took back. harden "
        + "undo takes runs back.",
      "With two runs: what they differ in, in inputs, in changes and in steps. A line with - is of the first alone, one "
        + "with + of the second alone.",
    ],
    flags: [.json], examples: ["harden history", "harden history 1 3"]
  ) { invocation, tool throws(Failure) in
    try tool.requireRoot(for: invocation, because: "The journal of what was done here is readable by root alone.")
    let runs = try diagnosed { () throws(Diagnostic) in try RunSummary.history() }
    if !invocation.arguments.isEmpty { return try tool.compare(invocation, runs) }
    tool.sayCaveats(ofHost: false)
    let lost = try diagnosed { () throws(Diagnostic) in try RunSummary.lost() }
    if !lost.isEmpty { tool.say(caveat: .lost(lost)) }
    if invocation.has(.json) {
      tool.console.print(try tool.json(runs))
    } else if !runs.isEmpty || lost.isEmpty {
      tool.console.print(Report.text(ofHistory: runs.map(HistoryRow.init), style: tool.outputStyle))
    }
    tool.sayWindow()
    return .done
  }
}

extension Tool {
  /// Where the undo or revert that was just made keeps what it overwrote of others'.
  func sayKeptAside() {
    guard let kept = try? RunSummary.history().last?.keptAside else { return }
    console.note("What others had changed and was overwritten is kept in \(kept).\n")
  }

  /// What the two runs that are named differ in.
  fileprivate func compare(_ invocation: Invocation, _ runs: [RunSummary]) throws(Failure) -> ExitCode {
    guard invocation.arguments.count == 2 else { throw .misuse(.oneRun(invocation.arguments[0])) }
    var both: [RunSummary] = []
    for word in invocation.arguments {
      guard let number = Int(word) else { throw .misuse(.noRunNumber(word)) }
      guard let run = runs.first(where: { $0.number == number }) else { throw Failure(.unknownRun(number)) }
      both.append(run)
    }
    let difference = RunDifference(.init(both[0]), .init(both[1]))
    if invocation.has(.json) {
      console.print(try json(difference))
    } else {
      console.print(Report.text(of: difference, rows: both.map(HistoryRow.init), style: outputStyle))
    }
    return .done
  }
}

extension RunDifference.Run {
  fileprivate init(_ run: RunSummary) {
    self.init(
      run.number, inputs: run.inputs, changes: run.changes?.map { ($0.address, $0.change) },
      steps: run.steps.map { PlannedStep(address: $0.address, section: $0.section, step: $0.step) })
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
      case .atWork: "at work"
      }
    if let cause = run.cause {
      // Beside what it failed of, why it began would be taken for more of the same.
      if case .failed = run.outcome { outcome += "; it began for this: \(cause)" } else { outcome += ": \(cause)" }
    }
    if let folder = run.keptAside { outcome += "; what others had changed is in \(folder)" }
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
  fileprivate static func lost(_ runs: [Int]) -> Diagnostic {
    let (numbers, isOne) = (runs.map(String.init).joined(separator: ", "), runs.count == 1)
    return Diagnostic(
      "Journal lost",
      detail: "Run\(isOne ? "" : "s") \(numbers) changed this host as well, and \(isOne ? "its" : "their") journal is "
        + "gone from /var/lib/harden/runs: what was done then is not known any more.",
      fix: "Restore it from a backup. To go on without it: harden undo \(runs[0]) --force")
  }

  fileprivate static func oneRun(_ word: String) -> Diagnostic {
    Diagnostic(
      "One run alone", detail: "Two runs are compared; “\(word)” is one. Without any, all of them are listed.",
      fix: "harden history")
  }
  fileprivate static func noRunNumber(_ word: String) -> Diagnostic {
    Diagnostic("Not a run", detail: "“\(word)” is no number of a run.", fix: "harden history")
  }
  fileprivate static func unknownRun(_ number: Int) -> Diagnostic {
    Diagnostic("No such run", detail: "This host has seen no run \(number).", fix: "harden history")
  }
}
