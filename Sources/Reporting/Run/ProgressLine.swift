import HostState
import Planning

/// How far a step is.
package enum StepProgress: Hashable, Sendable {
  case started
  /// At work; `percent` where the tool tells, and a few words of what it does now.
  case working(percent: Int?, doing: String?)
  case done(after: Duration)
  case failed
}

extension Report {
  /// One line of at most `style.width` columns, without a line break, so that a terminal can write over it.
  package static func progress(
    _ number: Int, of total: Int, _ step: PlannedStep, _ progress: StepProgress, style: Style
  ) -> String {
    let width = String(total).count
    let counter = spaces(width - String(number).count) + "\(number)/\(total)"
    var line = counter + "  " + title(of: step.step)
    var state = words(for: progress)
    if progress == .started, let risk = step.step.riskWords { state = risk }
    let room = style.width - (state.isEmpty ? 0 : columns(state) + 3)
    line = shortened(line, to: max(12, room))
    guard !state.isEmpty else { return line }
    return line + "   " + style.paint(shortened(state, to: style.width - columns(line) - 3), paint(for: progress))
  }

  private static func words(for progress: StepProgress) -> String {
    switch progress {
    case .started: ""
    case .working(let percent, let doing):
      [percent.map { bar($0) }, doing.map(printable)].compactMap { $0 }.joined(separator: " ")
    case .done(let time): "done" + (time < .milliseconds(50) ? "" : ", \(words(for: time))")
    case .failed: "failed"
    }
  }

  private static func paint(for progress: StepProgress) -> Paint? {
    switch progress {
    case .started: .yellow
    case .working: nil
    case .done: .green
    case .failed: .alarm
    }
  }

  private static func bar(_ percent: Int) -> String {
    let percent = min(100, max(0, percent))
    let full = percent / 5
    let number = String(percent)
    return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: 20 - full) + "] "
      + spaces(3 - number.count) + number + " %"
  }

  /// `0.4 s`, `41 s`, `3 min 5 s`.
  static func words(for time: Duration) -> String {
    let (seconds, attoseconds) = max(.zero, time).components
    // In whole numbers: rounding a Double takes libm, which the pure targets do without.
    let tenths = seconds * 10 + (attoseconds + 50_000_000_000_000_000) / 100_000_000_000_000_000
    if tenths < 100 { return "\(tenths / 10).\(tenths % 10) s" }
    let whole = (tenths + 5) / 10
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }

  /// The text, cut with `…` where it does not fit.
  static func shortened(_ text: String, to width: Int) -> String {
    guard columns(text) > width else { return text }
    var head = ""
    for character in text {
      if columns(head) + columns(String(character)) > width - 1 { break }
      head.append(character)
    }
    return head + "…"
  }
}
