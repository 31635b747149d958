/// An OpenSSH public key, one line as in `id_ed25519.pub`, without options.
public struct PublicKey: Hashable, Codable, Sendable {
  /// `ssh-ed25519`, `ssh-rsa`, `sk-ssh-ed25519@openssh.com`, …
  public let type: String
  /// The key itself, base64.
  public let blob: String
  public let comment: String

  /// - Throws: a `Diagnostic` that says what is wrong with the line.
  public init(line: String) throws(Diagnostic) {
    do throws(Fault) { try self.init(plain: line) } catch { throw .invalidKey(line, error.reason) }
  }

  /// What is wrong with a line, without a word of it: it may be a secret.
  package struct Fault: Error, Hashable {
    package let reason: String

    fileprivate init(_ reason: String) { self.reason = reason }
  }

  /// Nil for a line that is a key.
  package static func fault(of line: String) -> Fault? {
    do throws(Fault) {
      _ = try PublicKey(plain: line)
      return nil
    } catch {
      return error
    }
  }

  private init(plain line: String) throws(Fault) {
    let words = line.split(omittingEmptySubsequences: true, whereSeparator: { $0 == " " || $0 == "\t" })
    guard words.count >= 2 else { throw Fault("it is not of the form TYPE BASE64 COMMENT") }
    let (type, blob) = (String(words[0]), String(words[1]))
    guard Self.types.contains(type) else {
      if Self.types.contains(type.replacing("-cert-v01@openssh.com", with: ""))
        || Self.types.contains(type.replacing("-cert-v01", with: ""))
      {
        throw Fault("it is a certificate; give the key itself, without -cert in its file's name")
      }
      if words.dropFirst().contains(where: { Self.types.contains(String($0)) }) {
        throw Fault(
          "options such as from=\"…\" stand in front of it; harden gives keys without any, so leave them out")
      }
      throw Fault("its first word is not a key type of OpenSSH")
    }
    guard let bytes = Base64.decode(blob) else { throw Fault("its middle part is not base64") }
    // RFC 4253 §6.6: the blob begins with the key type as a string, length in four bytes first.
    guard bytes.count > 4 + type.utf8.count, bytes.prefix(4).reduce(0, { $0 << 8 | Int($1) }) == type.utf8.count,
      Array(bytes[4..<(4 + type.utf8.count)]) == Array(type.utf8)
    else { throw Fault("the key inside is not of type \(type)") }
    var rest = bytes[(4 + type.utf8.count)...]
    while !rest.isEmpty {
      guard rest.count >= 4 else { throw Fault("it is cut short") }
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard rest.count >= length else { throw Fault("it is cut short") }
      rest = rest.dropFirst(length)
    }
    let comment = words.dropFirst(2).joined(separator: " ")
    guard comment.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
      throw Fault("its comment holds a control character")
    }
    // Two keys or two people in one line: the second would be lost in the comment of the first.
    guard !words.dropFirst(2).contains(where: { Self.types.contains(String($0)) }) else {
      throw Fault("another key follows in the same line; give each by itself")
    }
    (self.type, self.blob, self.comment) = (type, blob, comment)
  }

  /// As it stands in `authorized_keys`.
  public var line: String { comment.isEmpty ? "\(type) \(blob)" : "\(type) \(blob) \(comment)" }

  /// DSA is left out: OpenSSH 10 does not know it any more. RSA below 2048 bits is for sshd to refuse.
  static let types: Set<String> = [
    "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
  ]
}

extension Diagnostic {
  fileprivate static func invalidKey(_ line: String, _ reason: String) -> Diagnostic {
    let isPrivate = line.contains("PRIVATE KEY")
    return Diagnostic(
      "Not a public key",
      detail: isPrivate
        ? "This is a private key. It must never leave your machine: give the file that ends in .pub."
        : "“\(line.prefix(40))…” is not an OpenSSH public key: \(reason).",
      fix: "cat ~/.ssh/id_ed25519.pub")
  }
}
