/// What the kernel's filter does with a new connection, as far as that can be told from its rules.
package enum PacketVerdict: Hashable, Sendable {
  case admitted(by: String)
  case dropped(by: String)
  case unknown(why: String)
}

extension PacketFilter {
  /// Whether a new connection from outside would come in.
  ///
  /// Models the tables and matches that ufw, Docker and people at a shell use. What it cannot judge (a set, a mark, a
  /// rate) is no obstacle where both outcomes come to the same; otherwise the answer is unknown, and names the rule.
  ///
  /// - Parameters:
  ///   - address: Where it comes from, IPv4 or IPv6.
  ///   - localAddress: The address on this host; nil when it is not known.
  ///   - transport: `tcp` or `udp`.
  ///   - isOwn: Whether it begins on this host: it goes out and comes in over the loopback.
  package func verdict(
    onNewConnectionTo port: UInt16, from address: String, to localAddress: String? = nil,
    over transport: String = "tcp", isOwn: Bool = false
  ) -> PacketVerdict {
    guard var source = AddressRange(NetworkAddress.plain(address)) else {
      return .unknown(why: "“\(address)” is not an address")
    }
    // A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).
    if source.isV6, source.bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
      let mapped = AddressRange(source.bytes.suffix(4).map(String.init).joined(separator: "."))
    {
      source = mapped
    }
    let destination = localAddress.flatMap { AddressRange(NetworkAddress.plain($0)) }
    let packet = NewConnection(
      transport: transport, port: port, source: source, destination: destination, isOwn: isOwn)
    let verdict = packet.verdict(of: PacketTables.parsed[source.isV6 ? ipv6 : ipv4])
    guard case .admitted = verdict else { return verdict }
    // An accept elsewhere opens nothing that is dropped here; a drop elsewhere closes what is accepted here.
    for table in otherTables {
      if let (isV6, lines) = Self.legacy(table) {
        guard isV6 == source.isV6 else { continue }
        let verdict = packet.verdict(of: PacketTables(lines))
        guard case .admitted = verdict else { return verdict }
        continue
      }
      if let rule = packet.obstacle(in: table) { return .unknown(why: rule) }
    }
    return verdict
  }

  /// `inet filter`, of the text of one of the other tables.
  package static func name(ofTable text: String) -> String {
    (text.lines.first ?? "").split(separator: " ").filter { $0 != "{" && $0 != "table" }.prefix(2)
      .joined(separator: " ")
  }

  /// The rules of the old kernel interface, `ip legacy` and a save of iptables: they hold beside all others.
  static func legacy(_ table: String) -> (isV6: Bool, lines: [String])? {
    let lines = table.lines.map(String.init)
    guard let head = lines.first, ["ip legacy", "ip6 legacy"].contains(head) else { return nil }
    return (head.hasPrefix("ip6"), Array(lines.dropFirst()))
  }
}

/// The first packet of a connection.
private struct NewConnection {
  let transport: String
  let port: UInt16
  let source: AddressRange
  let destination: AddressRange?
  /// From this host itself, over the loopback; else from outside.
  let isOwn: Bool

  enum Outcome: Hashable {
    case accept(String), drop(String), pass, unknown(String)

    /// Whether two outcomes come to the same, whatever rule decides.
    func agrees(with other: Outcome) -> Bool {
      switch (self, other) {
      case (.accept, .accept), (.drop, .drop), (.pass, .pass): true
      default: false
      }
    }
  }
  enum Match { case yes, no, maybe }

  /// What a family's tables come to, in the order in which a packet for this host meets them.
  func verdict(of tables: PacketTables) -> PacketVerdict {
    var admittedBy = "no rule"
    for (name, chain) in isOwn ? Self.overLoopback : Self.fromOutside {
      guard let table = tables[name] else { continue }
      switch walk(chain, of: table, depth: 0) {
      case .accept(let rule): admittedBy = rule
      case .drop(let rule): return .dropped(by: rule)
      case .unknown(let rule): return .unknown(why: rule)
      case .pass: continue
      }
    }
    return .admitted(by: admittedBy)
  }

  private static let fromOutside = [
    ("raw", "PREROUTING"), ("mangle", "PREROUTING"), ("nat", "PREROUTING"), ("mangle", "INPUT"), ("filter", "INPUT"),
  ]
  /// Where it goes is settled on the way out, so `nat` has no say when it comes in.
  private static let overLoopback = [
    ("raw", "OUTPUT"), ("mangle", "OUTPUT"), ("nat", "OUTPUT"), ("filter", "OUTPUT"), ("raw", "PREROUTING"),
    ("mangle", "PREROUTING"), ("mangle", "INPUT"), ("filter", "INPUT"),
  ]

  func walk(_ chain: String, of table: PacketTables.Table, depth: Int) -> Outcome {
    // The kernel refuses loops; a text that was cut might hold one.
    guard depth < 32 else { return .unknown("chain \(chain) does not end") }
    let end: Outcome
    switch table.policies[chain] {
    case "DROP": end = .drop("the policy of \(chain)")
    case "ACCEPT": end = .accept("the policy of \(chain)")
    default: end = .pass
    }
    return walk((table.rules[chain] ?? [])[...], of: table, depth: depth, end: end)
  }

  /// - Parameter end: What becomes of a packet that no rule decides about.
  private func walk(_ rules: ArraySlice<PacketRule>, of table: PacketTables.Table, depth: Int, end: Outcome) -> Outcome
  {
    var rules = rules
    while let rule = rules.popFirst() {
      let match = matches(rule)
      guard match != .no, let target = rule.target else { continue }
      let outcome: Outcome
      var ends = true
      switch target {
      case "ACCEPT": outcome = .accept(rule.text)
      case "DROP", "REJECT", "TARPIT": outcome = .drop(rule.text)
      case "RETURN": outcome = end
      case _ where Self.harmless.contains(target): continue
      case _ where table.policies[target] == "-" || table.rules[target] != nil:
        let inner = walk(target, of: table, depth: depth + 1)
        outcome = inner == .pass && rule.isGoto ? end : inner
        ends = rule.isGoto || inner != .pass
      default: outcome = .unknown(rule.text)
      }
      if !ends { continue }
      if match == .yes { return outcome }
      let otherwise = walk(rules, of: table, depth: depth, end: end)
      return outcome.agrees(with: otherwise) ? otherwise : .unknown(rule.text)
    }
    return end
  }

  /// Targets after which the next rule is looked at.
  private static let harmless: Set<String> = [
    "LOG", "NFLOG", "MARK", "CONNMARK", "SET", "AUDIT", "TRACE", "CLASSIFY", "TCPMSS", "CT", "DSCP", "TOS",
  ]

  private func matches(_ rule: PacketRule) -> Match {
    var result = Match.yes
    let isCounted = rule.conditions.contains { $0.option == "--hitcount" }
    for condition in rule.conditions {
      var match = matches(condition, isCounted: isCounted)
      if condition.isNegated { match = match == .yes ? .no : match == .no ? .yes : .maybe }
      if match == .no { return .no }
      if match == .maybe { result = .maybe }
    }
    return result
  }

  private func matches(_ condition: PacketRule.Condition, isCounted: Bool) -> Match {
    let value = condition.values.first ?? ""
    switch condition.option {
    case "-p": return [transport, transport == "tcp" ? "6" : "17", "all", "0"].contains(value) ? .yes : .no
    case "-s": return AddressRange(value).map { $0.contains(source) ? .yes : .no } ?? .maybe
    case "-d":
      guard let range = AddressRange(value) else { return .maybe }
      if let destination { return range.contains(destination) ? .yes : .no }
      // It goes to one host: never to a group or to everybody.
      return ["224.0.0.0/4", "255.255.255.255", "127.0.0.0/8", "ff00::/8", "::1"].contains {
        AddressRange($0)?.contains(range) ?? false
      } ? .no : .maybe
    case "-i": return isOwn ? (value == "lo" ? .yes : .no) : value == "lo" ? .no : .maybe
    case "-o" where isOwn: return value == "lo" ? .yes : .no
    case "--dport":
      return condition.values.contains { PacketRule.ports($0)?.contains(port) ?? false } ? .yes : .no
    case "--ctstate": return condition.values.contains("NEW") ? .yes : .no
    case "--dst-type": return value == "LOCAL" ? .yes : .no
    case "--src-type": return value == (isOwn ? "LOCAL" : "UNICAST") ? .yes : .no
    case "--set", "--seconds", "--hitcount", "--syn": return .yes
    // A rate that was not reached yet; without a count it remembers addresses, and those are not known.
    case "--update", "--rcheck": return isCounted ? .no : .maybe
    // Nobody says from which port it comes: not from that of a server, such as one of DHCP.
    case "--sport" where transport == "udp":
      return condition.values.allSatisfy { PacketRule.ports($0).map { $0.upperBound < 1024 } ?? false } ? .no : .maybe
    case "--tcp-flags": return condition.values.last == "SYN" ? .yes : .maybe
    case "-m rt", "--rt-type", "--icmp-type", "--icmpv6-type": return .no
    default: return .maybe
    }
  }

  /// The line of an nft table that may drop this connection; nil where none does.
  func obstacle(in table: String) -> String? {
    let lines = table.lines.map { PacketRule.words(String($0).filter { $0 != "\t" }) }
    let name = lines.first?.prefix(2).joined(separator: " ") ?? ""
    for words in lines {
      let isPolicy = words.contains("policy") && words.contains(where: { $0.hasPrefix("drop") })
      guard isPolicy || words.contains(where: { ["drop", "reject", "queue"].contains($0) }) else { continue }
      // A chain for what leaves or passes by has no say in what comes in.
      let elsewhere = isOwn ? ["forward"] : ["output", "forward", "postrouting"]
      if isPolicy, words.contains("hook"), words.contains(where: elsewhere.contains) { continue }
      if isElsewhere(words, in: lines) { continue }
      return "nft table \(name): \(words.joined(separator: " "))"
    }
    return nil
  }

  /// Whether a rule names another port, or a set of sources in which this one is not: fail2ban's form.
  private func isElsewhere(_ words: [String], in lines: [[String]]) -> Bool {
    for (index, word) in words.enumerated() where index + 1 < words.count {
      let value = words[index + 1]
      if word == "dport" {
        if index > 0, ["tcp", "udp"].contains(words[index - 1]), words[index - 1] != transport { return true }
        if let range = PacketRule.ports(String(value.map { $0 == "-" ? ":" : $0 })), !range.contains(port) {
          return true
        }
        if value == "{" {
          let ports = words[(index + 2)...].prefix { $0 != "}" }
            .map { PacketRule.ports(String($0.filter { $0 != "," }.map { $0 == "-" ? ":" : $0 })) }
          if !ports.isEmpty, ports.allSatisfy({ $0.map { !$0.contains(port) } ?? false }) { return true }
        }
      }
      guard word == "saddr" else { continue }
      if let range = AddressRange(value), !range.contains(source) { return true }
      if value.hasPrefix("@") {
        let name = String(value.dropFirst())
        guard let start = lines.firstIndex(where: { $0.count > 1 && $0[0] == "set" && $0[1] == name }) else { continue }
        let words = lines[start...].prefix { $0 != ["}"] }.flatMap { $0 }.map { word in
          String(word.filter { $0 != "," })
        }
        // A span of addresses is not taken apart: this one may be in it.
        if words.contains(where: {
          $0.split(separator: "-").first.map { AddressRange(String($0)) != nil } ?? false
            && $0.contains("-")
        }) {
          continue
        }
        let members = words.compactMap { AddressRange($0) }
        if !members.contains(where: { $0.contains(source) }) { return true }
      }
    }
    return false
  }
}
