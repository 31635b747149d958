/// One thing in which servers differ, given on the command line or in a values file.
///
///     @Input("The name visitors type") var domain: SiteName            // must be given
///     @Input("Other names of the site") var aliases: [SiteName] = []   // may be left out
///     @Input("Contact for the certificate authority") var email: String?
@propertyWrapper
public struct Input<Value: InputShape>: Sendable {
  /// What it is, in a few words, without a full stop.
  public let summary: String
  var value: Value?

  /// An input that must be given, unless its type says what leaving it out means.
  public init(_ summary: String) { (self.summary, value) = (summary, Value.whenOmitted) }
  /// An input that may be left out.
  public init(wrappedValue: Value, _ summary: String) { (self.summary, value) = (summary, wrappedValue) }

  /// Read by `state`, which is asked only of a recipe whose inputs were all filled.
  public var wrappedValue: Value {
    get {
      guard let value else { preconditionFailure("the input “\(summary)” was read before it was filled") }
      return value
    }
    set { value = newValue }
  }
}

extension Input: Decodable {
  /// Only `Recipe.filled(with:)` fills inputs: their summaries and defaults stand in the recipe, not in the data.
  public init(from decoder: any Decoder) throws {
    throw Diagnostic.bug("An input was decoded by something other than the recipe's own decoder.")
  }
}

/// An input without its type, as `Mirror` finds it in a recipe.
protocol AnyInput: Sendable {
  var summary: String { get }
  var isRequired: Bool { get }
  /// The default as one would type it; nil where there is none.
  var defaultTexts: [String]? { get }
  var form: InputForm { get }
  var isList: Bool { get }
  func filled(with texts: [String], failures: inout [Diagnostic]) -> any AnyInput
}

extension Input: AnyInput {
  var isRequired: Bool { value == nil }
  var defaultTexts: [String]? { value?.texts }
  var form: InputForm { Value.form }
  var isList: Bool { Value.isList }

  func filled(with texts: [String], failures: inout [Diagnostic]) -> any AnyInput {
    var copy = self
    if let value = Value(texts: texts, mayBeEmpty: !isRequired, failures: &failures) { copy.value = value }
    return copy
  }
}
