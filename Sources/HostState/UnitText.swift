/// The text of a unit: its own file, or what `systemctl cat` prints of it and of what stands beside it, in the order in
/// which it counts. systemd.syntax(7)
package struct UnitText: Sendable {
  /// `Name=value` in one of the sections.
  package struct Setting: Hashable, Sendable {
    /// `Service`
    package let section: String
    package let name: String
    package let value: String
  }

  package private(set) var settings: [Setting] = []

  /// Read byte by byte, since a boot starts hundreds of units.
  package init(_ text: String) {
    var section = ""
    var begun: Substring.UTF8View?
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let line = line.drop(while: Self.isBlank)
      // One between the lines of a setting does not end it.
      if line.first == UInt8(ascii: "#") || line.first == UInt8(ascii: ";") { continue }
      let whole = begun.map { Substring("\(Substring($0)) \(Substring(line))").utf8 } ?? line
      begun = nil
      // It goes on in the next line.
      if whole.last == UInt8(ascii: "\\") {
        begun = whole.dropLast()
        continue
      }
      read(whole, &section)
    }
    if let begun { read(begun, &section) }
  }

  /// The text of a unit that was read before is not read again.
  package static func of(_ text: String) -> UnitText { known[text] }

  private static let known = Parsed<String, UnitText> { UnitText($0) }

  /// All that a name is set to, in order: for most names the last one counts.
  package func values(of name: String) -> [String] { settings.filter { $0.name == name }.map(\.value) }

  /// The values of a setting that are left: an empty one takes away those before, as of every list.
  package func values(of name: String, in section: String) -> [String] {
    Self.left(of: settings.filter { $0.name == name && $0.section == section }.map(\.value))
  }

  /// The command lines of a service, of which an empty `ExecStart=` takes away those before.
  package var commands: [String] { Self.left(of: values(of: "ExecStart")) }

  /// The words of a command line: quotes hold one together, a backslash takes a mark's meaning away, and `%%` is a percent
  /// sign (systemd.syntax(7), systemd.unit(5)).
  package static func words(ofCommand line: Substring) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var rest = line
    while let mark = rest.popFirst() {
      switch mark {
      case "\\":
        guard let next = rest.popFirst() else { break }
        word = (word ?? "") + (next == "s" ? " " : String(next))
      case quote: quote = nil
      case "\"" where quote == nil, "'" where quote == nil: (quote, word) = (mark, word ?? "")
      case " " where quote == nil, "\t" where quote == nil:
        if let word { words.append(word) }
        word = nil
      default:
        if mark == "%", rest.first == "%" { rest.removeFirst() }
        word = (word ?? "") + String(mark)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }

  private static func left(of values: [String]) -> [String] {
    values.reduce(into: []) { if $1.isEmpty { $0 = [] } else { $0.append($1) } }
  }

  private mutating func read(_ line: Substring.UTF8View, _ section: inout String) {
    if line.first == UInt8(ascii: "["), let end = line.firstIndex(of: UInt8(ascii: "]")) {
      section = String(Substring(line[..<end].dropFirst()))
    } else if let sign = line.firstIndex(of: UInt8(ascii: "=")) {
      settings.append(
        Setting(
          section: section, name: Self.trimmed(line[..<sign]), value: Self.trimmed(line[line.index(after: sign)...])))
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

  private static func trimmed(_ text: Substring.UTF8View) -> String {
    let text = text.drop(while: isBlank)
    let end = text.lastIndex { !isBlank($0) }.map { text.index(after: $0) } ?? text.startIndex
    return String(Substring(text[..<end]))
  }
}

extension UnitText {
  /// Where a socket listens for TCP: systemd.socket(5), `ListenStream=`.
  package var listenStreams: [(address: String, port: UInt16)] {
    let isV6Only = values(of: "BindIPv6Only", in: "Socket").last == "ipv6-only"
    return values(of: "ListenStream", in: "Socket").compactMap { stream in
      if let port = UInt16(stream) { return (isV6Only ? "::" : "*", port) }
      guard let colon = stream.lastIndex(of: ":"), let port = UInt16(stream[stream.index(after: colon)...]) else {
        return nil
      }
      return (stream[..<colon].filter { $0 != "[" && $0 != "]" }, port)
    }
  }
}
