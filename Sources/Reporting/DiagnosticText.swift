import HostState

extension Report {
  /// One error: what is wrong, where, why it matters, and a command to copy on a line of its own.
  package static func text(of diagnostic: Diagnostic, style: Style) -> String {
    joined([lines(of: diagnostic, style: style)])
  }

  /// All errors at once, counted where there are several.
  ///
  /// - Parameter closing: what became of the host: `Nothing has been touched.`
  package static func text(of diagnostics: [Diagnostic], style: Style, closing: String = "") -> String {
    guard !diagnostics.isEmpty else { return "" }
    var blocks = diagnostics.map { lines(of: $0, style: style) }
    var last = diagnostics.count > 1 ? counted(diagnostics.count, "error") + "." : ""
    if !closing.isEmpty { last += (last.isEmpty ? "" : " ") + closing }
    if !last.isEmpty { blocks.append([last]) }
    return joined(blocks)
  }

  static func lines(of diagnostic: Diagnostic, style: Style) -> [String] {
    var lines = [style.paint("error:", .alarm) + " " + style.paint(printable(diagnostic.summary), .bold)]
    let place = [diagnostic.address, diagnostic.source?.description].compactMap { $0 }.map(printable)
    if !place.isEmpty { lines.append("  " + style.paint(place.joined(separator: ", "), .dim)) }
    lines += [""] + paragraphs(shortened(quotesIn: diagnostic.detail), style: style)
    if let command = diagnostic.command {
      lines += [
        "", "  \(printable(command.line)) ended with \(command.status)" + (command.lastErrors.isEmpty ? "" : ":"),
      ]
      for line in command.lastErrors.lines { lines.append("      " + printable(String(line))) }
    }
    if let fix = diagnostic.fix, fix.utf8.count <= longestFix { lines += [""] + self.fix(fix, style: style) }
    if diagnostic.isBug {
      let words = "Neither the recipe nor the host is to blame. Report it with the lines above."
      lines += [""] + paragraphs(words, style: style)
    }
    return lines
  }

  /// Nobody copies a longer command; it comes of an argument that was as long.
  private static let longestFix = 4000
  private static let longestQuote = 200

  /// The same with what stands in quotation marks on one line, and cut where it is long: that is what somebody typed, of
  /// any length.
  static func shortened(quotesIn text: String) -> String {
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "“"), let end = rest[start...].firstIndex(of: "”") {
      let quoted = rest[rest.index(after: start)..<end]
      result += rest[...start]
      let shown = quoted.prefix(longestQuote)
      result += printable(String(shown)) + (shown.endIndex < quoted.endIndex ? "…" : "")
      rest = rest[end...]
    }
    return result + rest
  }

  private static func paragraphs(_ text: String, style: Style) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
      line.isEmpty ? [""] : paragraph(printable(String(line)), indent: 2, width: style.width)
    }
  }

  /// Sentences end in a full stop and are wrapped; anything else is a command and stays on one line.
  private static func fix(_ text: String, style: Style) -> [String] {
    text.lines.flatMap { line -> [String] in
      let line = printable(String(line))
      if let last = line.last, ".:!?".contains(last) { return paragraph(line, indent: 2, width: style.width) }
      return ["      " + style.paint(line, .bold)]
    }
  }
}
