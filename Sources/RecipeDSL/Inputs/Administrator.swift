/// An account that may do everything, with the keys that open it. As an input, `NAME KEY`: a line for each key.
public typealias Administrator = Grants.Administrator

extension Grants.Administrator: InputValue {
  public static var form: InputForm {
    InputForm(
      "NAME and a public key, or NAME @FILE", example: "deploy ssh-ed25519 AAAA… you@laptop", takesFileAfterName: true)
  }

  public init(text: String) throws(Diagnostic) {
    let words = text.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" })
    guard let name = words.first.map(String.init) else { throw .malformed(text, Self.form) }
    if name.hasPrefix("ssh-") || name.hasPrefix("ecdsa-") || name.hasPrefix("sk-") {
      throw .malformed(text, Self.form, because: "the account's name is missing in front of the key")
    }
    if let reason = accountNameFault(name) { throw .malformed(name, accountForm, because: reason) }
    guard words.count == 2 else { throw .malformed(text, Self.form, because: "the key is missing") }
    self.init(name: name, keys: [try PublicKey(line: String(words[1]))])
  }

  /// One line for each key.
  public var texts: [String] { keys.map { "\(name) \($0.line)" } }
  public var text: String { texts.joined(separator: "\n") }

  /// A name in several lines is one account with several keys.
  public static func merged(_ values: [Self]) -> [Self] {
    var accounts: [Self] = []
    for value in values {
      guard let index = accounts.firstIndex(where: { $0.name == value.name }) else {
        accounts.append(value)
        continue
      }
      for key in value.keys where !accounts[index].keys.contains(where: { $0.blob == key.blob }) {
        accounts[index].keys.append(key)
      }
    }
    return accounts
  }
}

let accountForm = InputForm("a name for an administrator", example: "deploy")

/// The names that Debian's `useradd` takes, but for capital letters; root is left to the console.
private func accountNameFault(_ name: String) -> String? {
  if name == "root" { return "that account stays for the console" }
  if name.utf8.count > 32 { return "it is longer than 32 characters" }
  guard let first = name.utf8.first, (0x61...0x7A).contains(first) else {
    return "it must begin with a lower-case letter"
  }
  let isPlain = name.utf8.allSatisfy {
    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "-_.".utf8.contains($0)
  }
  return isPlain ? nil : "only lower-case letters, digits, dots, - and _ can stand in it"
}
