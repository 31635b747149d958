/// The field of `shadow(5)` that holds the hash of a password, as crypt(5) describes it.
extension Account.Password {
  package init(field: some StringProtocol) {
    if field.isEmpty {
      self = .empty
    } else if field.hasPrefix("!") {
      self = .locked
    } else if Self.isHash(field) {
      self = .usable
    } else if Self.mayBeHash(field) {
      self = .doubtful
    } else {
      self = .none
    }
  }

  /// A scheme by its name between `$`, its hash in letters, its salt, and the parts that there are between `$`.
  private struct Scheme {
    let hash: Int
    let salt: ClosedRange<Int>
    let parts: ClosedRange<Int>

    init(_ hash: Int, salt: ClosedRange<Int>, parts: ClosedRange<Int>) {
      (self.hash, self.salt, self.parts) = (hash, salt, parts)
    }
  }

  /// All that libcrypt of Debian 12 and 13 makes a hash by.
  private static let schemes: [String: Scheme] = [
    "y": Scheme(43, salt: 0...86, parts: 5...5), "gy": Scheme(43, salt: 0...86, parts: 5...5),
    // Its parameters are in one with the salt.
    "7": Scheme(43, salt: 11...97, parts: 4...4),
    // The salt is in one with the hash, and before them stands the cost.
    "2a": Scheme(53, salt: 2...2, parts: 4...4), "2b": Scheme(53, salt: 2...2, parts: 4...4),
    "2x": Scheme(53, salt: 2...2, parts: 4...4), "2y": Scheme(53, salt: 2...2, parts: 4...4),
    "6": Scheme(86, salt: 0...16, parts: 4...5), "5": Scheme(43, salt: 0...16, parts: 4...5),
    "sha1": Scheme(28, salt: 1...64, parts: 5...5), "md5": Scheme(22, salt: 0...8, parts: 4...5),
    "1": Scheme(22, salt: 0...8, parts: 4...4), "3": Scheme(32, salt: 0...0, parts: 4...4),
  ]

  private static func isHash(_ field: some StringProtocol) -> Bool {
    let parts = field.split(separator: "$", omittingEmptySubsequences: false)
    // `$md5,rounds=5000$`
    guard parts.count > 3, parts[0].isEmpty, let scheme = schemes[String(parts[1].prefix { $0 != "," })],
      scheme.parts.contains(parts.count)
    else { return false }
    let (salt, hash) = (parts[parts.count - 2], parts[parts.count - 1])
    return scheme.salt.contains(salt.utf8.count) && hash.utf8.count == scheme.hash && hash.utf8.allSatisfy(isLetter)
  }

  /// DES has 13 letters, and 11 more for every further eight of the password (bigcrypt); BSDi's has 20, of which the first
  /// is `_`.
  private static func mayBeHash(_ field: some StringProtocol) -> Bool {
    let letters = field.utf8
    if field.hasPrefix("_") { return letters.count == 20 && letters.dropFirst().allSatisfy(isLetter) }
    return letters.count >= 13 && (letters.count - 13) % 11 == 0 && letters.allSatisfy(isLetter)
  }

  /// Letters that a hash is written in: `./0-9A-Za-z`.
  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ".")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}

extension Account.Password {
  /// Whether somebody may get in by it, where passwords are asked for.
  package var opens: Bool { [.usable, .doubtful, .empty].contains(self) }
}
