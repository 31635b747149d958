import HostState

extension Report {
  /// What taking runs back comes to, before anything is done.
  ///
  /// - Parameters:
  ///   - force: whether what others changed is overwritten, and what is lost gone on without.
  ///   - ways: what it does to the ways in, as a plan tells it.
  ///   - timeline: who gets in today, and afterwards.
  package static func text(
    ofUndo items: [UndoFinding], runs: [Int], style: Style, overwriting force: Bool = false, ways: [Change] = [],
    timeline: [String] = []
  ) -> String {
    let title = "Undo of run\(runs.count == 1 ? "" : "s") \(listed(runs.map(String.init)))"
    let (folders, entries) = style.isVerbose ? ([:], []) : emptied(items)
    let shown = items.filter { style.isVerbose || ($0.fate != .asBefore && !entries.contains($0.subject)) }
    let width = min(style.width / 2, shown.map { columns(printable($0.subject)) }.max() ?? 0)
    var lines: [String] = []
    for item in shown {
      var (sign, paint, words) = cells(of: item.fate)
      if let count = folders[item.subject] {
        words = "removed, with \(counted(count, "entry", "entries")) in it: it was not there before"
      }
      let subject = wrapped(printable(item.subject), to: width)
      let fate = wrapped(words, to: max(20, style.width - 7 - width))
      for index in 0..<max(subject.count, fate.count) {
        let left = index < subject.count ? subject[index] : ""
        let right = index < fate.count ? fate[index] : ""
        lines.append(
          "  " + (index == 0 ? style.paint(sign, paint) : " ") + " "
            + (right.isEmpty ? left : padded(left, to: width) + "   " + right))
      }
      lines += finish(of: item, style: style)
    }
    let end = paragraph(summary(of: items, overwriting: force, count(ofWays: ways)), width: style.width)
    return joined([[style.paint(title, .bold)], lines, self.lines(ofWays: ways, timeline, style: style), end])
  }

  /// Marks as a plan has them, and who gets in.
  private static func lines(ofWays ways: [Change], _ timeline: [String], style: Style) -> [String] {
    func brief(_ text: String) -> String { style.isVerbose ? text : withBriefKeys(text) }
    let changes = ways.map { change in
      var change = change
      (change.before, change.after) = (change.before.map(brief), change.after.map(brief))
      return change
    }
    let title = style.paint("Ways in", .bold) + " · What this does to them."
    return (changes.isEmpty ? [] : [title] + ChangeTable(changes, style: style).lines)
      + wayIn(timeline.map(brief), style: style)
  }

  /// Folders that go, of nested ones the outermost, and how many entries go with each; and these entries.
  private static func emptied(_ items: [UndoFinding]) -> (folders: [String: Int], entries: Set<String>) {
    let gone = Set(items.filter { $0.fate == .removed && $0.subject.hasPrefix("/") }.map(\.subject))
    var folders: [String: Int] = [:]
    var entries: Set<String> = []
    for path in gone {
      var (above, outermost) = (Path(path).parent, String?.none)
      while above != "/" {
        if gone.contains(above.text) { outermost = above.text }
        above = above.parent
      }
      guard let outermost else { continue }
      folders[outermost, default: 0] += 1
      entries.insert(path)
    }
    return (folders, entries)
  }

  /// The command that takes a shut account away, in one piece, so that it can be copied.
  static func finish(of item: UndoFinding, style: Style) -> [String] {
    guard case .shut(_, let finish?) = item.fate else { return [] }
    return ["    To take it away later:", "      " + style.paint(printable(finish), .bold)]
  }

  /// That it was done, and what had to stay although it was to go.
  package static func text(ofUndone runs: [Int], stayed: [UndoFinding], style: Style) -> String {
    let lines = ["Taken back: run\(runs.count == 1 ? "" : "s") \(listed(runs.map(String.init)))."]
    return joined([lines + self.lines(ofStaying: stayed, style: style)])
  }

  /// That runs before these are in force in part, since an undo of them was cut short; empty where none is.
  ///
  /// - Parameter isAhead: whether it is said before the undo.
  package static func text(ofHalves runs: [Int], isAhead: Bool, style: Style) -> String {
    guard let first = runs.first else { return "" }
    let (names, isOne) = ("run\(runs.count == 1 ? "" : "s") \(listed(runs.map(String.init)))", runs.count == 1)
    let words =
      "An undo of \(names) was cut short: a part of \(isOne ? "it" : "them") \(isAhead ? "stays" : "is still") in force. "
      + (isAhead ? "To take that back as well:" : "To take back the rest:")
    return joined([[""] + paragraph(words, width: style.width), ["      sudo harden undo \(first)"]])
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
      case .shut(let why, _): words = "was shut, expired and locked: \(why)"
      case .putBack, .removed, .asBefore, .conflict, .reloaded: return []
      }
      return paragraph("\(printable(item.subject)) \(printable(words)).", hanging: 2, width: style.width)
        + finish(of: item, style: style)
    }
  }

  private static func cells(of fate: UndoFinding.Fate) -> (sign: String, paint: Paint?, words: String) {
    switch fate {
    case .putBack(let what): ("~", .yellow, "put back: \(printable(what))")
    case .removed: ("-", .red, "removed: it was not there before")
    case .asBefore: ("=", .dim, "as before, nothing to do")
    case .stays(let why): ("·", nil, "stays: \(printable(why))")
    case .shut(let why, _): ("~", .yellow, "shut, expired and locked, not removed: \(printable(why))")
    case .conflict(let found): ("!", .alarm, "changed since by somebody else: \(printable(found))")
    case .reloaded: ("~", .yellow, "told once more: an undo was cut short before it was")
    }
  }

  private static func summary(of items: [UndoFinding], overwriting force: Bool, _ ways: String) -> String {
    guard items.contains(where: { $0.isConflict || $0.isTakenBack || $0.isLost }) else {
      return "Nothing to take back."
    }
    return figures(of: items, overwriting: force) + ways + " Nothing has been touched."
  }

  private static func figures(of items: [UndoFinding], overwriting force: Bool) -> String {
    let conflicts = items.count(where: \.isConflict)
    let count = items.count(where: \.isTakenBack)
    let lost = items.count(where: \.isLost)
    if force, conflicts + lost > 0 {
      var parts: [String] = []
      if conflicts > 0 { parts.append("\(counted(conflicts, "conflict")): what is overwritten is kept aside") }
      if lost > 0 { parts.append("\(counted(lost, "thing")) cannot be taken back: harden goes on without") }
      return parts.joined(separator: "; ") + "."
    }
    if conflicts > 0 {
      return "\(counted(conflicts, "conflict")): refused as it stands. With --force what is overwritten is kept aside."
    }
    if lost > 0 {
      let rest = count == 0 ? "harden goes on without" : "the rest is, \(counted(count, "thing"))"
      return "\(counted(lost, "thing")) cannot be taken back: refused as it stands. With --force \(rest)."
    }
    return "\(counted(count, "thing")) to take back."
  }
}
