/// The headers that every response gets, against those that harden's own file and the files of others set today.
extension Apache {
  func headerChanges(on host: Observations) throws(Diagnostic) -> [Change] {
    let path = ApacheFiles.available("conf", Self.name)
    var before: [String: String] = [:]
    if case .there(let text) = try host.contents(path) { before = Self.headerValues(in: text) }
    var others: [ForeignHeader] = []
    if case .there(let result) = try judged(on: host), result.status == 0 {
      others = foreignHeaders(in: ApacheConfiguration.parsed[result.output]).filter { $0.value != nil }
    }
    var changes: [Change] = []
    let list = headers.list(coep: coep)
    for header in list where before[header.name] != header.value {
      let other = before[header.name] == nil ? others.last { $0.name == header.name } : nil
      if other?.value == header.value { continue }
      changes.append(
        Change(
          "header", header.name, from: before[header.name] ?? other?.value, to: header.value,
          decidedBy: other.map { "set by \($0.directive.place)" }, warning: header.warning))
    }
    for (name, value) in before.sorted(by: { $0.key < $1.key }) where !list.contains(where: { $0.name == name }) {
      changes.append(Change("header", name, from: value, to: nil))
    }
    return changes
  }

  /// Lines of others that want a header of harden's otherwise: they lose, and whoever wrote them should know.
  func headerNotes(in configuration: ApacheConfiguration) -> [String] {
    let wanted = headers.list(coep: coep)
    return foreignHeaders(in: configuration).compactMap { other in
      if wanted.contains(where: { $0.name == other.name && $0.value == other.value }) { return nil }
      return "\(other.directive.place) sets \(other.name.lowercased()) too; the value above is what browsers get"
    }
  }

  private func foreignHeaders(in configuration: ApacheConfiguration) -> [ForeignHeader] {
    let names = headers.list(coep: coep).map(\.name)
    return configuration.directives.compactMap { ForeignHeader($0, among: names) }
  }

  /// The lines `Header always set NAME "VALUE"` of harden's own file.
  private static func headerValues(in text: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in text.lines {
      let words = line.drop { $0 == " " }.split(separator: " ", maxSplits: 4)
      guard words.count == 5, words[0] == "Header", words[1] == "always", words[2] == "set" else { continue }
      values[String(words[3])] = String(words[4].filter { $0 != "\"" })
    }
    return values
  }
}

/// A line of others that concerns one of harden's headers.
private struct ForeignHeader {
  /// As harden writes it.
  let name: String
  /// What every response has it as; nil for a line of one section, under a condition, or that adds to it.
  let value: String?
  let directive: ApacheConfiguration.Directive

  init?(_ directive: ApacheConfiguration.Directive, among names: [String]) {
    guard directive.name.lowercased() == "header", !directive.file.contains("harden") else { return nil }
    var words = Self.words(directive.arguments)
    if let table = words.first?.lowercased(), ["always", "onsuccess"].contains(table) { words.removeFirst() }
    guard words.count > 1, let name = names.first(where: { $0.lowercased() == words[1].lowercased() }) else {
      return nil
    }
    let isPlain = words.count == 3 && words[0].lowercased() == "set" && directive.sections.isEmpty
    (self.name, self.value, self.directive) = (name, isPlain ? words[2] : nil, directive)
  }

  /// As Apache splits a line: what stands in quotation marks is one word.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var (word, quote): (String?, Character?) = (nil, nil)
    for character in text {
      switch (quote, character) {
      case (nil, " "), (nil, "\t"):
        if let whole = word { words.append(whole) }
        word = nil
      case (nil, "\""), (nil, "'"):
        if let whole = word { word = whole + String(character) } else { (word, quote) = ("", character) }
      case (let open?, _) where open == character: quote = nil
      default: word = (word ?? "") + String(character)
      }
    }
    if let word { words.append(word) }
    return words
  }
}
