/// Text as browsers' own JavaScript handles it: a scanner that is to agree with one must trim and cut like it.
extension StringProtocol {
  /// Without white space at both ends, by ECMA-262's `String.prototype.trim`.
  var trimmed: String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.isWhiteSpace }),
      let last = scalars.lastIndex(where: { !$0.isWhiteSpace })
    else { return "" }
    return String(String.UnicodeScalarView(scalars[first...last]))
  }

  /// Cut at every such character; empty pieces stay.
  func pieces(at separator: Unicode.Scalar) -> [String] {
    unicodeScalars.split(separator: separator, omittingEmptySubsequences: false)
      .map { String(String.UnicodeScalarView($0)) }
  }

  /// The words between white space.
  var words: [String] {
    unicodeScalars.split(whereSeparator: \.isWhiteSpace).map { String(String.UnicodeScalarView($0)) }
  }

  /// Whether it begins with these very code points; `hasPrefix` compares what looks the same.
  func begins(with prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

  /// Whether `part` occurs in it.
  func has(_ part: String) -> Bool {
    let (whole, part) = (Array(utf8), Array(part.utf8))
    guard let first = part.first else { return true }
    var rest = whole[...]
    while rest.count >= part.count, let start = rest.firstIndex(of: first) {
      rest = rest[start...]
      if rest.starts(with: part) { return true }
      rest = rest.dropFirst()
    }
    return false
  }

  /// The first so many UTF-16 code units, as `String.prototype.slice` counts.
  func cut(to limit: Int) -> String {
    guard utf16.count > limit else { return String(self) }
    return String(decoding: utf16.prefix(limit), as: UTF16.self)
  }

  /// The text before and after the first such character; all of it and nil where there is none.
  func parted(at separator: Unicode.Scalar) -> (String, String?) {
    let scalars = unicodeScalars
    guard let seam = scalars.firstIndex(of: separator) else { return (String(self), nil) }
    return (
      String(String.UnicodeScalarView(scalars[..<seam])),
      String(String.UnicodeScalarView(scalars[scalars.index(after: seam)...]))
    )
  }
}

extension Unicode.Scalar {
  /// ECMA-262 WhiteSpace and LineTerminator.
  var isWhiteSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x20, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF: true
    default: false
    }
  }

  var isDigit: Bool { ("0"..."9").contains(self) }
  var isLetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
  var isHexDigit: Bool { isDigit || ("a"..."f").contains(self) || ("A"..."F").contains(self) }
}

/// RFC 4648 §4.
func base64(_ bytes: [UInt8]) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  var text = ""
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let number = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[start + $1]) : 0) }
    for place in 0..<4 {
      text.append(place <= group.count ? letters[(number >> (18 - 6 * place)) & 63] : "=")
    }
  }
  return text
}
