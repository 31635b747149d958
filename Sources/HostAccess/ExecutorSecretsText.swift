import HostState

/// A JSON text that keeps the order of its keys: a file of secrets is read by people too.
indirect enum OrderedJSON: Equatable {
  case object([(key: String, value: OrderedJSON)])
  case array([OrderedJSON])
  case string(String)
  /// Numbers, true, false and null, as they were written.
  case word(String)

  static func == (left: OrderedJSON, right: OrderedJSON) -> Bool {
    switch (left, right) {
    case (.object(let left), .object(let right)):
      left.count == right.count && zip(left, right).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    case (.array(let left), .array(let right)): left == right
    case (.string(let left), .string(let right)), (.word(let left), .word(let right)): left == right
    default: false
    }
  }

  /// Nil when the text is not JSON (RFC 8259).
  static func parsed(_ text: String) -> OrderedJSON? {
    var parser = Parser(rest: Array(text.unicodeScalars)[...])
    guard let value = parser.value(depth: 0) else { return nil }
    parser.skipBlanks()
    return parser.rest.isEmpty ? value : nil
  }

  /// Keys sorted bytewise, no blanks, nothing escaped but quotes, backslashes and control characters (RFC 8259 §7).
  var canonicalText: String {
    switch self {
    case .string(let text): JSONString.quoted(text)
    case .word(let word): word
    case .array(let values): "[" + values.map(\.canonicalText).joined(separator: ",") + "]"
    case .object(let members):
      "{"
        + members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { JSONString.quoted($0.key) + ":" + $0.value.canonicalText }.joined(separator: ",") + "}"
    }
  }

  /// Indented by two blanks, a list of plain values in one line.
  func text(indent: String = "") -> String {
    switch self {
    case .string(let text): return JSONString.quoted(text)
    case .word(let word): return word
    case .array(let values):
      let isPlain = values.allSatisfy {
        switch $0 {
        case .string, .word: true
        default: false
        }
      }
      if isPlain { return "[" + values.map { $0.text() }.joined(separator: ", ") + "]" }
      let inner = values.map { indent + "  " + $0.text(indent: indent + "  ") }.joined(separator: ",\n")
      return "[\n\(inner)\n\(indent)]"
    case .object(let members):
      if members.isEmpty { return "{}" }
      let inner = members.map {
        indent + "  " + JSONString.quoted($0.key) + ": " + $0.value.text(indent: indent + "  ")
      }
      return "{\n" + inner.joined(separator: ",\n") + "\n\(indent)}"
    }
  }
}

private struct Parser {
  var rest: ArraySlice<Unicode.Scalar>

  mutating func skipBlanks() {
    while let next = rest.first, next == " " || next == "\n" || next == "\r" || next == "\t" { rest = rest.dropFirst() }
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard rest.first == scalar else { return false }
    rest = rest.dropFirst()
    return true
  }

  mutating func value(depth: Int) -> OrderedJSON? {
    guard depth < 100 else { return nil }
    skipBlanks()
    switch rest.first {
    case "{": return object(depth: depth)
    case "[": return array(depth: depth)
    case "\"": return string().map { .string($0) }
    default: return word()
    }
  }

  private mutating func object(depth: Int) -> OrderedJSON? {
    guard take("{") else { return nil }
    var members: [(key: String, value: OrderedJSON)] = []
    skipBlanks()
    if take("}") { return .object([]) }
    while true {
      skipBlanks()
      guard let key = string() else { return nil }
      skipBlanks()
      guard take(":"), let value = value(depth: depth + 1) else { return nil }
      // The last of equal keys counts, as Python's json has it.
      members.removeAll { $0.key == key }
      members.append((key, value))
      skipBlanks()
      if take("}") { return .object(members) }
      guard take(",") else { return nil }
    }
  }

  private mutating func array(depth: Int) -> OrderedJSON? {
    guard take("[") else { return nil }
    var values: [OrderedJSON] = []
    skipBlanks()
    if take("]") { return .array([]) }
    while true {
      guard let value = value(depth: depth + 1) else { return nil }
      values.append(value)
      skipBlanks()
      if take("]") { return .array(values) }
      guard take(",") else { return nil }
    }
  }

  private mutating func string() -> String? {
    guard take("\"") else { return nil }
    var text = ""
    while let next = rest.popFirst() {
      switch next {
      case "\"": return text
      case "\\":
        guard let scalar = escape() else { return nil }
        text.unicodeScalars.append(scalar)
      default:
        guard next.value >= 0x20 else { return nil }
        text.unicodeScalars.append(next)
      }
    }
    return nil
  }

  private mutating func escape() -> Unicode.Scalar? {
    guard let kind = rest.popFirst() else { return nil }
    switch kind {
    case "\"", "\\", "/": return kind
    case "b": return "\u{8}"
    case "f": return "\u{c}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u":
      guard let high = hex() else { return nil }
      guard (0xD800..<0xDC00).contains(high) else { return Unicode.Scalar(high) }
      // A surrogate pair, RFC 8259 section 7.
      guard take("\\"), take("u"), let low = hex(), (0xDC00..<0xE000).contains(low) else { return nil }
      return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    default: return nil
    }
  }

  private mutating func hex() -> UInt32? {
    guard rest.count >= 4 else { return nil }
    let digits = String(String.UnicodeScalarView(rest.prefix(4)))
    rest = rest.dropFirst(4)
    return digits.allSatisfy(\.isHexDigit) ? UInt32(digits, radix: 16) : nil
  }

  private mutating func word() -> OrderedJSON? {
    let taken = rest.prefix {
      $0 != "," && $0 != "]" && $0 != "}" && $0 != " " && $0 != "\n" && $0 != "\r" && $0 != "\t"
    }
    rest = rest.dropFirst(taken.count)
    let word = String(String.UnicodeScalarView(taken))
    if ["true", "false", "null"].contains(word) { return .word(word) }
    return Self.isNumber(taken) ? .word(word) : nil
  }

  /// Whether it is one by its form (RFC 8259 §6), however large: nobody has to reckon with it here.
  private static func isNumber(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
    var rest = text
    func digits() -> Int {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      rest = rest.dropFirst(digits.count)
      return digits.count
    }
    func take(_ scalars: Set<Unicode.Scalar>) -> Bool {
      guard let next = rest.first, scalars.contains(next) else { return false }
      rest = rest.dropFirst()
      return true
    }
    _ = take(["-"])
    let isZero = rest.first == "0"
    let whole = digits()
    guard whole > 0, !isZero || whole == 1 else { return false }
    if take(["."]), digits() == 0 { return false }
    if take(["e", "E"]) {
      _ = take(["+", "-"])
      if digits() == 0 { return false }
    }
    return rest.isEmpty
  }
}
