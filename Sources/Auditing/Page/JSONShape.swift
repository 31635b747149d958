/// What a text is when it is read as JSON (RFC 8259): the Observatory's HTTP client turns a body that is JSON into a
/// value, which it then cannot scan.
enum JSONShape: Hashable {
  case structure
  case string(String)

  /// Nil for what is no JSON. What JavaScript takes for nothing, and a list of nothing, is an empty text.
  init?(_ text: String) {
    var reader = Reader(bytes: Array(text.utf8))
    reader.skipBlanks()
    let start = reader.position
    guard reader.value() else { return nil }
    let inner = reader.bytes[start..<reader.position]
    reader.skipBlanks()
    guard reader.peek == nil else { return nil }
    switch inner.first {
    case UInt8(ascii: "\""): self = .string(reader.unquoted(start + 1..<start + inner.count - 1))
    case UInt8(ascii: "f"), UInt8(ascii: "n"): self = .string("")
    case UInt8(ascii: "["): self = inner.dropFirst().dropLast().allSatisfy(Reader.isBlank) ? .string("") : .structure
    default: self = Double(String(decoding: inner, as: UTF8.self)) == 0 ? .string("") : .structure
    }
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
    mutating func skipBlanks() {
      while let byte = peek, Self.isBlank(byte) { position += 1 }
    }

    mutating func take(_ text: String) -> Bool {
      guard bytes[position...].starts(with: text.utf8) else { return false }
      position += text.utf8.count
      return true
    }

    /// Lists within lists are counted, not called: a body of a megabyte of brackets must not use up the stack.
    mutating func value() -> Bool {
      /// What closes each list that is open, the innermost last.
      var open: [UInt8] = []
      while true {
        if let opener = peek, opener == UInt8(ascii: "{") || opener == UInt8(ascii: "[") {
          let closer = opener == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]")
          position += 1
          skipBlanks()
          if peek != closer {
            open.append(closer)
            guard key(in: closer) else { return false }
            continue
          }
          position += 1
        } else if !scalar() {
          return false
        }
        // Behind a value: the ends of lists, or a comma and what comes next.
        while let closer = open.last {
          skipBlanks()
          if take(",") {
            skipBlanks()
            guard key(in: closer) else { return false }
            break
          }
          guard peek == closer else { return false }
          position += 1
          open.removeLast()
        }
        if open.isEmpty { return true }
      }
    }

    private mutating func scalar() -> Bool {
      switch peek {
      case nil: false
      case UInt8(ascii: "\""): string()
      case UInt8(ascii: "t"): take("true")
      case UInt8(ascii: "f"): take("false")
      case UInt8(ascii: "n"): take("null")
      default: number()
      }
    }

    /// An object's next key and its colon; in a list there is none.
    private mutating func key(in closer: UInt8) -> Bool {
      guard closer == UInt8(ascii: "}") else { return true }
      guard peek == UInt8(ascii: "\""), string() else { return false }
      skipBlanks()
      guard take(":") else { return false }
      skipBlanks()
      return true
    }

    mutating func string() -> Bool {
      position += 1
      while let byte = peek {
        position += 1
        if byte == UInt8(ascii: "\"") { return true }
        if byte < 0x20 { return false }
        if byte == UInt8(ascii: "\\") {
          guard let escape = peek else { return false }
          position += 1
          if escape == UInt8(ascii: "u") {
            guard position + 4 <= bytes.count,
              bytes[position..<(position + 4)].allSatisfy({ Unicode.Scalar($0).isHexDigit })
            else { return false }
            position += 4
          } else if !"\"\\/bfnrt".utf8.contains(escape) {
            return false
          }
        }
      }
      return false
    }

    mutating func number() -> Bool {
      if peek == UInt8(ascii: "-") { position += 1 }
      if peek == UInt8(ascii: "0") { position += 1 } else if !digits() { return false }
      if peek == UInt8(ascii: ".") {
        position += 1
        guard digits() else { return false }
      }
      if let byte = peek, "eE".utf8.contains(byte) {
        position += 1
        if let sign = peek, "+-".utf8.contains(sign) { position += 1 }
        guard digits() else { return false }
      }
      return true
    }

    mutating func digits() -> Bool {
      let start = position
      while let byte = peek, (0x30...0x39).contains(byte) { position += 1 }
      return position > start
    }

    func unquoted(_ range: Range<Int>) -> String {
      var units: [UInt16] = []
      var rest = Array(String(decoding: bytes[range], as: UTF8.self).utf16)[...]
      let plain: [Character: UInt16] = ["b": 8, "f": 12, "n": 10, "r": 13, "t": 9]
      while let unit = rest.popFirst() {
        guard unit == 0x5C, let escape = rest.popFirst() else {
          units.append(unit)
          continue
        }
        let letter = Character(Unicode.Scalar(UInt8(truncatingIfNeeded: escape)))
        if letter == "u" {
          units.append(UInt16(String(decoding: rest.prefix(4), as: UTF16.self), radix: 16) ?? 0xFFFD)
          rest = rest.dropFirst(4)
        } else {
          units.append(plain[letter] ?? escape)
        }
      }
      return String(decoding: units, as: UTF16.self)
    }
  }
}
