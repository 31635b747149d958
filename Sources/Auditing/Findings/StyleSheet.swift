/// What a style sheet loads: fonts, images, other style sheets.
enum StyleSheet {
  static func resources(of text: String, at address: WebAddress?) -> [PageResources.Resource] {
    var reader = Reader(bytes: Array(text.utf8))
    var found: [PageResources.Resource] = []
    while let (url, isImport) = reader.next() {
      guard !url.isEmpty, !url.begins(with: "#") else { continue }
      found.append(
        PageResources.Resource(
          kind: isImport ? .style : kind(url), text: url, address: address?.resolving(url), integrity: nil))
    }
    return found
  }

  /// By the name: what it is for, the place alone does not say.
  private static func kind(_ url: String) -> PageResources.Kind {
    let url = url.lowercased()
    let path = url.parted(at: "?").0.parted(at: "#").0
    let isFont =
      [".woff", ".woff2", ".ttf", ".otf", ".eot"].contains { path.hasSuffix($0) }
      || url.begins(with: "data:font") || url.begins(with: "data:application/font")
    return isFont ? .font : path.hasSuffix(".css") ? .style : .image
  }

  /// As far as CSS Syntax 3 is needed: comments and strings are passed over.
  private struct Reader {
    let bytes: [UInt8]
    var position = 0
    var isImport = false

    /// The next `url(…)`, or the string behind an `@import`.
    mutating func next() -> (String, isImport: Bool)? {
      while position < bytes.count {
        let byte = bytes[position]
        if byte == UInt8(ascii: "/"), take("/*") {
          while position < bytes.count, !take("*/") { position += 1 }
        } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
          let text = string()
          if isImport { return ended(text) }
        } else if byte == UInt8(ascii: "@"), take("@import") {
          isImport = true
        } else if byte | 0x20 == UInt8(ascii: "u"), take("url(") {
          return ended(url())
        } else {
          if ";{}".utf8.contains(byte) { isImport = false }
          position += 1
        }
      }
      return nil
    }

    private mutating func ended(_ text: String) -> (String, isImport: Bool) {
      defer { isImport = false }
      return (text, isImport)
    }

    /// In whatever case.
    private mutating func take(_ word: StaticString) -> Bool {
      let count = word.utf8CodeUnitCount
      guard position + count <= bytes.count else { return false }
      for index in 0..<count {
        let byte = bytes[position + index]
        let small = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        if small != word.utf8Start[index] { return false }
      }
      position += count
      return true
    }

    /// To the same quote, or to the end of the line, which ends what is none.
    private mutating func string() -> String {
      let quote = bytes[position]
      var text: [UInt8] = []
      position += 1
      while position < bytes.count, bytes[position] != quote, bytes[position] != 0x0A {
        if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count { position += 1 }
        text.append(bytes[position])
        position += 1
      }
      position += 1
      return String(decoding: text, as: UTF8.self).trimmed
    }

    private mutating func url() -> String {
      while position < bytes.count, [0x09, 0x0A, 0x0C, 0x0D, 0x20].contains(bytes[position]) { position += 1 }
      if position < bytes.count, "\"'".utf8.contains(bytes[position]) { return string() }
      let start = position
      while position < bytes.count, bytes[position] != UInt8(ascii: ")") { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self).trimmed
    }
  }
}
