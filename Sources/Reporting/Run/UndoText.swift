import HostState

extension Report {
  /// What taking runs back comes to, before anything is done.
  ///
  /// - Parameter force: whether what others changed is overwritten, and what is lost gone on without.
  package static func text(
    ofUndo items: [UndoFinding], runs: [Int], style: Style, overwriting force: Bool = false
  ) -> String {
    let title = "Undo of run\(runs.count == 1 ? "" : "s") \(listed(runs.map(String.init)))"
    let shown = items.filter { style.isVerbose || $0.fate != .asBefore }
    let width = min(style.width / 2, shown.map { columns(printable($0.subject)) }.max() ?? 0)
    var lines: [String] = []
    for item in shown {
      let (sign, paint, words) = cells(of: item.fate)
      let subject = wrapped(printable(item.subject), to: width)
      let fate = wrapped(words, to: max(20, style.width - 7 - width))
      for index in 0..<max(subject.count, fate.count) {
        let left = index < subject.count ? subject[index] : ""
        let right = index < fate.count ? fate[index] : ""
        lines.append(
          "  " + (index == 0 ? style.paint(sign, paint) : " ") + " "
            + (right.isEmpty ? left : padded(left, to: width) + "   " + right))
      }
    }
    let end = paragraph(summary(of: items, overwriting: force), width: style.width)
    return joined([[style.paint(title, .bold)], lines, end])
  }

  /// That it was done, and what had to stay although it was to go.
  package static func text(ofUndone runs: [Int], stayed: [UndoFinding], style: Style) -> String {
    let lines = ["Taken back: run\(runs.count == 1 ? "" : "s") \(listed(runs.map(String.init)))."]
    return joined([lines + self.lines(ofStaying: stayed, style: style)])
  }

  /// What is not as it was, and why.
  package static func text(ofStaying items: [UndoFinding], style: Style) -> String {
    joined([lines(ofStaying: items, style: style)])
  }

  private static func lines(ofStaying items: [UndoFinding], style: Style) -> [String] {
    items.flatMap { item -> [String] in
      let words: String
      switch item.fate {
      case .stays(let why): words = "stayed: \(why)"
      case .shut(let why): words = "was shut, expired and locked: \(why)"
      case .putBack, .removed, .asBefore, .conflict, .reloaded: return []
      }
      return paragraph("\(printable(item.subject)) \(printable(words)).", hanging: 2, width: style.width)
    }
  }

  private static func cells(of fate: UndoFinding.Fate) -> (sign: String, paint: Paint?, words: String) {
    switch fate {
    case .putBack(let what): ("~", .yellow, "put back: \(printable(what))")
    case .removed: ("-", .red, "removed: it was not there before")
    case .asBefore: ("=", .dim, "as before, nothing to do")
    case .stays(let why): ("·", nil, "stays: \(printable(why))")
    case .shut(let why): ("~", .yellow, "shut, expired and locked, not removed: \(printable(why))")
    case .conflict(let found): ("!", .alarm, "changed since by somebody else: \(printable(found))")
    case .reloaded: ("~", .yellow, "told once more: an undo was cut short before it was")
    }
  }

  private static func summary(of items: [UndoFinding], overwriting force: Bool) -> String {
    let conflicts = items.count(where: \.isConflict)
    let count = items.count(where: \.isTakenBack)
    let lost = items.count(where: \.isLost)
    if force, conflicts + lost > 0 {
      var parts: [String] = []
      if conflicts > 0 { parts.append("\(counted(conflicts, "conflict")): what is overwritten is kept aside") }
      if lost > 0 { parts.append("\(counted(lost, "thing")) cannot be taken back: harden goes on without") }
      return parts.joined(separator: "; ") + ". Nothing has been touched."
    }
    if conflicts > 0 {
      return "\(counted(conflicts, "conflict")): refused as it stands. With --force what is overwritten is kept aside. "
        + "Nothing has been touched."
    }
    if lost > 0 {
      let rest = count == 0 ? "harden goes on without" : "the rest is, \(counted(count, "thing"))"
      return "\(counted(lost, "thing")) cannot be taken back: refused as it stands. With --force \(rest). Nothing has "
        + "been touched."
    }
    return count == 0
      ? "Nothing to take back." : "\(counted(count, "thing")) to take back. Nothing has been touched."
  }
}
