import HostState
import Planning

/// What became of a plan that was applied.
package struct ApplyOutcome: Sendable {
  package var plan: Plan
  /// Steps that were done and stay.
  package var done: [PlannedStep]
  /// Steps that were done, and taken back because a later one of the same resource failed.
  package var putBack: [PlannedStep]
  /// What these steps had changed and is not as it was before, in spite of that: somebody else's by now, packages.
  package var remains: [UndoFinding] = []
  /// Steps that were not begun.
  package var left: [PlannedStep]
  /// Changes that the plan had announced and that came up on the way.
  package var followed: [Change] = []
  package var failure: Diagnostic?
  /// Whether it stopped between two steps because it was asked to (Ctrl-C, SIGTERM).
  package var isInterrupted: Bool
  /// What planning again came to; nil where it was not done.
  package var afterwards: Plan?
  /// The run's number in the journal.
  package var run: Int?
  package var time: Duration?

  package init(
    plan: Plan, done: [PlannedStep], putBack: [PlannedStep] = [], left: [PlannedStep] = [], failure: Diagnostic? = nil,
    isInterrupted: Bool = false, afterwards: Plan? = nil, run: Int? = nil, time: Duration? = nil
  ) {
    self.plan = plan
    self.done = done
    self.putBack = putBack
    self.left = left
    self.failure = failure
    self.isInterrupted = isInterrupted
    self.afterwards = afterwards
    self.run = run
    self.time = time
  }
}

extension Report {
  /// What is in force now, what is not, and what to do next.
  package static func text(of outcome: ApplyOutcome, style: Style) -> String {
    if let failure = outcome.failure, outcome.left.isEmpty, outcome.putBack.isEmpty,
      outcome.afterwards?.isSettled ?? false
    {
      let rest =
        (outcome.done.isEmpty ? "" : "All the rest is done: \(counted(outcome.done.count, "step")). ")
        + "Planned again, nothing else is left."
      return joined([
        lines(of: failure, style: style),
        paragraph([rest, runNumber(outcome)].joined(separator: " "), width: style.width),
      ])
    }
    if let failure = outcome.failure {
      return joined([lines(of: failure, style: style)] + account(of: outcome, style: style) + [goingOn(outcome, style)])
    }
    if outcome.isInterrupted {
      let total = outcome.done.count + outcome.left.count
      let text = "Stopped between two steps, as asked: \(outcome.done.count) of \(counted(total, "step")) done."
      return joined(
        [paragraph(text, width: style.width)] + account(of: outcome, style: style) + [goingOn(outcome, style)])
    }
    if let afterwards = outcome.afterwards, !afterwards.isSettled {
      let text =
        "Done, but not settled: planned again after \(counted(outcome.done.count, "step")), this still differs."
      return joined([paragraph(text, width: style.width).map { style.paint($0, .alarm) }])
        + "\n" + Report.text(of: afterwards, style: style, closing: runNumber(outcome))
    }
    return success(outcome, style: style)
  }

  /// Changes that a plan had announced, now that they can be made.
  package static func text(ofAnnounced changes: [Change], waiting: [Waiting], style: Style) -> String {
    joined([
      ["What the plan announced follows:"] + ChangeTable(changes, style: style).lines
        + waiting.flatMap { text(of: $0, style: style) }
    ])
  }

  private static func success(_ outcome: ApplyOutcome, style: Style) -> String {
    let changes = outcome.plan.changes.count + outcome.followed.count
    var text = "Done: \(counted(changes, "change")) in \(counted(outcome.done.count, "step"))"
    if let time = outcome.time { text += ", \(words(for: time))" }
    text += "."
    if outcome.afterwards != nil { text += " Planned again: nothing is left." }
    let run = runNumber(outcome)
    if !run.isEmpty { text += " " + run }
    let waiting = (outcome.afterwards ?? outcome.plan).waiting.flatMap { self.text(of: $0, style: style) }
    return joined([paragraph(text, width: style.width).map { style.paint($0, .green) } + waiting])
  }

  private static func runNumber(_ outcome: ApplyOutcome) -> String { outcome.run.map { "This was run \($0)." } ?? "" }

  /// A resource of which a step is left may have its file written and its daemon not reloaded: that is not in force.
  private static func account(of outcome: ApplyOutcome, style: Style) -> [[String]] {
    let unfinished = Set((outcome.left + outcome.putBack).map(\.address))
    return [
      list("Done and in force", outcome.done.filter { !unfinished.contains($0.address) }, style: style),
      list(
        "Done, not in force before the rest is", outcome.done.filter { unfinished.contains($0.address) }, style: style),
      list("Taken back", outcome.putBack, style: style),
      remains(outcome.remains, style: style),
      list("Not done", outcome.left, style: style),
    ]
  }

  private static func list(_ title: String, _ steps: [PlannedStep], style: Style) -> [String] {
    guard !steps.isEmpty else { return [] }
    let limit = 12
    let shown = style.isVerbose || steps.count <= limit ? steps.count : limit - 1
    var lines = [style.paint(title, .bold) + " · " + counted(steps.count, "step")]
    for planned in steps.prefix(shown) {
      lines += paragraph(label(of: planned), indent: 2, hanging: 2, width: style.width)
    }
    if steps.count > shown { lines.append("  and \(steps.count - shown) more (--verbose)") }
    return lines
  }

  /// What taking back left as it is: nobody looks for it there.
  private static func remains(_ items: [UndoFinding], style: Style) -> [String] {
    guard !items.isEmpty else { return [] }
    var lines = [style.paint("Not put back", .alarm) + " · " + counted(items.count, "thing")]
    for item in items {
      let why =
        switch item.fate {
        case .conflict(let found): "changed meanwhile by somebody else (\(printable(found))), and left so"
        case .stays(let why): printable(why)
        case .shut(let why, _): "shut, expired and locked: \(printable(why))"
        case .putBack, .removed, .asBefore, .reloaded: "as it was before"
        }
      lines += paragraph("\(printable(item.subject)): \(why)", indent: 2, hanging: 2, width: style.width)
      lines += finish(of: item, style: style)
    }
    return lines
  }

  private static func goingOn(_ outcome: ApplyOutcome, _ style: Style) -> [String] {
    let cause = outcome.failure == nil ? "" : "Mend what the error names first. "
    let lead =
      outcome.done.isEmpty
      ? "The \(outcome.remains.isEmpty ? "" : "rest of the ")host is as it was before. "
      : "What is done stays, and the next run plans from there. "
    return paragraph(lead + cause + "To go on:", width: style.width) + ["      " + style.paint("harden apply", .bold)]
  }
}
