/// IPv6 addresses, each of which can be written in many ways.
enum IPv6 {
  /// The eight numbers of an address (RFC 4291 §2.2), with brackets around it or without; nil for what is none.
  static func groups(_ text: String) -> [UInt16]? {
    var scalars = Array(text.unicodeScalars)[...]
    if scalars.first == "[", scalars.last == "]" { scalars = scalars.dropFirst().dropLast() }
    let gap = scalars.indices.dropLast().first { scalars[$0] == ":" && scalars[$0 + 1] == ":" }
    guard let gap else { return numbers(scalars).flatMap { $0.count == 8 ? $0 : nil } }
    guard let left = numbers(scalars[..<gap]), let right = numbers(scalars[(gap + 2)...]) else { return nil }
    let missing = 8 - left.count - right.count
    return missing > 0 ? left + [UInt16](repeating: 0, count: missing) + right : nil
  }

  /// Hexadecimal numbers between colons, in place of the last two an IPv4 address; nothing is none of them.
  private static func numbers(_ text: ArraySlice<Unicode.Scalar>) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    let parts = String(String.UnicodeScalarView(text)).pieces(at: ":")
    var numbers: [UInt16] = []
    for (index, part) in parts.enumerated() {
      if index == parts.count - 1, isIPv4(part) {
        let bytes = part.pieces(at: ".").compactMap { UInt16($0) }
        numbers += [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
      } else {
        guard (1...4).contains(part.utf8.count), part.unicodeScalars.allSatisfy(\.isHexDigit),
          let number = UInt16(part, radix: 16)
        else { return nil }
        numbers.append(number)
      }
    }
    return numbers
  }
}
