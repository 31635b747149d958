extension Firewall {
  /// What else decides who gets in, in sentences: other people's rules, tables and services.
  func notes(_ wanted: [DeclaredRule], _ start: UFWHost, _ end: UFWHost, on host: Observations) throws(Diagnostic)
    -> [String]
  {
    var notes = undeclared(wanted, end)
    for isV6 in end.families { notes += ahead(start, isV6) }
    notes += published(start)
    for table in start.filter.otherTables { notes.append(words(for: table)) }
    if !end.files.ipv6 {
      notes.append("This kernel has no IPv6, and ufw leaves it out: IPV6=no in \(Self.defaults)")
    }
    if let unit = try host.unit(Self.nftables).value, unit.isEnabled,
      let text = try host.contents(Self.nftablesFile).value, text.contains("flush ruleset")
    {
      notes.append(
        "\(Self.nftables) starts at boot and \(Self.nftablesFile) begins with “flush ruleset”: it may wipe these rules. "
          + "systemctl disable \(Self.nftables)")
    }
    for script in Self.scripts {
      guard let status = try host.file(script).value, status.mode.rawValue & 0o111 != 0 else { continue }
      notes.append("ufw runs \(script) each time it starts: what that does to packets is not foreseen here")
    }
    return notes + afterBoot(BootUnits(host), host)
  }

  /// What sets rules at the next boot beside ufw, and has not by now or will again.
  private func afterBoot(_ boot: BootUnits, _ host: Observations) -> [String] {
    var notes: [String] = []
    for load in boot.loads {
      guard (try? host.contents(load.file))?.value != nil else { continue }
      notes.append("\(load.unit) loads \(load.file) at boot: it may wipe these rules. \(load.remedy)")
    }
    for (name, tools, script) in boot.setters {
      notes.append(
        "\(name) sets rules at boot (\(tools.joined(separator: ", "))\(script.map { ", by \($0)" } ?? "")): what that does "
          + "to packets is not foreseen here")
    }
    return notes
  }

  /// Rules in ufw's files, and lines in the kernel's chain, that are nobody's declared ones.
  private func undeclared(_ wanted: [DeclaredRule], _ end: UFWHost) -> [String] {
    var seen: [String] = []
    let matches = Set(wanted.flatMap(\.rules).map(\.match))
    for isV6 in end.families {
      for rule in end.rules(isV6) where !matches.contains(rule.match) {
        let words = "\(rule.what) \(rule.how)" + (rule.comment.map { ", “\($0)”" } ?? "")
        if !seen.contains(words) { seen.append(words) }
      }
    }
    // fail2ban and the like add hundreds.
    var notes = seen.prefix(Self.longest).map { "not declared, stays: \($0)" }
    if seen.count > Self.longest {
      notes.append("not declared, stay: \(seen.count - Self.longest) more rules of ufw's")
    }
    for isV6 in end.families {
      let known = Set(end.inputRulesInFiles(isV6))
      for rule in end.inputRules(isV6) where !known.contains(rule) {
        notes.append("in the kernel alone, until ufw loads its rules again: \(rule.text)")
      }
    }
    return notes
  }

  private static let longest = 20

  /// What stands before ufw's chains and decides without them.
  private func ahead(_ host: UFWHost, _ isV6: Bool) -> [String] {
    let prefix = UFWHost.prefix(isV6)
    var notes: [String] = []
    let jumps = host.table(isV6)?.rules["INPUT"] ?? []
    for rule in jumps.prefix(while: { $0.target != "\(prefix)-before-input" }) {
      guard let target = rule.target, !target.hasPrefix(prefix + "-"), target != "LOG" else { continue }
      if rule.conditions == [PacketRule.Condition(option: "-i", isNegated: false, values: ["lo"])] { continue }
      notes.append("ahead of ufw\(isV6 ? ", IPv6" : ""): \(rule.text)")
    }
    return notes
  }

  private static func isNamed(_ option: String, _ rule: PacketRule) -> Bool {
    rule.conditions.contains { $0.option == option }
  }

  /// Ports that are sent on to other hosts, and by Docker to containers: they pass by INPUT, and so by ufw.
  private func published(_ host: UFWHost) -> [String] {
    var notes: [String] = []
    for isV6 in [false, true] {
      let filter = isV6 ? host.filter.ipv6 : host.filter.ipv4
      let table = PacketTables.parsed[filter]["nat"]
      for rule in table?.rules["PREROUTING"] ?? [] where rule.target == "DNAT" && Self.isNamed("--dport", rule) {
        notes.append("sent on past ufw\(isV6 ? ", IPv6" : ""): \(rule.text)")
      }
      for rule in table?.rules["DOCKER"] ?? [] where rule.target == "DNAT" {
        func values(_ option: String) -> [String]? { rule.conditions.first { $0.option == option }?.values }
        guard let ports = values("--dport") else { continue }
        let address = values("-d")?.first.map { String($0.prefix { $0 != "/" }) }
        // Published for the host itself alone.
        if let address, NetworkAddress.isLoopback(address) { continue }
        let words =
          "open past ufw, published by Docker: \(ports.joined(separator: ", "))/\(values("-p")?.first ?? "tcp")"
          + (address.map { " on \($0)" } ?? "")
        if !notes.contains(words) { notes.append(words) }
      }
    }
    return notes
  }

  private func words(for table: String) -> String {
    let words = table.split { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == ";" }
    // The old interface's are told as iptables does.
    let drops = words.contains { ["drop", "reject", "DROP", "REJECT"].contains($0) }
    return "beside ufw: nft table \(PacketFilter.name(ofTable: table))"
      + (drops ? ", which drops packets whatever ufw says" : ", which drops nothing")
  }
}
