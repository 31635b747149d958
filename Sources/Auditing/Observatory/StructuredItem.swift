/// A structured header field that is one item (RFC 9651 §3.3), with its parameters read and dropped.
struct StructuredItem {
  /// Nil for an item that is no token: a string, a number and so on.
  let token: String?

  /// Nil for what is no item.
  init?(_ text: String) {
    var reader = Reader(bytes: Array(text.utf8))
    reader.skipSpaces()
    guard let item = reader.bareItem() else { return nil }
    while reader.take(";") {
      reader.skipSpaces()
      guard reader.key() else { return nil }
      if reader.take("=") { guard reader.bareItem() != nil else { return nil } }
    }
    reader.skipSpaces()
    guard reader.peek == nil else { return nil }
    if case .token(let text) = item { token = text } else { token = nil }
  }

  private enum Item {
    case token(String)
    case other
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }
    mutating func skipSpaces() { while peek == 0x20 { position += 1 } }
    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard peek == UInt8(ascii: character) else { return false }
      position += 1
      return true
    }

    mutating func key() -> Bool {
      guard let first = peek, isLower(first) || first == UInt8(ascii: "*") else { return false }
      while let byte = peek, isLower(byte) || isDigit(byte) || "_-.*".utf8.contains(byte) { position += 1 }
      return true
    }

    mutating func bareItem() -> Item? {
      guard let first = peek else { return nil }
      switch first {
      case UInt8(ascii: "\""): return string() ? .other : nil
      case UInt8(ascii: ":"): return bytesItem() ? .other : nil
      case UInt8(ascii: "@"): return date() ? .other : nil
      case UInt8(ascii: "%"): return displayString() ? .other : nil
      case UInt8(ascii: "?"):
        position += 1
        return take("0") || take("1") ? .other : nil
      case UInt8(ascii: "*"), 0x41...0x5A, 0x61...0x7A: return .token(token())
      default: return number() ? .other : nil
      }
    }

    private mutating func token() -> String {
      let start = position
      while let byte = peek,
        isLower(byte) || (0x41...0x5A).contains(byte) || isDigit(byte) || ":/!#$%&'*+-.^_`|~".utf8.contains(byte)
      { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func string() -> Bool {
      position += 1
      while let byte = peek {
        position += 1
        if byte == UInt8(ascii: "\"") { return true }
        if byte < 0x20 || byte > 0x7E { return false }
        if byte == UInt8(ascii: "\\") { guard take("\"") || take("\\") else { return false } }
      }
      return false
    }

    /// A date must be the last that there is: the original's reader wants digits up to the end.
    private mutating func date() -> Bool {
      position += 1
      _ = take("-")
      let digits = bytes[position...]
      position = bytes.count
      return (1...15).contains(digits.count) && digits.allSatisfy(isDigit)
    }

    /// Like a string, with percent escapes in lower case that must come to UTF-8.
    private mutating func displayString() -> Bool {
      position += 1
      guard take("\"") else { return false }
      var decoded: [UInt8] = []
      while let byte = peek {
        position += 1
        if byte == UInt8(ascii: "\"") { return String(validating: decoded, as: UTF8.self) != nil }
        if byte < 0x20 || byte > 0x7E { return false }
        guard byte == UInt8(ascii: "%") else {
          decoded.append(byte)
          continue
        }
        let escape = bytes[position...].prefix(2)
        guard escape.count == 2, escape.allSatisfy({ isDigit($0) || (0x61...0x66).contains($0) }) else { return false }
        decoded.append(UInt8(String(decoding: escape, as: UTF8.self), radix: 16) ?? 0)
        position += 2
      }
      return false
    }

    private mutating func bytesItem() -> Bool {
      position += 1
      let start = position
      while let byte = peek {
        position += 1
        if byte == UInt8(ascii: ":") { return Self.isBase64(bytes[start..<(position - 1)]) }
        guard isLower(byte) || (0x41...0x5A).contains(byte) || isDigit(byte) || "+/=".utf8.contains(byte) else {
          return false
        }
      }
      return false
    }

    /// Of these letters alone, with padding or without: "forgiving-base64" of the Infra standard.
    private static func isBase64(_ text: ArraySlice<UInt8>) -> Bool {
      var text = text
      let padding = UInt8(ascii: "=")
      if text.count % 4 == 0 { for _ in 0..<2 where text.last == padding { text.removeLast() } }
      return text.count % 4 != 1 && !text.contains(padding)
    }

    private mutating func number() -> Bool {
      _ = take("-")
      let start = position
      while let byte = peek, isDigit(byte) { position += 1 }
      let whole = position - start
      guard whole > 0 else { return false }
      guard take(".") else { return whole <= 15 }
      let fractionStart = position
      while let byte = peek, isDigit(byte) { position += 1 }
      return whole <= 12 && (1...3).contains(position - fractionStart)
    }

    private func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  }
}
