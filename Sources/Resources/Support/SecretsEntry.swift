/// One key of a `SecretsFile`.
public struct SecretsEntry: Hashable, Codable, Sendable {
  enum Kind: Hashable, Codable, Sendable {
    case generated(characters: Int)
    /// Canonical JSON text.
    case value(json: String)
    /// `on` once a certificate for the name is there, `off` until then.
    case onceCertified(name: String)
  }
  let key: String
  let kind: Kind
}

/// A value made on the host from the kernel's generator, never shown, never replaced.
public struct Generated: Sendable {
  let entry: SecretsEntry

  public init(_ key: String, characters: Int) {
    entry = SecretsEntry(key: key, kind: .generated(characters: characters))
  }
}

/// A value that the recipe declares openly: it appears in the plan.
public struct Value: Sendable {
  let entry: SecretsEntry

  public init(_ key: String, _ text: String) {
    entry = SecretsEntry(key: key, kind: .value(json: JSONString.quoted(text)))
  }
  public init(_ key: String, _ list: [String]) {
    entry = SecretsEntry(key: key, kind: .value(json: "[" + list.map(JSONString.quoted).joined(separator: ",") + "]"))
  }
  public init(_ key: String, _ flag: Bool) {
    entry = SecretsEntry(key: key, kind: .value(json: flag ? "true" : "false"))
  }
  public init(_ key: String, _ number: Int) { entry = SecretsEntry(key: key, kind: .value(json: "\(number)")) }
  /// `"on"` once a certificate for this name is there, `"off"` until then.
  public init(_ key: String, onceCertified name: String) {
    entry = SecretsEntry(key: key, kind: .onceCertified(name: name))
  }
}

/// Gathers the keys of a `SecretsFile`; `if` and `for` work.
@resultBuilder
public enum SecretsBuilder {
  public static func buildExpression(_ value: Value) -> [SecretsEntry] { [value.entry] }
  public static func buildExpression(_ value: Generated) -> [SecretsEntry] { [value.entry] }
  public static func buildBlock(_ parts: [SecretsEntry]...) -> [SecretsEntry] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [SecretsEntry]?) -> [SecretsEntry] { part ?? [] }
  public static func buildEither(first part: [SecretsEntry]) -> [SecretsEntry] { part }
  public static func buildEither(second part: [SecretsEntry]) -> [SecretsEntry] { part }
  public static func buildArray(_ parts: [[SecretsEntry]]) -> [SecretsEntry] { parts.flatMap { $0 } }
}
