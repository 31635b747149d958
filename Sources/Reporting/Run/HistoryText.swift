/// One run of the journal.
package struct HistoryRow: Hashable, Sendable {
  package var run: Int
  /// Date and time of its beginning, in words: `2026-11-24 23:10 UTC`.
  package var when: String
  /// `apply django-apache`.
  package var what: String
  package var steps: Int
  /// `done`, `failed at step 3: Configuration refused`, `interrupted`.
  package var outcome: String

  package init(run: Int, when: String, what: String, steps: Int, outcome: String) {
    (self.run, self.when, self.what, self.steps, self.outcome) = (run, when, what, steps, outcome)
  }
}

extension Report {
  /// What was done when, a line a run, in the order given.
  package static func text(ofHistory rows: [HistoryRow], style: Style) -> String {
    guard !rows.isEmpty else { return "harden has not changed anything on this host yet.\n" }
    let head = ["run", "when", "what", "steps", "outcome"]
    let cells = rows.map { row in
      [String(row.run), printable(row.when), printable(row.what), String(row.steps), printable(row.outcome)]
    }
    let widths = head.indices.map { column in ([head] + cells).map { columns($0[column]) }.max() ?? 0 }
    let isNumber = [0, 3]
    let lines = ([head] + cells).enumerated().map { index, row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let gap = spaces(widths[column] - columns(cell))
        line += isNumber.contains(column) ? gap + cell : cell + (column == row.count - 1 ? "" : gap)
        if column < row.count - 1 { line += "   " }
      }
      return index == 0 ? style.paint(line, .dim) : line
    }
    return joined([lines])
  }
}
