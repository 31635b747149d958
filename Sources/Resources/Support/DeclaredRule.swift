/// A declared rule, as the rules of both families that ufw makes of it.
struct DeclaredRule {
  /// One for each family that it is for, whether or not ufw cares for IPv6 on this host.
  let rules: [UFWRule]
  private let lines: [UFWLine]
  /// The declared comment, nil where none was.
  let comment: String?

  init(_ rule: FirewallRule, _ ports: ClosedRange<UInt16>) throws(Diagnostic) {
    var source: AddressRange?
    if let text = rule.source {
      guard let range = AddressRange(text) else { throw .notAnAddress(text) }
      // ufw makes rules of both families of it.
      guard !range.isEverything else { throw .everything(text) }
      source = range
    }
    if ports.count > 1, rule.transport == .any { throw .noTransport(ports) }
    if let comment = rule.comment, comment.contains("'") || comment.contains(where: \.isNewline) {
      throw .notAComment(comment)
    }
    comment = rule.comment.map { "\(Self.mark): \($0)" }
    let port = ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound):\(ports.upperBound)"
    var rules: [UFWRule] = []
    for isV6 in [false, true] {
      if let source, source.isV6 != isV6 { continue }
      rules.append(
        UFWRule(
          isV6: isV6, action: rule.isLimited ? "limit" : "allow", transport: rule.transport.rawValue, port: port,
          destination: UFWRule.anywhere(isV6), source: source.map(\.text) ?? UFWRule.anywhere(isV6),
          comment: comment ?? Self.mark))
    }
    self.rules = rules
    lines = rules.map { UFWLine($0) }
  }

  /// The comment by which harden knows its own rules again: `harden`, or `harden: ` and the recipe's.
  static let mark = "harden"

  static func isOurs(_ rule: UFWRule) -> Bool {
    rule.comment == mark || rule.comment?.hasPrefix("\(mark): ") ?? false
  }

  var isLimited: Bool { rules[0].action == "limit" }
  var what: String { rules[0].what }
  var how: String { rules[0].how + (comment.map { ", “\($0.dropFirst(Self.mark.count + 2))”" } ?? "") }
}

// MARK: How a rule stands

extension DeclaredRule {
  enum Standing: Hashable {
    case inForce, missing
    /// A rule ahead of it takes the same packets and does something else with them.
    case defeated(by: PacketRule)
  }

  /// First match wins.
  private static func standing(of line: UFWLine, in chain: [ChainRule]) -> Standing {
    let isLimited = line.rule?.action == "limit"
    for wanted in line.input {
      guard let index = chain.firstIndex(where: { $0.isSame(as: wanted) }) else { return .missing }
      for earlier in chain[..<index] where earlier.ends(limited: isLimited) && earlier.rule.covers(wanted.rule) {
        return .defeated(by: earlier.rule)
      }
    }
    return .inForce
  }

  /// The rules that concern this host: those for IPv6 are none with IPV6=no.
  func lines(on host: UFWHost) -> [UFWLine] { lines.filter { host.files.ipv6 || $0.rule?.isV6 != true } }

  /// The worst standing of its rules in ufw's files.
  func standingInFiles(_ host: UFWHost) -> Standing { worst(standingsInFiles(host)) }

  /// The standing of each of its rules in ufw's files.
  func standingsInFiles(_ host: UFWHost) -> [Standing] {
    lines(on: host).map { Self.standing(of: $0, in: host.chainInFiles($0.rule?.isV6 ?? false)) }
  }

  /// The worst standing of its rules in the kernel.
  func standing(in kernel: [Bool: [ChainRule]], _ host: UFWHost) -> Standing {
    worst(lines(on: host).map { Self.standing(of: $0, in: kernel[$0.rule?.isV6 ?? false] ?? []) })
  }

  private func worst(_ standings: [Standing]) -> Standing {
    var worst = Standing.inForce
    for standing in standings {
      switch standing {
      case .inForce: continue
      case .missing: if worst == .inForce { worst = .missing }
      case .defeated(let by): worst = .defeated(by: by)
      }
    }
    return worst
  }

  /// The rule of the host's that is for the same packets, whatever it does with them.
  func counterpart(on host: UFWHost) -> UFWRule? {
    lines(on: host).lazy.compactMap { host.rule(like: $0) }.first
  }

  /// Whether the declared comment is not the one that stands there.
  func hasOtherComment(on host: UFWHost) -> Bool {
    guard let comment else { return false }
    return lines(on: host).contains { line in host.rule(like: line).map { $0.comment != comment } ?? false }
  }

  /// With the comment of somebody's own, which goes with the rule that ufw replaces.
  private static func words(_ rule: UFWRule) -> String {
    rule.how + (isOurs(rule) ? "" : rule.comment.map { ", “\($0)”" } ?? "")
  }

  /// What a reader is told of today; nil where nothing differs.
  ///
  /// - Parameter kernel: the host's chains of what comes in.
  func before(on host: UFWHost, _ kernel: [Bool: [ChainRule]]) -> (words: String?, decidedBy: String?)? {
    let counterpart = counterpart(on: host)
    if lines(on: host).isEmpty { return nil }
    // A rule that waits in the files of a firewall that is off may be somebody's, and be replaced.
    let isOn = host.state == .on
    let idle = isOn ? "" : ", not in force"
    let standings = isOn ? [standingInFiles(host), standing(in: kernel, host)] : [standingInFiles(host)]
    for case .defeated(let by) in standings {
      let winner = host.families.flatMap { host.rules($0) }.first { $0.inputRules.contains(by) }
      return (
        counterpart.map { Self.words($0) + ", without effect" },
        "decided by a rule ahead of it: \(winner.map { "\($0.what) \($0.how)" } ?? by.text)"
      )
    }
    // A rule for the same packets that does something else with them may stand behind one that is as wanted.
    if isOn, !standings.contains(.missing), !hasOtherComment(on: host) { return nil }
    if let counterpart, counterpart.action != rules[0].action { return (Self.words(counterpart) + idle, nil) }
    if standings[0] == .missing { return (nil, nil) }
    let how = counterpart?.how ?? "allow"
    if standings.last == .missing { return ("\(how), not in the kernel", nil) }
    guard hasOtherComment(on: host) else { return (how + idle, nil) }
    return (how + (counterpart?.comment.map { ", “\($0)”" } ?? ", no comment") + idle, nil)
  }
}

extension Diagnostic {
  fileprivate static func notAnAddress(_ text: String) -> Diagnostic {
    Diagnostic(
      "Not an address",
      detail:
        "“\(text)” is neither an address nor a block of addresses; a name would be looked up only once, and is not taken.",
      fix: "Write it as in 203.0.113.9, 203.0.113.0/24 or 2001:db8::/32")
  }

  fileprivate static func everything(_ text: String) -> Diagnostic {
    Diagnostic(
      "Not a source",
      detail: "“\(text)” is everything of one family, for which ufw has no rule: it makes one for both of them.",
      fix: "Leave the source out to allow from anywhere")
  }

  fileprivate static func noTransport(_ ports: ClosedRange<UInt16>) -> Diagnostic {
    Diagnostic(
      "A range of ports needs tcp or udp",
      detail: "ufw takes \(ports.lowerBound) to \(ports.upperBound) for one protocol only: declare a rule for each.")
  }

  fileprivate static func notAComment(_ text: String) -> Diagnostic {
    Diagnostic(
      "Not a comment for ufw",
      detail: "“\(text)” holds a single quote or a line break, and ufw refuses a rule with such a comment.")
  }
}
