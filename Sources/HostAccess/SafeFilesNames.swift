/// File names are bytes: what is no printable UTF-8 is written as `\xNN`, a backslash as `\\`, and can be read back.
package enum ByteName {
  package static func text(_ bytes: some Collection<UInt8>) -> String {
    let isPlain = bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
    if isPlain { return String(decoding: bytes, as: UTF8.self) }
    var text = ""
    var decoder = UTF8()
    var rest = Array(bytes)[...]
    while let first = rest.first {
      // Takes one scalar; on an error one byte, so that every byte of a broken sequence is kept.
      var iterator = rest.makeIterator()
      if case .scalarValue(let scalar) = decoder.decode(&iterator) {
        let width = UTF8.width(scalar)
        if scalar == "\\" {
          text += "\\\\"
        } else if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || isDirectional(scalar) {
          for byte in rest.prefix(width) { text += escaped(byte) }
        } else {
          text.unicodeScalars.append(scalar)
        }
        rest = rest.dropFirst(width)
      } else {
        text += escaped(first)
        rest = rest.dropFirst()
      }
      decoder = UTF8()
    }
    return text
  }

  package static func bytes(_ text: String) -> [UInt8] {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return Array(text.utf8) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
        bytes.append(byte)
        continue
      }
      guard kind == UInt8(ascii: "x"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else {
        bytes.append(kind)
        continue
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return bytes
  }

  /// Marks that turn the direction of a terminal's text, and with it what a reader believes to see.
  private static func isDirectional(_ scalar: Unicode.Scalar) -> Bool {
    (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
      || (0x2028...0x2029).contains(scalar.value)
  }

  private static func escaped(_ byte: UInt8) -> String {
    "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
