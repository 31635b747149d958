import HostState
import Planning

/// What two runs differ in: what they were asked for, what they changed, and the steps that did it.
package struct RunDifference: Hashable, Encodable, Sendable {
  /// A run, as it is compared.
  package struct Run: Sendable {
    var number: Int
    var inputs: [String: [String]]
    /// By address of the resource; nil where it was not written down.
    var changes: [(address: String, change: Change)]?
    var steps: [PlannedStep]

    package init(
      _ number: Int, inputs: [String: [String]], changes: [(address: String, change: Change)]?, steps: [PlannedStep]
    ) {
      (self.number, self.inputs, self.changes, self.steps) = (number, inputs, changes, steps)
    }
  }

  /// Something that is not the same in both; nil where a run has nothing of it.
  package struct Item: Hashable, Encodable, Sendable {
    /// The resource; nil for an input.
    package var address: String?
    /// The input's name, the step's words, or what the change is about.
    package var subject: String
    package var property: String?
    package var first: String?
    package var second: String?
  }
  package var runs: [Int]
  package var inputs: [Item] = []
  package var changes: [Item] = []
  package var steps: [Item] = []
  /// Changes and steps that are the same in both.
  package var sameChanges = 0
  package var sameSteps = 0
  /// Runs whose changes were not written down.
  package var unknown: [Int] = []

  package init(_ first: Run, _ second: Run) {
    runs = [first.number, second.number]
    unknown = [first, second].filter { $0.changes == nil }.map(\.number)
    for name in Set(first.inputs.keys).union(second.inputs.keys).sorted() {
      let (old, new) = (first.inputs[name], second.inputs[name])
      guard old != new else { continue }
      inputs.append(Item(subject: name, first: old.map(Self.words), second: new.map(Self.words)))
    }
    if unknown.isEmpty { compareChanges(first.changes ?? [], second.changes ?? []) }
    compareSteps(first.steps, second.steps)
  }

  private static func words(_ values: [String]) -> String { values.isEmpty ? "none" : values.joined(separator: ", ") }

  private struct Place: Hashable {
    let address: String
    let subject: String
    let property: String
    /// Two keys of one account are two changes with the same names.
    let number: Int
  }

  private mutating func compareChanges(
    _ first: [(address: String, change: Change)], _ second: [(address: String, change: Change)]
  ) {
    let (old, new) = (Self.placed(first), Self.placed(second))
    let texts = [old, new].map { Dictionary(uniqueKeysWithValues: $0) }
    for (place, text) in old {
      if texts[1][place] == text {
        sameChanges += 1
      } else {
        changes.append(item(place, text, texts[1][place]))
      }
    }
    for (place, text) in new where texts[0][place] == nil { changes.append(item(place, nil, text)) }
  }

  private func item(_ place: Place, _ first: String?, _ second: String?) -> Item {
    Item(
      address: place.address, subject: place.subject, property: place.property.isEmpty ? nil : place.property,
      first: first, second: second)
  }

  private static func placed(_ changes: [(address: String, change: Change)]) -> [(Place, String)] {
    var counts: [[String]: Int] = [:]
    return changes.map { address, change in
      let names = [address, change.subject, change.property]
      counts[names, default: 0] += 1
      let place = Place(
        address: address, subject: change.subject, property: change.property, number: counts[names] ?? 0)
      return (place, Self.words(of: change))
    }
  }

  private static func words(of change: Change) -> String {
    switch (change.before, change.after) {
    case (nil, let after): after ?? ""
    case (let before?, nil): "\(before) → gone"
    case (let before?, let after?): "\(before) → \(after)"
    }
  }

  private mutating func compareSteps(_ first: [PlannedStep], _ second: [PlannedStep]) {
    var left = second
    for step in first {
      let words = Report.title(of: step.step)
      guard let place = left.firstIndex(where: { $0.address == step.address && Report.title(of: $0.step) == words })
      else {
        steps.append(Item(address: step.address, subject: words, first: "done"))
        continue
      }
      let other = left.remove(at: place)
      if other.step.action == step.step.action {
        sameSteps += 1
      } else {
        steps.append(
          Item(
            address: step.address, subject: words, first: Self.words(of: step.step.action),
            second: Self.words(of: other.step.action)))
      }
    }
    for step in left {
      steps.append(Item(address: step.address, subject: Report.title(of: step.step), second: "done"))
    }
  }

  /// What two steps of the same words may differ in.
  private static func words(of action: Action) -> String {
    switch action {
    case .write(_, let contents, let mode, let owner, _):
      let lines = contents.split(separator: "\n", omittingEmptySubsequences: false).count - 1
      return "\(counted(lines, "line")), \(mode) \(owner)"
    case .run(let command): return "\(command)"
    default: return "in another way"
    }
  }
}

extension Report {
  /// What two runs differ in, each run's own line first.
  package static func text(of difference: RunDifference, rows: [HistoryRow], style: Style) -> String {
    let (first, second) = (difference.runs[0], difference.runs[1])
    var blocks: [[String]] = [
      rows.map { row in
        style.paint("Run \(row.run)", .bold) + " · "
          + [row.when, row.what, row.outcome].map(printable).joined(separator: ", ")
      }
    ]
    let parts = [("Inputs", difference.inputs), ("Changes", difference.changes), ("Steps", difference.steps)]
    for (title, items) in parts where !items.isEmpty {
      blocks.append(
        [style.paint(title, .bold) + " · run \(first) → run \(second)"]
          + items.flatMap { lines(of: $0, isStep: title == "Steps", style: style) })
    }
    for run in difference.unknown {
      blocks.append(
        paragraph(
          "What run \(run) changed was not written down by the harden of then; its steps tell.", width: style.width))
    }
    var text =
      parts.allSatisfy(\.1.isEmpty) ? "They differ in nothing: " : "The same in both: "
    text += difference.unknown.isEmpty ? "\(counted(difference.sameChanges, "change")) and " : ""
    blocks.append(paragraph(text + "\(counted(difference.sameSteps, "step")).", width: style.width))
    return joined(blocks)
  }

  /// `+` is in the second run alone, `-` in the first alone.
  private static func lines(of item: RunDifference.Item, isStep: Bool, style: Style) -> [String] {
    let (sign, paint): (String, Paint) =
      item.first == nil ? ("+", .green) : item.second == nil ? ("-", .red) : ("~", .yellow)
    var text = [item.subject, item.property].compactMap { $0 }.joined(separator: " ")
    if isStep, let address = item.address, !address.hasPrefix("file:") { text = "\(address): \(text)" }
    if item.first != "done", item.second != "done" {
      let sides = [item.first, item.second].compactMap { $0 }
      text += "   " + (sides.count == 2 ? "\(sides[0])  ⇒  \(sides[1])" : sides[0])
    }
    let lines = paragraph(withBriefKeys(printable(text)), indent: 4, hanging: 2, width: style.width)
    return lines.enumerated().map { index, line in
      index == 0 ? "  " + style.paint(sign, paint) + " " + line.dropFirst(4) : line
    }
  }
}
