import Glibc
import HostState
import SystemCalls

/// A JSON file of secrets: made values are made here, on the host, and leave it nowhere.
enum SecretsFile {
  /// Django's own: `get_random_secret_key` of django/core/management/utils.py.
  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)".utf8)

  /// The text the file must have: what is declared enforced, what is made made where it is missing, all else as it is.
  ///
  /// - Parameter kept: a file that an undo moved aside; what was made then is taken from there again.
  /// - Throws: a `Diagnostic` that never quotes the file.
  static func merged(_ text: String?, _ rule: SecretsRule, kept: String? = nil) throws(Diagnostic) -> String {
    var members = try self.members(text, rule.path)
    let former = (try? self.members(kept, rule.path)) ?? []
    for (key, json) in rule.declared.sorted(by: { $0.key < $1.key }) {
      guard let value = OrderedJSON.parsed(json) else { throw .notJSON(key) }
      set(key, value, in: &members)
    }
    for (key, characters) in rule.generated.sorted(by: { $0.key < $1.key }) {
      if isLong(members.first { $0.key == key }?.value, characters) { continue }
      let old = former.first { $0.key == key }?.value
      if let old, isLong(old, characters) {
        set(key, old, in: &members)
      } else {
        set(key, .string(try random(characters)), in: &members)
      }
    }
    return OrderedJSON.object(members).text() + "\n"
  }

  /// The file's text; nil where it is not there.
  ///
  /// - Throws: a `Diagnostic` where it is no UTF-8: what cannot be read could not be written back as it was.
  static func read(_ path: Path) throws(Diagnostic) -> String? {
    guard let bytes = try SafeFiles.read(path) else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notAnObject(path) }
    return text
  }

  /// The text with one more value, given by the owner.
  static func setting(_ key: String, to value: String, in text: String?, _ path: Path) throws(Diagnostic) -> String {
    var members = try self.members(text, path)
    set(key, .string(value), in: &members)
    return OrderedJSON.object(members).text() + "\n"
  }

  /// The members of the object; none in a file without a word, nil where it is something else.
  static func members(_ text: String) -> [(key: String, value: OrderedJSON)]? {
    if text.allSatisfy(\.isWhitespace) { return [] }
    guard case .object(let members)? = OrderedJSON.parsed(text) else { return nil }
    return members
  }

  private static func members(_ text: String?, _ path: Path) throws(Diagnostic) -> [(key: String, value: OrderedJSON)] {
    guard let text else { return [] }
    guard let members = members(text) else { throw .notAnObject(path) }
    return members
  }

  private static func set(_ key: String, _ value: OrderedJSON, in members: inout [(key: String, value: OrderedJSON)]) {
    if let index = members.firstIndex(where: { $0.key == key }) {
      members[index].value = value
    } else {
      members.append((key, value))
    }
  }

  private static func isLong(_ value: OrderedJSON?, _ characters: Int) -> Bool {
    guard case .string(let text)? = value else { return false }
    return text.count >= characters
  }

  /// From the kernel's generator (`getrandom(2)`), each character as likely as any other.
  static func random(_ characters: Int) throws(Diagnostic) -> String {
    var text: [UInt8] = []
    // What lies beyond a whole multiple of the alphabet would favour its first letters.
    let limit = 256 - 256 % alphabet.count
    while text.count < characters {
      var bytes = [UInt8](repeating: 0, count: 64)
      guard harden_random(&bytes, bytes.count) == bytes.count else { throw .noRandomness(errno) }
      for byte in bytes where Int(byte) < limit && text.count < characters {
        text.append(alphabet[Int(byte) % alphabet.count])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Where an undo moves the file, so that a later run finds what was made.
  static func vaultPath(of path: Path, _ paths: StatePaths) -> Path {
    paths.vault / "secrets" / String(path.text.map { $0 == "/" ? "%" : $0 })
  }
}

extension Diagnostic {
  fileprivate static func notJSON(_ key: String) -> Diagnostic {
    Diagnostic(
      "Not JSON", detail: "The value declared for \(key) is not JSON, so it cannot stand in a file of secrets.",
      isBug: true)
  }

  fileprivate static func notAnObject(_ path: Path) -> Diagnostic {
    Diagnostic(
      "Secrets not readable",
      detail: "\(path) is not a JSON object. It may hold values that are nowhere else, so it is not replaced.",
      fix: "python3 -m json.tool \(Command.quoted(path.text)) >/dev/null")
  }

  fileprivate static func noRandomness(_ code: Int32) -> Diagnostic {
    Diagnostic(
      "No randomness", detail: "The kernel's generator gave nothing (\(SafeFiles.words(code))), so no secret was made.")
  }
}
