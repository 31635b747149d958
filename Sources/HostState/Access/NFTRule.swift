/// One line of a chain as `nft list ruleset` prints it, and what it does with a new connection from outside.
struct NFTRule {
  enum Match { case yes, no, maybe }
  enum Verdict: Hashable {
    case accept, drop, back
    case jump(String), go(String)
    /// It counts or logs, and the next rule is looked at.
    case none
    /// It sends the packet elsewhere, or nobody can tell.
    case unknown
  }
  let match: Match
  let verdict: Verdict

  /// - Parameter words: the line's, as `PacketRule.words` splits it.
  init(_ words: [String], _ packet: NFTPacket) {
    var reader = Reader(words: words[...], packet: packet)
    reader.read()
    (match, verdict) = (reader.match, reader.verdict)
  }
}

/// What a rule of nftables can ask about the first packet of a connection from outside.
struct NFTPacket {
  let transport: String
  let port: UInt16
  let source: AddressRange
}

private struct Reader {
  var words: ArraySlice<String>
  let packet: NFTPacket
  var match = NFTRule.Match.yes
  var verdict = NFTRule.Verdict.none

  /// Statements that let the packet pass by, with how many words follow each.
  private static let passing = ["counter": 0, "comment": 1, "notrack": 0]
  private static let logging = ["prefix": 1, "level": 1, "group": 1, "snaplen": 1, "queue-threshold": 1, "flags": 1]
  /// Statements after which the packet may be another one, or somebody else decides about it.
  private static let sending: Set<String> = [
    "dnat", "dup", "fwd", "masquerade", "queue", "redirect", "snat", "synproxy", "tproxy",
  ]

  mutating func read() {
    while let word = words.popFirst() {
      if let count = Self.passing[word] {
        words = words.dropFirst(count)
        // A counter whose numbers were listed.
        while word == "counter", let next = words.first, ["packets", "bytes"].contains(next) {
          words = words.dropFirst(2)
        }
        continue
      }
      if word == "log" {
        while let next = words.first, let count = Self.logging[next] { words = words.dropFirst(1 + count) }
        continue
      }
      if let found = end(word) {
        verdict = found
        return
      }
      if word == "meta", ["iif", "iifname", "nfproto", "l4proto"].contains(words.first ?? "") { continue }
      add(condition(word))
    }
  }

  private mutating func end(_ word: String) -> NFTRule.Verdict? {
    switch word {
    case "accept": return .accept
    case "drop", "reject": return .drop
    case "return": return .back
    case "continue": return NFTRule.Verdict.none
    case "jump": return words.popFirst().map { .jump($0) } ?? .unknown
    case "goto": return words.popFirst().map { .go($0) } ?? .unknown
    case _ where Self.sending.contains(word): return .unknown
    default: return nil
    }
  }

  private mutating func add(_ next: NFTRule.Match) {
    if next == .no || match == .no { match = .no } else if next == .maybe { match = .maybe }
  }

  /// What a condition that begins with this word comes to; of an unknown one the words that follow are unknown as well.
  private mutating func condition(_ word: String) -> NFTRule.Match {
    switch word {
    case "iif", "iifname": return compare { $0 == "lo" ? .no : .maybe }
    case "ct" where words.first == "state":
      words = words.dropFirst()
      let others = ["established", "invalid", "related", "untracked"]
      return compare { $0 == "new" ? .yes : others.contains($0) ? .no : .maybe }
    case "tcp", "udp", "th":
      if word != "th", word != packet.transport {
        skipCondition()
        return .no
      }
      guard words.first == "dport" else { return .maybe }
      words = words.dropFirst()
      return compare { [port = packet.port] value in
        let range = PacketRule.ports(String(value.map { $0 == "-" ? ":" : $0 }))
        return range.map { $0.contains(port) ? .yes : .no } ?? .maybe
      }
    case "ip", "ip6": return address(isV6: word == "ip6")
    case "nfproto": return compare { [isV6 = packet.source.isV6] in $0 == (isV6 ? "ipv6" : "ipv4") ? .yes : .no }
    case "l4proto": return compare(transport)
    case "icmp", "icmpv6":
      skipCondition()
      return .no
    default: return .maybe
    }
  }

  private func transport(_ value: String) -> NFTRule.Match {
    [packet.transport, packet.transport == "tcp" ? "6" : "17"].contains(value) ? .yes : .no
  }

  private mutating func address(isV6: Bool) -> NFTRule.Match {
    guard isV6 == packet.source.isV6 else {
      skipCondition()
      return .no
    }
    switch words.popFirst() {
    case "saddr":
      return compare { [source = packet.source] value in
        AddressRange(value).map { $0.contains(source) ? .yes : .no } ?? .maybe
      }
    case "protocol", "nexthdr": return compare(transport)
    default: return .maybe
    }
  }

  /// The rest of a condition that does not hold: up to the word that ends the rule.
  private mutating func skipCondition() {
    while let next = words.first, !["accept", "drop", "reject", "jump", "goto", "return"].contains(next) {
      words = words.dropFirst()
    }
  }

  /// `22`, `!= 22`, `{ 22, 80-90 }`, `established,related`, `vmap { 22 : accept }`; of a set with a name nothing is known.
  private mutating func compare(_ holds: (String) -> NFTRule.Match) -> NFTRule.Match {
    guard var value = words.popFirst() else { return .maybe }
    if value == "vmap" { return choose(holds) }
    var isNegated = false
    if value == "!=" || value == "==" {
      isNegated = value == "!="
      value = words.popFirst() ?? ""
    }
    var values = value.split(separator: ",").map(String.init)
    if value == "{" {
      values = words.prefix { $0 != "}" }.flatMap { $0.split(separator: ",").map(String.init) }
      words = words.drop { $0 != "}" }.dropFirst()
    }
    let found = values.map(holds)
    guard !found.contains(.maybe) || found.contains(.yes) else { return .maybe }
    return found.contains(.yes) != isNegated ? .yes : .no
  }

  /// A verdict for each value: `{ established : accept, invalid : drop }`.
  private mutating func choose(_ holds: (String) -> NFTRule.Match) -> NFTRule.Match {
    guard words.popFirst() == "{" else {
      verdict = .unknown
      words = []
      return .maybe
    }
    let pairs = words.prefix { $0 != "}" }.split(separator: ":").map(Array.init)
    words = words.drop { $0 != "}" }.dropFirst()
    var outcome = NFTRule.Verdict?.none
    for (keys, values) in zip(pairs, pairs.dropFirst()) {
      guard let key = keys.last else { continue }
      let match = holds(key)
      if match == .no { continue }
      var rest = Reader(words: values.map { $0.filter { $0 != "," } }[...], packet: packet)
      let found = rest.words.popFirst().flatMap { rest.end($0) }
      outcome = match == .yes ? found ?? .unknown : .unknown
      break
    }
    guard let outcome else { return .no }
    verdict = outcome
    words = []
    return outcome == .unknown ? .maybe : .yes
  }
}
