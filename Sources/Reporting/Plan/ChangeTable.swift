import HostState

/// The changes of one section, a line a property, in columns: sign, what, before → after, risk and who decides today.
struct ChangeTable {
  private let rows: [Row]
  private let style: Style
  private let labelWidth: Int
  private let valueWidth: Int

  private enum Row {
    case change(Change, label: String)
    /// A subject that is too long to stand before each of its properties.
    case subject(String)
    case more(String)
  }

  init(_ changes: [Change], style: Style) {
    self.style = style
    rows = Self.grouped(changes).flatMap { Self.rows(of: $0, style: style) }
    var cells: [(label: Int, rest: Int)] = []
    var values: [Int] = []
    for case .change(let change, let label) in rows {
      let value = columns(Self.value(of: change))
      let remarks = Self.remarks(on: change)
      cells.append((columns(label), value + (remarks.isEmpty ? 0 : Self.gap + Self.width(of: remarks))))
      if !remarks.isEmpty { values.append(value) }
    }
    labelWidth = Self.labelWidth(cells, width: style.width)
    let valueLimit = (style.width - Self.margin - labelWidth - Self.gap) / 2
    valueWidth = values.filter { $0 <= valueLimit }.max() ?? 0
  }

  /// As wide as the longest label, unless that breaks a line that would otherwise stand in one piece.
  private static func labelWidth(_ cells: [(label: Int, rest: Int)], width: Int) -> Int {
    func longest(upTo limit: Int) -> Int { cells.map(\.label).filter { $0 <= limit }.max() ?? 0 }
    func broken(_ labelWidth: Int) -> Int { cells.count { margin + labelWidth + gap + $0.rest > width } }
    let (narrow, wide) = (longest(upTo: max(24, width / 3)), longest(upTo: width / 2))
    return broken(wide) > broken(narrow) ? narrow : wide
  }

  /// Two blanks, the sign, a blank.
  private static let margin = 4
  private static let gap = 3

  var lines: [String] {
    rows.flatMap { row -> [String] in
      switch row {
      case .subject(let subject): return [spaces(Self.margin) + subject]
      case .more(let text): return [spaces(Self.margin) + text]
      case .change(let change, let label): return lines(of: change, label: label)
      }
    }
  }

  private func lines(of change: Change, label: String) -> [String] {
    let head = "  " + style.paint(Self.sign(of: change).text, Self.sign(of: change).paint) + " "
    let indent = Self.margin + labelWidth + Self.gap
    let rest = max(12, style.width - indent)
    let value = Self.value(of: change)
    let remarks = Self.remarks(on: change)

    var body = columns(value) <= rest ? [value] : valueLines(of: change, width: rest)
    let column = max(valueWidth, columns(value))
    // What it does to a way in stays beside the value, even where the line that decides today has to go below.
    let beside = [remarks, remarks.filter { !$0.isPlace }].first {
      !$0.isEmpty && column + Self.gap + Self.width(of: $0) <= rest
    }
    if let beside {
      body = [padded(value, to: column) + spaces(Self.gap) + painted(beside)]
      body += below(remarks.filter { $0.isPlace && !beside.contains($0) }, width: rest)
    } else {
      body += below(remarks, width: rest)
    }
    if columns(label) > labelWidth {
      if body.count == 1, let only = body.first,
        columns(label) + Self.gap + columns(value) <= labelWidth + Self.gap + rest,
        remarks.isEmpty
      {
        return [head + label + (only.isEmpty ? "" : spaces(Self.gap) + only)]
      }
      return [head + label] + body.map { spaces(indent) + $0 }
    }
    guard let first = body.first, !(first.isEmpty && body.count == 1) else { return [head + label] }
    return [head + padded(label, to: labelWidth) + spaces(Self.gap) + first]
      + body.dropFirst().map { spaces(indent) + $0 }
  }

  private func below(_ remarks: [Remark], width: Int) -> [String] {
    if Self.width(of: remarks) <= width - 2 { return remarks.isEmpty ? [] : ["  " + painted(remarks)] }
    return remarks.flatMap { remark in
      wrapped(remark.text, to: max(12, width - 2)).map { "  " + style.paint($0, remark.paint) }
    }
  }

  private func painted(_ remarks: [Remark]) -> String {
    remarks.map { style.paint($0.text, $0.paint) }.joined(separator: Self.seam)
  }

  private static func width(of remarks: [Remark]) -> Int {
    remarks.reduce(0) { $0 + columns($1.text) } + columns(seam) * max(0, remarks.count - 1)
  }

  private static let seam = " · "
}

// MARK: Grouping

extension ChangeTable {
  /// Runs of changes with one subject.
  private static func grouped(_ changes: [Change]) -> [[Change]] {
    var groups: [[Change]] = []
    for change in changes {
      if let last = groups.last?.first, last.subject == change.subject {
        groups[groups.count - 1].append(change)
      } else {
        groups.append([change])
      }
    }
    return groups
  }

  private static func rows(of group: [Change], style: Style) -> [Row] {
    guard let first = group.first else { return [] }
    let subject = printable(first.subject)
    let shown = style.isVerbose ? group : shortened(group)
    // A short subject is written once, and its properties stand beneath each other; a long one has them below.
    let isLong = group.count > 1 && columns(subject) > 20
    var rows: [Row] = isLong && !first.property.isEmpty ? [.subject(subject)] : []
    for (index, change) in shown.enumerated() {
      let property = printable(change.property)
      let lead = isLong ? " " : index == 0 ? subject : spaces(columns(subject))
      rows.append(.change(change, label: property.isEmpty ? subject : lead + " " + property))
    }
    if shown.count < group.count {
      rows.append(.more("and \(group.count - shown.count) more of \(subject) (--verbose)"))
    }
    return rows
  }

  /// A long group without its tail; what concerns a way in or carries a warning is always kept.
  private static func shortened(_ group: [Change]) -> [Change] {
    let limit = 16
    guard group.count > limit else { return group }
    var room = limit - 1
    return group.filter { change in
      if change.risk.concernsAccess || change.warning != nil { return true }
      room -= 1
      return room >= 0
    }
  }
}

// MARK: Cells

extension ChangeTable {
  private struct Remark: Equatable {
    let text: String
    let paint: Paint
    /// Whether it names the line that decides today.
    var isPlace = false
  }

  private static func sign(of change: Change) -> (text: String, paint: Paint) {
    if change.before == nil { return ("+", .green) }
    return change.after == nil ? ("-", .red) : ("~", .yellow)
  }

  private static func shown(_ value: String) -> String { value.isEmpty ? "\"\"" : printable(value) }

  private static func value(of change: Change) -> String {
    switch (change.before, change.after) {
    // The same twice: a change of something else, told by its warning.
    case (let before?, let after?): before == after ? shown(before) : "\(shown(before)) → \(shown(after))"
    case (nil, let only?), (let only?, nil): printable(only)
    case (nil, nil): ""
    }
  }

  private func valueLines(of change: Change, width: Int) -> [String] {
    guard let before = change.before, let after = change.after, before != after else {
      return wrapped(Self.value(of: change), to: width)
    }
    if !style.isVerbose, let difference = ListDifference(from: before, to: after) {
      return difference.lines(width: width)
    }
    return wrapped(Self.shown(before), to: width) + paragraph("→ " + Self.shown(after), hanging: 2, width: width)
  }

  private static func remarks(on change: Change) -> [Remark] {
    var remarks: [Remark] = []
    if let words = change.riskWords {
      remarks.append(Remark(text: words, paint: change.risk == .closes ? .alarm : .yellow))
    }
    if let warning = change.warning { remarks.append(Remark(text: printable(warning), paint: .yellow)) }
    if change.isForecast { remarks.append(Remark(text: "forecast", paint: .dim)) }
    if let decided = change.decidedBy { remarks.append(Remark(text: printable(decided), paint: .dim, isPlace: true)) }
    return remarks
  }
}
