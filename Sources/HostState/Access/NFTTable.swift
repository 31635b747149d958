/// A table as `nft list ruleset` prints it, as far as it decides about new connections from outside.
struct NFTTable {
  private struct Chain {
    var hook: String?
    var isDropping = false
    var rules: [[String]] = []
  }
  /// `inet filter`
  let name: String
  private let family: String
  private let chains: [String: Chain]

  private static let parsed = Parsed<String, NFTTable> { NFTTable($0) }

  static func of(_ text: String) -> NFTTable { parsed[text] }

  private init(_ text: String) {
    let lines = text.lines.map { PacketRule.words(String($0)) }
    name = PacketFilter.name(ofTable: text)
    family = String(name.prefix { $0 != " " })
    var chains: [String: Chain] = [:]
    var current: String?
    for words in lines.dropFirst() {
      if words == ["}"] {
        current = nil
      } else if words.count == 3, words[0] == "chain" {
        current = words[1]
        chains[words[1]] = Chain()
      } else if let current, words.first == "type", let hook = words.firstIndex(of: "hook") {
        chains[current]?.hook = words.dropFirst(hook + 1).first
        chains[current]?.isDropping = words.contains { $0.hasPrefix("drop") }
      } else if let current {
        chains[current]?.rules.append(words)
      }
    }
    self.chains = chains
  }
}

// MARK: What becomes of a connection

extension NFTTable {
  enum Outcome: Hashable {
    /// It drops it for certain nowhere.
    case pass
    /// It may be sent to another port.
    case unknown
    /// In which chain of those that the kernel itself calls, and by what.
    case drop(chain: String, rule: String)
  }

  private enum End: Hashable {
    case accept, pass, unknown
    /// Dropped, or let on: that hangs on what is not known of the packet.
    case doubt
    case drop(String)

    func or(_ other: End) -> End {
      if case .drop = self, case .drop = other { return other }
      return self == other ? self : self == .unknown || other == .unknown ? .unknown : .doubt
    }
  }

  /// What the chains that it meets on its way in come to.
  func outcome(of packet: NFTPacket) -> Outcome {
    guard family == "inet" || family == (packet.source.isV6 ? "ip6" : "ip") else { return .pass }
    var isUnknown = false
    for hook in ["prerouting", "input"] {
      for (chain, content) in chains.sorted(by: { $0.key < $1.key }) where content.hook == hook {
        switch walk(chain, packet, depth: 0) {
        case .drop(let rule): return .drop(chain: chain, rule: rule)
        case .unknown: isUnknown = true
        case .accept, .pass, .doubt: continue
        }
      }
      if isUnknown { return .unknown }
    }
    return .pass
  }

  private func walk(_ name: String, _ packet: NFTPacket, depth: Int) -> End {
    guard depth < 32, let chain = chains[name] else { return .unknown }
    let end = chain.hook == nil ? End.pass : chain.isDropping ? .drop("policy drop") : .accept
    return walk(chain.rules[...], packet, depth, end: end)
  }

  private func walk(_ rules: ArraySlice<[String]>, _ packet: NFTPacket, _ depth: Int, end: End) -> End {
    var rules = rules
    while let words = rules.popFirst() {
      // A set that goes on in the next line.
      guard words.count(where: { $0 == "{" }) == words.count(where: { $0 == "}" }) else { return .unknown }
      let rule = NFTRule(words, packet)
      guard rule.match != .no else { continue }
      let outcome: End
      switch rule.verdict {
      case .none: continue
      case .accept: outcome = .accept
      case .drop: outcome = .drop(words.joined(separator: " "))
      case .back: outcome = end
      case .unknown: outcome = .unknown
      case .jump(let chain):
        outcome = walk(chain, packet, depth: depth + 1)
        if outcome == .pass { continue }
      case .go(let chain):
        let inner = walk(chain, packet, depth: depth + 1)
        outcome = inner == .pass ? end : inner
      }
      return rule.match == .yes ? outcome : outcome.or(walk(rules, packet, depth, end: end))
    }
    return end
  }
}
