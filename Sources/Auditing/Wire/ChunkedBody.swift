/// A body in chunks (RFC 9112 §7.1), read as strictly as Node's parser does it.
package enum ChunkedBody {
  /// What the chunks hold; nil for what is wrong, for what ends too early and for anything behind the last chunk.
  ///
  /// - Parameter isWhole: otherwise it may break off anywhere.
  package static func data(_ bytes: [UInt8], isWhole: Bool = true) -> [UInt8]? {
    var (rest, data): (ArraySlice<UInt8>, [UInt8]) = (bytes[...], [])
    while true {
      guard let head = line(&rest) else { return isWhole ? nil : data }
      guard let size = size(head) else { return nil }
      if size == 0 { break }
      guard rest.count >= size + 2 else { return isWhole ? nil : data + rest.prefix(size) }
      data += rest.prefix(size)
      rest = rest.dropFirst(size)
      guard rest.starts(with: [0x0D, 0x0A]) else { return nil }
      rest = rest.dropFirst(2)
    }
    while true {
      guard let field = line(&rest) else { return isWhole ? nil : data }
      if field.isEmpty { return rest.isEmpty || !isWhole ? data : nil }
      guard isField(field) else { return nil }
    }
  }

  /// Up to CR and LF; nil where neither comes, nothing at all where only one does.
  private static func line(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let end = rest.firstIndex(of: 0x0A) else { return nil }
    defer { rest = rest[(end + 1)...] }
    return rest[..<end].last == 0x0D ? rest[..<(end - 1)] : [0]
  }

  /// Hexadecimal digits, and behind each of the semicolons a name and perhaps a value.
  private static func size(_ head: ArraySlice<UInt8>) -> Int? {
    let digits = head.prefix { Unicode.Scalar($0).isHexDigit }
    var rest = head.dropFirst(digits.count)
    while rest.first == UInt8(ascii: ";") {
      rest = rest.dropFirst()
      guard !rest.isEmpty else { return nil }
      rest = rest.drop(while: isToken)
      guard rest.first == UInt8(ascii: "=") else { continue }
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "\"") {
        guard let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\"")), rest[..<end].allSatisfy(isText) else {
          return nil
        }
        rest = rest[(end + 1)...]
      } else {
        rest = rest.drop(while: isToken)
      }
    }
    return rest.isEmpty ? Int(String(decoding: digits, as: UTF8.self), radix: 16) : nil
  }

  /// RFC 9110 §5.6.2.
  private static func isToken(_ byte: UInt8) -> Bool {
    let scalar = Unicode.Scalar(byte)
    return scalar.isLetter || scalar.isDigit || "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }

  private static func isField(_ line: ArraySlice<UInt8>) -> Bool {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return false }
    return line[..<colon].allSatisfy(isToken) && line[colon...].allSatisfy(isText)
  }

  private static func isText(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }
}
