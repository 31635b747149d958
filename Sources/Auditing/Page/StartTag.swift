/// A start tag as it stands in a page: its name in lower case, its attributes decoded.
package struct StartTag: Hashable, Sendable {
  package let name: String
  /// In order; of attributes with one name the first alone.
  package let attributes: [Attribute]
  package let isSelfClosing: Bool

  package struct Attribute: Hashable, Sendable {
    package let name: String
    package let value: String
  }

  package func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }
}

/// All of a page's start tags with the raw texts, found as htmlparser2 12 finds them, which the Observatory scans pages
/// with: a forgiving tokenizer, close to the HTML standard's but for scripts with `<!--` in them and for CDATA sections.
///
/// Comments, declarations and the raw text of `script`, `style`, `title` and the like are not looked into; within `svg`
/// and `math` those elements hold no raw text. A tag that the end of the page cuts off is none.
package struct PageScan: Sendable {
  package private(set) var tags: [StartTag] = []
  /// The text of each inline script and style, by the index of its tag.
  package private(set) var rawTexts: [Int: String] = [:]
  /// The text of the first `title`.
  package var title: String? {
    tags.firstIndex { $0.name == "title" }.flatMap { rawTexts[$0] }
  }

  private let input: [UInt8]
  private var position = 0
  private var elements = OpenElements()

  package init(_ page: String) {
    input = Array(page.utf8)
    while let open = next(UInt8(ascii: "<"), from: position) {
      position = open + 1
      readMarkup()
    }
  }

  private func next(_ byte: UInt8, from start: Int) -> Int? {
    start < input.count ? input[start...].firstIndex(of: byte) : nil
  }

  private func isAhead(_ text: String, at place: Int) -> Bool {
    let wanted = Array(text.utf8)
    guard place + wanted.count <= input.count else { return false }
    return (0..<wanted.count).allSatisfy { lower(input[place + $0]) == wanted[$0] }
  }

  /// Behind a `<`.
  private mutating func readMarkup() {
    guard position < input.count else { return }
    let byte = input[position]
    if isLetter(byte) {
      readStartTag()
    } else if byte == UInt8(ascii: "/") {
      readEndTag()
    } else if isAhead("!--", at: position) {
      skipComment()
    } else if input[position...].starts(with: "![CDATA[".utf8) {
      position = find("]]>", from: position + 8).map { $0 + 3 } ?? input.count
    } else if byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?") {
      position = next(UInt8(ascii: ">"), from: position).map { $0 + 1 } ?? input.count
    }
  }

  /// `<!-->` and `<!--->` are whole; `--!>` ends one as well.
  private mutating func skipComment() {
    position += 3
    if isAhead(">", at: position) { return position += 1 }
    if isAhead("->", at: position) { return position += 2 }
    while let dash = next(UInt8(ascii: "-"), from: position) {
      if isAhead("-->", at: dash) { return position = dash + 3 }
      if isAhead("--!>", at: dash) { return position = dash + 4 }
      position = dash + 1
    }
    position = input.count
  }

  private mutating func readEndTag() {
    guard position + 1 < input.count else { return position = input.count }
    position += 1
    if input[position] == UInt8(ascii: ">") { return position += 1 }
    guard isLetter(input[position]) else {
      return position = next(UInt8(ascii: ">"), from: position).map { $0 + 1 } ?? input.count
    }
    skipEndTag()
  }

  /// From its name on; whatever stands behind the name, it ends at the next `>`.
  private mutating func skipEndTag() {
    let start = position
    while position < input.count, !isBlank(input[position]), !"/>".utf8.contains(input[position]) { position += 1 }
    guard position < input.count else { return }
    elements.close(text(start..<position).lowercased())
    position = next(UInt8(ascii: ">"), from: position).map { $0 + 1 } ?? input.count
  }

  private mutating func readStartTag() {
    let isForeign = elements.isForeign
    guard let tag = readTag() else { return }
    if elements.open(tag.name, isSelfClosing: tag.isSelfClosing) { tags.append(tag) }
    guard !isForeign else { return }
    switch tag.name {
    case "script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp": skipRawText(until: tag.name)
    case "plaintext": position = input.count
    default: break
    }
  }

  /// The name and attributes at the current place, up to and with `>`; nil at the end of the page.
  private mutating func readTag() -> StartTag? {
    let nameStart = position
    while position < input.count, !isBlank(input[position]), !"/>".utf8.contains(input[position]) { position += 1 }
    let name = text(nameStart..<position).lowercased()
    var attributes: [StartTag.Attribute] = []
    var seen: Set<String> = []
    var isSelfClosing = false
    while true {
      while position < input.count, isBlank(input[position]) { position += 1 }
      guard position < input.count else { return nil }
      if input[position] == UInt8(ascii: ">") {
        position += 1
        return StartTag(name: name, attributes: attributes, isSelfClosing: isSelfClosing)
      }
      if input[position] == UInt8(ascii: "/") {
        position += 1
        while position < input.count, isBlank(input[position]) { position += 1 }
        isSelfClosing = position < input.count && input[position] == UInt8(ascii: ">")
        continue
      }
      guard let attribute = readAttribute() else { return nil }
      if seen.insert(attribute.name).inserted { attributes.append(attribute) }
    }
  }

  private mutating func readAttribute() -> StartTag.Attribute? {
    let start = position
    // A name may begin with an equals sign.
    position += 1
    while position < input.count, !isBlank(input[position]), !"/>=".utf8.contains(input[position]) { position += 1 }
    let name = text(start..<position).lowercased()
    while position < input.count, isBlank(input[position]) { position += 1 }
    guard position < input.count, input[position] == UInt8(ascii: "=") else {
      return position < input.count ? StartTag.Attribute(name: name, value: "") : nil
    }
    position += 1
    while position < input.count, isBlank(input[position]) { position += 1 }
    guard position < input.count else { return nil }
    let quote = input[position]
    let valueStart: Int
    if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      valueStart = position + 1
      guard let end = next(quote, from: valueStart) else {
        position = input.count
        return nil
      }
      position = end + 1
      return StartTag.Attribute(name: name, value: CharacterReferences.decoded(text(valueStart..<end)))
    }
    valueStart = position
    while position < input.count, !isBlank(input[position]), input[position] != UInt8(ascii: ">") { position += 1 }
    return StartTag.Attribute(name: name, value: CharacterReferences.decoded(text(valueStart..<position)))
  }

  /// To the end tag that ends it: the first of that name, also behind `<!--` in a script.
  private mutating func skipRawText(until name: String) {
    let start = position
    while let open = next(UInt8(ascii: "<"), from: position) {
      if isWord("</" + name, at: open) {
        rawTexts[tags.count - 1] = text(start..<open)
        position = open + 2
        return skipEndTag()
      }
      position = open + 1
    }
    position = input.count
    rawTexts[tags.count - 1] = text(start..<position)
  }

  /// The text, and behind it what ends a tag's name.
  private func isWord(_ word: String, at place: Int) -> Bool {
    let end = place + word.utf8.count
    return isAhead(word, at: place) && end < input.count && (isBlank(input[end]) || "/>".utf8.contains(input[end]))
  }

  private func find(_ word: String, from start: Int) -> Int? {
    var place = start
    while let found = next(Array(word.utf8)[0], from: place) {
      if isAhead(word, at: found) { return found }
      place = found + 1
    }
    return nil
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: input[range], as: UTF8.self) }
}

private func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
private func isBlank(_ byte: UInt8) -> Bool { [0x09, 0x0A, 0x0C, 0x0D, 0x20].contains(byte) }
private func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte + 0x20 : byte }
