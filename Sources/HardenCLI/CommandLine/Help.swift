/// Help as text, at most 100 columns wide.
enum Help {
  private static let width = 100

  static func tool(_ verbs: [Verb]) -> String {
    let lines = table(verbs.map { (([$0.name] + $0.arguments).joined(separator: " "), $0.summary) })
    let head = "harden brings a Debian or Ubuntu server to the state that a recipe declares, shows first what it would "
    let tail = "change, and takes it back when asked."
    let promise =
      "Nothing is changed except by apply and undo, which show first what they will do and ask, and by "
      + "secret set."
    return """
      \(wrapped(head + tail, indent: 0))

      \(lines)

      harden VERB --help explains a verb; harden --version prints the version.
      \(wrapped(promise, indent: 0))

      """
  }

  static func verb(_ verb: Verb) -> String {
    let usage = (["harden", verb.name] + verb.arguments + (verb.flags.isEmpty ? [] : ["[OPTION…]"]))
      .joined(separator: " ")
    var parts = ["\(usage)\n\(wrapped(sentence(verb.summary), indent: 2))"]
    parts += verb.discussion.map { wrapped($0, indent: 0) }
    parts.append(table(verb.flags.map { ($0.usage, $0.summary) }))
    if !verb.examples.isEmpty { parts.append(verb.examples.map { "  " + $0 }.joined(separator: "\n")) }
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// With a capital letter in front and a full stop behind.
  static func sentence(_ words: String) -> String { words.prefix(1).uppercased() + words.dropFirst() + "." }

  /// Two columns; the second is wrapped in itself.
  static func table(_ rows: [(String, String)]) -> String {
    let left = (rows.map(\.0.count).max() ?? 0) + 4
    return rows.map { name, summary in
      let text = wrapped(summary, indent: left)
      return "  " + name + text.dropFirst(name.count + 2)
    }.joined(separator: "\n")
  }

  /// Breaks at blanks and at line ends, every line indented.
  static func wrapped(_ text: String, indent: Int) -> String {
    text.lines.map { paragraph($0, indent: indent) }.joined(separator: "\n")
  }

  private static func paragraph(_ text: Substring, indent: Int) -> String {
    let margin = String(repeating: " ", count: indent)
    var (lines, line, filled): ([String], String, Int) = ([], "", 0)
    for word in text.split(separator: " ") {
      let count = word.count
      if !line.isEmpty, indent + filled + 1 + count > width {
        lines.append(line)
        (line, filled) = ("", 0)
      }
      filled += line.isEmpty ? count : count + 1
      line += line.isEmpty ? "\(word)" : " \(word)"
    }
    lines.append(line)
    return lines.map { margin + $0 }.joined(separator: "\n")
  }
}
