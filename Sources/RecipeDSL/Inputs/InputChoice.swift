/// An input that is one of a few words.
///
///     enum Mode: String, InputChoice { case enforced, reportOnly = "report-only" }
public protocol InputChoice: InputValue, CaseIterable, RawRepresentable where RawValue == String {}

extension InputChoice {
  public static var form: InputForm {
    let words = allCases.map(\.rawValue)
    let list = words.dropLast().joined(separator: ", ") + (words.count > 1 ? " or " : "") + (words.last ?? "")
    return InputForm(list, example: words.first ?? "")
  }

  public init(text: String) throws(Diagnostic) {
    guard let choice = Self(rawValue: text.lowercased()) else {
      let meant = nearMiss(to: text, in: Self.allWords)
      throw .malformed(text, Self.form, because: meant.map { "was \($0) meant" })
    }
    self = choice
  }

  public var text: String { rawValue }
  private static var allWords: [String] { allCases.map(\.rawValue) }
}
