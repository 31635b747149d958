/// The options in front of a key in `authorized_keys`: sshd(8), AUTHORIZED_KEYS FILE FORMAT.
package struct KeyOptions {
  private let options: [(name: String, value: String)]

  package init(_ text: String) {
    var options: [(String, String)] = []
    var word: [UInt8] = []
    var quoted = false
    var escaped = false
    func close() {
      guard !word.isEmpty else { return }
      let text = String(decoding: word, as: UTF8.self)
      let name = text.prefix { $0 != "=" }
      options.append((name.lowercased(), String(text.dropFirst(name.count + 1))))
      word = []
    }
    for byte in text.utf8 {
      if escaped {
        word.append(byte)
        escaped = false
      } else if quoted && byte == 0x5C {
        escaped = true
      } else if byte == 0x22 {
        quoted.toggle()
      } else if byte == 0x2C && !quoted {
        close()
      } else {
        word.append(byte)
      }
    }
    close()
    self.options = options
  }

  /// Whether the key is an authority's, whose certificates let in: sshd takes no login with the key itself.
  var isAuthority: Bool { options.contains { $0.name == "cert-authority" } }

  /// Why a login with this key from there would give no shell today; nil where nothing speaks against it.
  ///
  /// `today` counts days from 1970.
  package func objection(from address: String?, today: Int) -> String? {
    for (name, value) in options {
      switch name {
      case "command": return "the key only runs “\(value.prefix(40))”"
      case "cert-authority": return "the line names a certificate authority, not a key"
      case "expiry-time":
        if let day = Self.day(value), day < today { return "the key expired on \(value)" }
      case "from":
        guard let address else { return "the key is bound to \(value), and your address is unknown" }
        // A network in the list can only be judged by sshd itself, so it is not held against the key.
        let isNetwork = value.contains("/")
        if !isNetwork && !SSHDMatch.matches(value, [address]) { return "the key is bound to \(value), not \(address)" }
      default: break
      }
    }
    return nil
  }

  /// The day of `YYYYMMDD[HHMM[SS]]`, counted from 1970.
  static func day(_ text: String) -> Int? {
    let digits = text.utf8.prefix(8).map { Int($0) - 0x30 }
    guard digits.count == 8, digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
    func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
    return daysSince1970(year: number(0..<4), month: number(4..<6), day: number(6..<8))
  }
}
