/// A rule of ufw's with all that is asked of it, worked out once: a firewall may have hundreds of them, and after each
/// step all are looked at again.
final class UFWLine: Sendable {
  let tuple: String
  /// Nil where the tuple is of an unknown form.
  let rule: UFWRule?
  let match: UFWRule?
  private let matchHash: Int
  /// What it comes to in the chain of what comes in.
  let input: [ChainRule]

  convenience init(_ tuple: String, isV6: Bool) { self.init(tuple, UFWRule(tuple: tuple, isV6: isV6)) }

  convenience init(_ rule: UFWRule) { self.init(rule.tuple, rule) }

  private init(_ tuple: String, _ rule: UFWRule?) {
    (self.tuple, self.rule, match) = (tuple, rule, rule?.match)
    matchHash = match.hashValue
    input = rule?.inputRules.map { ChainRule($0) } ?? []
  }

  /// Whether ufw takes both for the same rule.
  func isSameMatch(as other: UFWLine) -> Bool { matchHash == other.matchHash && match == other.match }
}

/// A rule in the chain of what comes in, quick to be found again.
final class ChainRule: Sendable {
  let rule: PacketRule
  private let hash: Int
  /// Whether a packet that meets it goes no further, with another end than a rule wants that is limited.
  private let endsLimited: Bool
  /// The same for one that is not.
  private let endsUnlimited: Bool

  init(_ rule: PacketRule) {
    (self.rule, hash) = (rule, rule.hashValue)
    let shuts = rule.target == "DROP" || rule.target == "REJECT"
    endsLimited = shuts || rule.target == "ACCEPT"
    endsUnlimited = shuts || rule.target == "ufw-user-limit-accept" || rule.target == "ufw6-user-limit-accept"
  }

  func isSame(as other: ChainRule) -> Bool { hash == other.hash && rule == other.rule }

  func ends(limited: Bool) -> Bool { limited ? endsLimited : endsUnlimited }
}
