/// A structured header field that is one item (RFC 8941 §3.3), with its parameters read and dropped.
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

    private mutating func bytesItem() -> Bool {
      position += 1
      while let byte = peek {
        position += 1
        if byte == UInt8(ascii: ":") { return true }
        guard isLower(byte) || (0x41...0x5A).contains(byte) || isDigit(byte) || "+/=".utf8.contains(byte) else {
          return false
        }
      }
      return false
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
