/// The lines of an `authorized_keys` file: sshd(8). Lines of others are kept byte for byte.
package struct AuthorizedKeys: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    /// Without its line end.
    package let line: String
    /// Nil for a comment, an empty line and what sshd would not read.
    package let key: PublicKey?
    /// `from="…"`, `command="…"`, in front of the key.
    package let options: String
  }
  package private(set) var entries: [Entry]
  private let lineEnd: String
  private let endsWithLineEnd: Bool

  package init(_ text: String) {
    var lines: [[UInt8]] = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    endsWithLineEnd = lines.last?.isEmpty ?? true
    if endsWithLineEnd { lines.removeLast() }
    lineEnd = lines.first?.last == 0x0D ? "\r\n" : "\n"
    entries = lines.map { Self.entry(String(decoding: $0, as: UTF8.self)) }
  }

  /// The file without the entries that `isLeaving` names and with these lines at its end.
  package func text(removing isLeaving: (Entry) -> Bool, adding lines: [String]) -> String {
    let kept = entries.filter { !isLeaving($0) }
    guard !lines.isEmpty || kept != entries else { return text }
    var text = kept.map { $0.line + "\n" }.joined()
    if !endsWithLineEnd, lines.isEmpty, kept.last == entries.last, !text.isEmpty {
      text = String(text.utf8.dropLast()) ?? text
    }
    for line in lines { text += line + lineEnd }
    return text
  }

  private var text: String {
    entries.map(\.line).joined(separator: "\n") + (endsWithLineEnd && !entries.isEmpty ? "\n" : "")
  }

  private static func entry(_ line: String) -> Entry {
    let trimmed = trim(line)
    guard !trimmed.isEmpty, !trimmed.hasPrefix("#") else { return Entry(line: line, key: nil, options: "") }
    if let key = key(trimmed) { return Entry(line: line, key: key, options: "") }
    // Options: up to the first blank outside of quotes, sshd(8).
    var isQuoted = false
    var escaped = false
    let bytes = Array(trimmed.utf8)
    for (index, byte) in bytes.enumerated() {
      if escaped {
        escaped = false
      } else if byte == 0x5C, isQuoted {
        escaped = true
      } else if byte == 0x22 {
        isQuoted.toggle()
      } else if !isQuoted, byte == 0x20 || byte == 0x09 {
        let rest = trim(String(decoding: bytes[index...], as: UTF8.self))
        return Entry(line: line, key: key(rest), options: String(decoding: bytes[..<index], as: UTF8.self))
      }
    }
    return Entry(line: line, key: nil, options: "")
  }

  private static func key(_ text: String) -> PublicKey? {
    let words = text.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" })
    guard let type = words.first, PublicKey.types.contains(String(type)) else { return nil }
    return try? PublicKey(line: text)
  }

  /// Without blanks and carriage returns at its ends. Bytes, since a String takes `\r\n` for one character.
  private static func trim(_ text: String) -> String {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    let bytes = Array(text.utf8).drop(while: isBlank)
    guard let end = bytes.lastIndex(where: { !isBlank($0) }) else { return "" }
    return String(decoding: bytes[...end], as: UTF8.self)
  }
}
