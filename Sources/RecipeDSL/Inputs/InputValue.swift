/// The words for what an input takes.
public struct InputForm: Hashable, Sendable, Codable {
  /// After “not”, and on its own in help: `a whole number`, `yes or no`.
  public var words: String
  /// A value that is right.
  public var example: String
  /// What parts several values in one text, where no value can hold it.
  public var separator: String?
  /// Whether `NAME @FILE` stands for `NAME LINE` with each line of the file.
  public var takesFileAfterName: Bool

  public init(_ words: String, example: String, separator: String? = nil, takesFileAfterName: Bool = false) {
    self.words = words
    self.example = example
    self.separator = separator
    self.takesFileAfterName = takesFileAfterName
  }
}

/// A single value of an input, read from the text that somebody typed.
public protocol InputValue: InputShape {
  static var form: InputForm { get }
  /// - Throws: a `Diagnostic` that says what is wrong with the text.
  init(text: String) throws(Diagnostic)
  /// As one would type it again.
  var text: String { get }
  /// Several values of one list, brought together: the same name twice may be one value.
  static func merged(_ values: [Self]) -> [Self]
}

/// What an input can be: a value, a list of values, or either left out.
public protocol InputShape: Sendable {
  static var form: InputForm { get }
  static var isList: Bool { get }
  /// The value of an input that nobody gave and that has no default; nil where it must be given.
  static var whenOmitted: Self? { get }
  /// Reads all the texts given for one input. Adds what is wrong with them to `failures`, every one, and is then nil.
  init?(texts: [String], mayBeEmpty: Bool, failures: inout [Diagnostic])
  var texts: [String] { get }
}

extension InputValue {
  public static var isList: Bool { false }
  public static var whenOmitted: Self? { nil }
  public static func merged(_ values: [Self]) -> [Self] { values }
  public var texts: [String] { [text] }

  public init?(texts: [String], mayBeEmpty: Bool, failures: inout [Diagnostic]) {
    guard let text = texts.first, texts.allSatisfy({ $0 == text }) else {
      failures.append(.severalValues(texts))
      return nil
    }
    do throws(Diagnostic) {
      guard !text.isEmpty else { throw .empty(Self.form) }
      try self.init(text: text)
    } catch {
      failures.append(error)
      return nil
    }
  }
}

extension Array: InputShape where Element: InputValue {
  public static var form: InputForm { Element.form }
  public static var isList: Bool { true }
  public static var whenOmitted: [Element]? { nil }
  public var texts: [String] { map(\.text) }

  /// An empty text is no value, so `--set aliases=` makes the list empty.
  public init?(texts: [String], mayBeEmpty: Bool, failures: inout [Diagnostic]) {
    let before = failures.count
    var values: [Element] = []
    for text in texts.flatMap({ Element.form.parts(of: $0) }) {
      do throws(Diagnostic) { values.append(try Element(text: text)) } catch { failures.append(error) }
    }
    if texts.allSatisfy(\.isEmpty) && !mayBeEmpty { failures.append(.empty(Element.form)) }
    guard failures.count == before else { return nil }
    self = Element.merged(values)
  }
}

extension Optional: InputShape where Wrapped: InputValue {
  public static var form: InputForm { Wrapped.form }
  public static var isList: Bool { false }
  public static var whenOmitted: Wrapped?? { .some(.none) }
  public var texts: [String] { map { [$0.text] } ?? [] }

  /// An empty text takes a value back that was given before.
  public init?(texts: [String], mayBeEmpty: Bool, failures: inout [Diagnostic]) {
    if texts.allSatisfy(\.isEmpty) {
      self = .none
      return
    }
    guard let value = Wrapped(texts: texts, mayBeEmpty: false, failures: &failures) else { return nil }
    self = value
  }
}

extension InputForm {
  /// The values in one text, blanks around them dropped; none in an empty one.
  func parts(of text: String) -> [String] {
    guard let separator = separator?.first else { return text.isEmpty ? [] : [text] }
    return text.split(separator: separator).map(trimmed).filter { !$0.isEmpty }
  }
}

/// Without blanks and tabs at both ends.
package func trimmed(_ text: some StringProtocol) -> String {
  let isBlank = { (character: Character) in character == " " || character == "\t" }
  let tail = text.drop(while: isBlank)
  guard let last = tail.lastIndex(where: { !isBlank($0) }) else { return "" }
  return String(tail[...last])
}

extension Diagnostic {
  /// What a type throws about a text that is not of its form.
  package static func malformed(_ text: String, _ form: InputForm, because reason: String? = nil) -> Diagnostic {
    // Where a comment belongs to the value, its form says so.
    let hasComment = (text.contains(" #") || text.contains("\t#")) && !form.words.contains("#")
    return Diagnostic(
      "Input not understood",
      detail: "“\(shortened(text))” is not \(form.words)\(reason.map { ": \($0)" } ?? "")."
        + (hasComment ? " A comment needs a line of its own, which begins with #." : ""))
  }

  fileprivate static func empty(_ form: InputForm) -> Diagnostic {
    Diagnostic("Input not understood", detail: "It is empty, and must be \(form.words).")
  }

  fileprivate static func severalValues(_ texts: [String]) -> Diagnostic {
    let values = texts.prefix(5).map { "“\(shortened($0))”" }.joined(separator: ", ")
    let end = texts.count > 5 ? ", …" : "."
    return Diagnostic("Input given twice", detail: "It takes one value, but has \(texts.count): \(values)\(end)")
  }

  private static func shortened(_ text: String) -> String {
    let printable = String(
      text.map { $0.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) ? $0 : "?" })
    return printable.count <= 60 ? printable : printable.prefix(57) + "…"
  }
}
