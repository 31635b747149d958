/// What `harden show`, `init` and the errors say of one input.
package struct InputDescription: Hashable, Sendable, Codable {
  /// As it is typed: `ssh-port`.
  package let name: String
  package let summary: String
  package let form: InputForm
  package let isList: Bool
  package let isRequired: Bool
  /// As one would type it; empty for an empty list, nil where there is none.
  package let defaultTexts: [String]?
}

/// Everything that is wrong with what was given, at once.
package struct Diagnostics: Error, Hashable, Sendable {
  package let all: [Diagnostic]

  package init(_ all: [Diagnostic]) { self.all = all }
}

extension Recipe {
  /// In the order in which the recipe declares them.
  package static var inputs: [InputDescription] {
    declaredInputs.map { name, input in
      InputDescription(
        name: name, summary: input.summary, form: input.form, isList: input.isList, isRequired: input.isRequired,
        defaultTexts: input.defaultTexts)
    }
  }

  /// The recipe with these inputs, or all that is missing, malformed or unknown. Names may be given as `ssh-port` or
  /// `sshPort`.
  ///
  /// - Parameter unread: inputs that were given, but not to be read: nothing is said of those here.
  package static func filled(
    with given: [String: [String]], unread: Set<String> = []
  ) -> Result<Self, Diagnostics> {
    let declared = declaredInputs
    var failures: [Diagnostic] = []
    var texts: [String: [String]] = [:]
    for (name, values) in given.sorted(by: { $0.key < $1.key }) {
      let known = kebabCase(name)
      guard declared.contains(where: { $0.name == known }) else {
        failures.append(.unknownInput(name, of: Self.name, known: declared.map(\.name)))
        continue
      }
      texts[known, default: []] += values
    }
    var filled: [String: any AnyInput] = [:]
    for (name, input) in declared {
      if unread.contains(name), texts[name]?.isEmpty ?? true {
        filled[name] = input
        continue
      }
      guard let values = texts[name] else {
        if input.isRequired { failures.append(.missingInput(name, input, of: Self.name)) }
        filled[name] = input
        continue
      }
      var wrong: [Diagnostic] = []
      filled[name] = input.filled(with: values, failures: &wrong)
      failures += wrong.map { $0.about(name, input) }
    }
    guard failures.isEmpty else { return .failure(Diagnostics(failures)) }
    do {
      let recipe = try Self(from: InputDecoder(inputs: filled))
      // What it declares hangs on all of its inputs.
      let taken = unread.isEmpty ? recipe.accountsTaken(by: declared, texts) : []
      return taken.isEmpty ? .success(recipe) : .failure(Diagnostics(taken))
    } catch {
      return .failure(Diagnostics([error as? Diagnostic ?? .bug("The recipe \(Self.name) was not decoded: \(error)")]))
    }
  }

  /// Accounts that an input names and that this very recipe has another use for: `www-data`, which runs the web server.
  private func accountsTaken(
    by declared: [(name: String, input: any AnyInput)], _ texts: [String: [String]]
  ) -> [Diagnostic] {
    var (seen, twice): (Set<String>, Set<String>) = ([], [])
    for declaration in state.sections.flatMap(\.declarations) {
      guard let user = declaration.resource as? User else { continue }
      if !seen.insert(user.address).inserted { twice.insert(user.address) }
    }
    guard !twice.isEmpty else { return [] }
    return declared.flatMap { name, input -> [Diagnostic] in
      let accounts = (texts[name] ?? []).compactMap { try? Administrator(text: $0).name }
      return Set(accounts).sorted().filter { twice.contains(User($0, role: .administrator).address) }.map { account in
        Diagnostic.malformed(account, accountForm, because: "\(Self.name) declares that account itself, as another one")
          .about(name, input)
      }
    }
  }

  /// Whether a text by itself is a value of the input, for one that has yet to be read from somewhere.
  package static func takes(_ text: String, for name: String) -> Bool {
    var failures: [Diagnostic] = []
    for (_, input) in declaredInputs.filter({ $0.name == name }) {
      _ = input.filled(with: [text], failures: &failures)
    }
    return failures.isEmpty
  }

  private static var declaredInputs: [(name: String, input: any AnyInput)] {
    var inputs: [(name: String, input: any AnyInput)] = []
    for child in Mirror(reflecting: Self()).children {
      guard let label = child.label, let input = child.value as? any AnyInput else { continue }
      // A wrapped property `x` is stored as `_x`.
      inputs.append((kebabCase(String(label.drop { $0 == "_" })), input))
    }
    return inputs
  }
}

/// Hands a recipe's synthesized `init(from:)` the inputs that were filled before.
private struct InputDecoder: Decoder {
  let inputs: [String: any AnyInput]
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(InputContainer(inputs: inputs))
  }
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Diagnostic.notAnInput("itself") }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { throw Diagnostic.notAnInput("itself") }
}

private struct InputContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let inputs: [String: any AnyInput]
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }

  func contains(_ key: Key) -> Bool { inputs[kebabCase(key.stringValue)] != nil }
  func decodeNil(forKey key: Key) -> Bool { !contains(key) }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    guard let input = inputs[kebabCase(key.stringValue)] as? T else { throw Diagnostic.notAnInput(key.stringValue) }
    return input
  }
  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> { throw Diagnostic.notAnInput(key.stringValue) }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    throw Diagnostic.notAnInput(key.stringValue)
  }
  func superDecoder() throws -> any Decoder { throw Diagnostic.notAnInput("super") }
  func superDecoder(forKey key: Key) throws -> any Decoder { throw Diagnostic.notAnInput(key.stringValue) }
}

extension Diagnostic {
  fileprivate static func unknownInput(_ name: String, of recipe: String, known: [String]) -> Diagnostic {
    let meant = nearMiss(to: kebabCase(name), in: known).map { "Did you mean \($0)?" }
    let all = known.isEmpty ? "It takes none." : "It takes \(known.joined(separator: ", "))."
    return Diagnostic(
      "Unknown input", detail: "The recipe \(recipe) has no input “\(name)”. \(meant ?? all)",
      fix: "harden show \(recipe)")
  }

  fileprivate static func missingInput(_ name: String, _ input: any AnyInput, of recipe: String) -> Diagnostic {
    Diagnostic(
      "Missing input", detail: "The recipe \(recipe) needs \(name): \(input.summary).",
      fix: "--set \(name)=\(Command.quoted(input.form.example))")
  }

  /// The same with the input's name in front, and how it would be right.
  fileprivate func about(_ name: String, _ input: any AnyInput) -> Diagnostic {
    var copy = self
    copy.detail = "\(name): \(detail)"
    copy.fix = fix ?? "--set \(name)=\(Command.quoted(input.form.example))"
    return copy
  }

  fileprivate static func notAnInput(_ property: String) -> Diagnostic {
    Diagnostic(
      "Recipe not understood",
      detail: "The recipe's stored property “\(property)” is no @Input, so nobody can give it a value.",
      fix: "Make it an @Input(\"…\"), or a computed property: var \(property): … { … }")
  }
}
