/// Declared rules of which nothing comes, since somebody else's rules or tables shut the port. What is not harden's
/// stays, so its owner is told.
struct FirewallObstacles {
  let host: Observations
  let facts: HostFacts
  /// The firewall once the plan is done.
  let end: UFWHost
  /// Whether ufw shuts whatever nobody lets in today.
  let isOn: Bool

  /// In the order of the rules.
  func waiting(_ rules: [DeclaredRule]) -> [Waiting] {
    var waiting: [Waiting] = []
    for rule in rules {
      var told: PacketObstacle?
      for line in rule.lines(on: end) {
        guard let line = line.rule, let (port, found) = obstacle(to: line) else { continue }
        // A table of both families shuts both.
        if case .nft = found.place, found == told { continue }
        told = found
        waiting.append(
          Waiting(
            "firewall \(line.what)\(line.isV6 ? ", IPv6" : "")", seen: Self.words(found),
            wanted: remedy(found, line, port)))
      }
    }
    return waiting
  }

  /// What shuts the rule's port to everybody whom it is for, as far as can be told.
  private func obstacle(to rule: UFWRule) -> (port: String, PacketObstacle)? {
    let own = facts.addresses.filter { AddressRange($0)?.isV6 == rule.isV6 }
    guard let ports = PacketRule.ports(rule.port), !own.isEmpty else { return nil }
    let transports = rule.transport == "any" ? ["tcp", "udp"] : [rule.transport]
    for transport in transports {
      for port in Set([ports.lowerBound, ports.upperBound]).sorted() {
        // Nearly always the first one comes in, and then nobody else is asked about.
        var first: PacketObstacle?
        for source in Self.visitors(rule) {
          let found = end.filter.obstacle(
            toNewConnectionTo: port, from: source, to: own.count == 1 ? own[0] : nil, over: transport)
          guard let found else {
            first = nil
            break
          }
          first = first ?? found
        }
        if let first { return ("\(transport) dport \(rule.port.replacing(":", with: "-"))", first) }
      }
    }
    return nil
  }

  /// Addresses that stand for all that a rule is for, so far apart that no block list and no friend's has them all. For
  /// anywhere they are of three registries' space; those kept for examples are what bogon filters drop.
  private static func visitors(_ rule: UFWRule) -> [String] {
    guard let source = AddressRange(rule.source), !source.isEverything else {
      return rule.isV6
        ? ["2600:1f00::1", "2a02:1f00::1", "2400:1f00::1"] : ["23.45.67.89", "91.34.56.78", "182.23.45.67"]
    }
    return source.ends
  }
}

// MARK: In the reader's words

extension FirewallObstacles {
  private static func words(_ obstacle: PacketObstacle) -> String {
    let rule = obstacle.rule
    let verb = ["-j REJECT", "reject"].contains(where: rule.contains) ? "rejected" : "dropped"
    switch obstacle.place {
    case .iptables:
      let place = isOfUFW(rule) ? "" : ", which is read before ufw's rules"
      return "\(verb) by \(rule)\(place)"
    case .legacy: return "\(verb) by \(rule) of iptables-legacy, whatever ufw says"
    case .nft(let table, let chain):
      return "\(verb) by nft table \(table), chain \(chain): \(rule), whatever ufw says"
    }
  }

  private func remedy(_ obstacle: PacketObstacle, _ rule: UFWRule, _ port: String) -> String {
    switch obstacle.place {
    case .iptables, .legacy:
      let program = (rule.isV6 ? "ip6tables" : "iptables") + (obstacle.place == .legacy ? "-legacy" : "")
      guard let line = PacketRule(obstacle.rule) else { return "it let in there as well: see \(program) -S INPUT" }
      if Self.isOfUFW(obstacle.rule) {
        let file = UFWBeforeRules.files[rule.isV6].map { "\($0)" } ?? ""
        return line.chain.contains("-before-")
          ? "that line taken out of \(file), and then ufw reload" : "that rule taken out: ufw status numbered"
      }
      let table = PacketTables.parsed[rule.isV6 ? end.filter.ipv6 : end.filter.ipv4].tables.first {
        $0.rules[line.chain]?.contains(line) == true
      }
      let option = table.map { $0.name == "filter" ? "" : " -t \($0.name)" } ?? ""
      let command = "\(program)\(option) -D\(obstacle.rule.dropFirst(2))"
      let file = saved(rule.isV6 ? .ipv6 : .ipv4) { text in text.lines.contains { PacketRule(String($0)) == line } }
      return "that rule taken out, which leaves it to ufw: \(isOn ? "" : "once ufw is on, ")\(command), and "
        + (file.map { "the same line out of \($0)" } ?? "out of what sets it at boot")
    case .nft(let table, let chain):
      let source = rule.source == UFWRule.anywhere(rule.isV6) ? "" : "\(rule.isV6 ? "ip6" : "ip") saddr \(rule.source) "
      let command = "nft insert rule \(table) \(chain) \(source)\(port) accept"
      let file = saved(.nft) { $0.contains("table \(table)") }
      return "it let in there as well: \(command), and "
        + (file.map { "the same rule in \($0)" } ?? "the same where that table is made")
    }
  }

  private static func isOfUFW(_ rule: String) -> Bool {
    ["-A ufw-", "-A ufw6-"].contains(where: rule.hasPrefix)
  }

  /// The file that brings it back at the next boot.
  private func saved(_ kind: BootUnits.Load.Kind, _ holds: (String) -> Bool) -> String? {
    var loads = BootUnits(host).loads.filter { $0.kind == kind }
    if kind == .nft, (try? host.unit(Firewall.nftables))?.value?.isEnabled == true {
      loads.append(BootUnits.Load(unit: Firewall.nftables, kind: .nft, file: Firewall.nftablesFile))
    }
    return loads.first { load in ((try? host.contents(load.file))?.value).map(holds) ?? false }
      .map { "\($0.file), which \($0.unit) loads at boot" }
  }
}
