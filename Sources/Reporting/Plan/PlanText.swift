import HostState
import Planning

extension Report {
  /// A plan as it is shown before anything is done; one sentence where nothing differs.
  ///
  /// - Parameters:
  ///   - closing: what the last line ends with.
  ///   - window: what an apply arms before it changes who gets in; nil where it arms nothing.
  ///   - obstacles: why an apply would refuse it as the host is.
  ///   - elsewhere: how many changes stand in sections that are left out; nil where none is left out.
  package static func text(
    of plan: Plan, style: Style, closing: String = "Nothing has been touched.", window: String? = nil,
    obstacles: [Diagnostic] = [], elsewhere: Int? = nil
  ) -> String {
    let plan = style.isVerbose ? plan : plan.withBriefKeys
    var blocks: [[String]] = []
    let inputs = changedInputs(of: plan, style: style)
    if plan.isSettled && plan.changes.isEmpty {
      blocks.append(inputs)
      blocks.append([settledSentence(of: plan, elsewhere: elsewhere, style: style)])
      blocks += plan.sections.map { section($0, style: style) }
      blocks += refusals(of: plan, style: style)
      return joined(blocks)
    }
    blocks.append(header(of: plan, style: style))
    blocks.append(inputs)
    blocks += plan.sections.map { section($0, style: style) }
    if style.isVerbose { blocks.append(order(of: plan, style: style)) }
    blocks.append(access(of: plan, style: style))
    blocks += refusals(of: plan, style: style)
    blocks += obstacles.map { lines(of: $0, style: style) }
    let isRefused = !plan.access.refusals.isEmpty || !obstacles.isEmpty
    blocks.append(
      closingLines(
        of: plan, isRefused: isRefused, closing: closing, window: window, elsewhere: elsewhere, style: style))
    return joined(blocks)
  }

  /// Changes by themselves, as the lines of a plan: what came up on the way, to be asked about.
  package static func text(of changes: [Change], style: Style) -> String {
    joined([ChangeTable(changes, style: style).lines])
  }

  /// `38 changes: 14 new, 23 changed, 1 removed. 2 close a way in.`
  package static func count(of plan: Plan) -> String {
    let changes = plan.changes
    let kinds = [
      (changes.count { $0.before == nil }, "new"),
      (changes.count { $0.before != nil && $0.after != nil }, "changed"),
      (changes.count { $0.before != nil && $0.after == nil }, "removed"),
    ]
    let parts = kinds.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    let text = counted(changes.count, "change") + (parts.isEmpty ? "." : ": " + parts.joined(separator: ", ") + ".")
    return text + count(ofWays: changes)
  }

  /// ` 1 opens a way in, 2 close one.`
  static func count(ofWays changes: [Change]) -> String {
    var text = ""
    let opens = changes.count { $0.risk == .opens }
    let closes = changes.count { $0.risk == .closes }
    if opens > 0 { text += " \(opens) \(opens == 1 ? "opens" : "open") a way in" + (closes > 0 ? "," : ".") }
    if closes > 0 { text += " \(closes) \(closes == 1 ? "closes" : "close") \(opens > 0 ? "one" : "a way in")." }
    return text
  }
}

extension Report {
  /// The blocks that say something, with an empty line between them.
  static func joined(_ blocks: [[String]]) -> String {
    blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  /// `box` where the host's name is known.
  static func hostName(of plan: Plan) -> String {
    guard let name = plan.host?.hostName, !name.isEmpty else { return "this host" }
    return printable(name)
  }

  private static func header(of plan: Plan, style: Style) -> [String] {
    var text = printable(plan.recipe)
    if let host = plan.host { text += " on \(hostName(of: plan)), \(printable(host.prettyName))" }
    if let visitor = plan.visitor {
      text += ", as \(printable(visitor.user))"
      if let address = visitor.address { text += " from \(printable(address))" }
      // An address that was only said is not one that this session proves.
      if visitor.address != nil, visitor.addressSource == "--from" { text += " (--from)" }
    }
    var lines = paragraph(text, hanging: 2, width: style.width).map { style.paint($0, .bold) }
    if let visitor = plan.visitor, !visitor.isRoot {
      lines += paragraph(
        "Not root: what only root can read is missing from this plan.", indent: 2, width: style.width)
    }
    return lines
  }

  private static func changedInputs(of plan: Plan, style: Style) -> [String] {
    guard !plan.changedInputs.isEmpty else { return [] }
    let title = style.paint("Inputs", .bold) + " · Not as the host remembers them."
    return [title] + ChangeTable(plan.changedInputs, style: style).lines
  }

  private static func settledSentence(of plan: Plan, elsewhere: Int?, style: Style) -> String {
    let resources = plan.sections.reduce(0) { $0 + $1.items.count }
    let notes = plan.sections.flatMap(\.items).reduce(0) { $0 + $1.notes.count }
    var text = "Nothing to do: \(hostName(of: plan)) is as \(printable(plan.recipe)) wants it"
    if elsewhere != nil { text = "Nothing to do in \(plan.sections.map { printable($0.name) }.joined())" }
    text += " (\(counted(resources, "resource")))."
    if let elsewhere { text += inOthers(elsewhere) }
    if notes > 0 && !style.isVerbose { text += " \(counted(notes, "note")) (--verbose)." }
    return paragraph(text, width: style.width).joined(separator: "\n")
  }

  /// What is left out of a plan that shows one section alone.
  private static func inOthers(_ changes: Int) -> String {
    changes == 0 ? " Nothing in other sections." : " \(counted(changes, "change")) in other sections: harden plan"
  }

  /// A title and what differs beneath it; empty where nothing is to be said.
  ///
  /// Notes are about what stays, so a section without changes keeps them to itself.
  private static func section(_ section: PlannedSection, style: Style) -> [String] {
    var title = paragraph(
      printable(section.name) + (section.why.map { " · " + printable($0) } ?? ""), hanging: 2, width: style.width)
    if let first = title.first, first.hasPrefix(printable(section.name)) {
      title[0] = style.paint(printable(section.name), .bold) + first.dropFirst(printable(section.name).count)
    }
    var lines = ChangeTable(section.items.flatMap(\.changes), style: style).lines
    if style.isVerbose || !lines.isEmpty { lines += notes(of: section, style: style) }
    for waiting in section.items.flatMap(\.waiting) { lines += text(of: waiting, style: style) }
    return lines.isEmpty ? [] : title + lines
  }

  /// Something the outside has to bring first.
  static func text(of waiting: Waiting, style: Style) -> [String] {
    let subject = "  … " + printable(waiting.subject)
    let (seen, wanted) = ("seen: " + printable(waiting.seen), "wanted: " + printable(waiting.wanted))
    let line = "\(subject)   \(seen) · \(wanted)"
    if columns(line) <= style.width { return [line] }
    return [subject] + [seen, wanted].flatMap { paragraph($0, indent: 6, hanging: 2, width: style.width) }
  }

  private static func notes(of section: PlannedSection, style: Style) -> [String] {
    let limit = 6
    var lines: [String] = []
    for item in section.items {
      let shown = style.isVerbose || item.notes.count <= limit ? item.notes.count : limit - 1
      for note in item.notes.prefix(shown) {
        lines += paragraph("· " + printable(note), indent: 2, hanging: 2, width: style.width)
      }
      if item.notes.count > shown {
        lines.append("    and \(item.notes.count - shown) more notes on \(printable(item.address)) (--verbose)")
      }
    }
    return lines
  }

  private static func order(of plan: Plan, style: Style) -> [String] {
    let digits = String(plan.steps.count).count
    var lines = [style.paint("Steps", .bold) + " · In the order in which they are done."]
    for (index, planned) in plan.steps.enumerated() {
      let number = String(index + 1)
      let text = spaces(digits - number.count) + number + "  " + title(of: planned.step) + planned.step.riskSuffix
      lines += paragraph(text, indent: 2, hanging: digits + 2, width: style.width)
    }
    return lines
  }

  private static func access(of plan: Plan, style: Style) -> [String] {
    let access = plan.access
    let doubts = access.unproved.flatMap { why in
      paragraph(
        "Not proved: \(printable(why)). Apply closes nothing unless a whole login can be rehearsed.", indent: 2,
        hanging: 2, width: style.width)
    }
    let rehearsals = access.rehearsals.flatMap { self.lines(of: $0, style: style) } + doubts
    return wayIn(access.timeline, style: style) + rehearsals
  }

  /// Who gets in, and from when on.
  static func wayIn(_ timeline: [String], style: Style) -> [String] {
    guard !timeline.isEmpty else { return [] }
    var text = "Your way in:"
    for step in timeline { text += " " + sentence(printable(step)) }
    var lines = paragraph(text, hanging: 2, width: style.width)
    if let first = lines.first { lines[0] = style.paint("Your way in:", .bold) + first.dropFirst(12) }
    return lines
  }

  /// `Rehearsed: …`, `Not rehearsed: …`
  package static func text(of link: RehearsedLink) -> String {
    (link.outcome == .notTried ? "Not rehearsed: " : "Rehearsed: ") + sentence(printable(link.words))
  }

  private static func lines(of link: RehearsedLink, style: Style) -> [String] {
    let lines = paragraph(text(of: link), indent: 2, hanging: 2, width: style.width)
    return link.outcome == .refused ? lines.map { style.paint($0, .alarm) } : lines
  }

  private static func refusals(of plan: Plan, style: Style) -> [[String]] {
    plan.access.refusals.map { lines(of: $0, style: style) }
  }

  private static func closingLines(
    of plan: Plan, isRefused: Bool, closing: String, window: String?, elsewhere: Int?, style: Style
  ) -> [String] {
    var lines: [String] = []
    if plan.changes.contains(where: \.isForecast) {
      let legend = "forecast: the value before is foreseen, not seen; a package that this plan installs brings it."
      lines += paragraph(legend, width: style.width).map { style.paint($0, .dim) }
    }
    let quiet = plan.sections.filter { $0.items.allSatisfy(\.changes.isEmpty) }
    let notes = quiet.flatMap(\.items).reduce(0) { $0 + $1.notes.count }
    if notes > 0 && !style.isVerbose {
      lines.append(style.paint("\(counted(notes, "note")) on sections without changes (--verbose).", .dim))
    }
    if let window, !isRefused { lines += paragraph(window, width: style.width) }
    let waiting = plan.waiting.count
    var text = count(of: plan)
    if waiting > 0 { text += " \(waiting) \(waiting == 1 ? "thing waits" : "things wait") for the outside." }
    if isRefused { text += " Apply refuses this plan." }
    if !closing.isEmpty { text += " " + closing }
    if let elsewhere, elsewhere > 0 { text += inOthers(elsewhere) }
    lines += paragraph(text, width: style.width).map { style.paint($0, .bold) }
    return lines
  }
}
