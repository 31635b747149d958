/// ufw and the kernel's filter together: what ufw's commands do to both, seen in ufw 0.36.2 with iptables-nft.
///
/// Not every line of the kernel's chains is kept: what lets a new connection in or not is, and that is what the
/// firewall and the proof of access look at.
struct UFWHost {
  private(set) var files: UFWFiles
  /// What the files' rules say, by family, taken apart once: a firewall may have hundreds of them.
  private var lines: [Bool: [UFWLine]]
  /// What they come to in the chain of what comes in.
  private var chains: [Bool: [ChainRule]]
  private(set) var filter: PacketFilter
  private var tables: [Bool: PacketTables]
  /// What is loaded with ufw's own rules; it is in the kernel already where ufw is on.
  var before: [Bool: UFWBeforeRules] = [:]

  init(files: UFWFiles, filter: PacketFilter) {
    (self.files, self.filter) = (files, filter)
    lines = [false: files.rules.map { UFWLine($0, isV6: false) }, true: files.rules6.map { UFWLine($0, isV6: true) }]
    chains = lines.mapValues { $0.flatMap(\.input) }
    tables = [false: PacketTables.parsed[filter.ipv4], true: PacketTables.parsed[filter.ipv6]]
  }

  /// IPv4, and IPv6 where ufw cares for it.
  var families: [Bool] { files.ipv6 ? [false, true] : [false] }

  /// The rules of a family in file order, those of an unknown form left out.
  func rules(_ isV6: Bool) -> [UFWRule] { (lines[isV6] ?? []).compactMap(\.rule) }

  /// What ufw's files come to in the chain of what comes in.
  func chainInFiles(_ isV6: Bool) -> [ChainRule] { chains[isV6] ?? [] }
  func inputRulesInFiles(_ isV6: Bool) -> [PacketRule] { chainInFiles(isV6).map(\.rule) }

  /// The same of the kernel's, by family.
  var chainsInKernel: [Bool: [ChainRule]] {
    [false: inputRules(false).map { ChainRule($0) }, true: inputRules(true).map { ChainRule($0) }]
  }

  /// The rule in the files that is for the same packets.
  func rule(like other: UFWLine) -> UFWRule? { line(like: other).flatMap { lines[$0.isV6]?[$0.index].rule } }

  func table(_ isV6: Bool) -> PacketTables.Table? { tables[isV6]?["filter"] }

  /// What the kernel has in ufw's chain for what comes in.
  func inputRules(_ isV6: Bool) -> [PacketRule] { table(isV6)?.rules["\(Self.prefix(isV6))-user-input"] ?? [] }

  /// What a step states of the host after it.
  var effects: [Effect] {
    [
      .answers(probe: .ufw, answer: .there(value: .ufw(files))),
      .answers(probe: .packetFilter, answer: .there(value: .packetFilter(filter))),
    ]
  }

  static func prefix(_ isV6: Bool) -> String { isV6 ? "ufw6" : "ufw" }
}

// MARK: State

extension UFWHost {
  enum State: Hashable {
    /// Enabled, and every packet from outside passes ufw's chains.
    case on
    case off
    /// ufw believes that it runs, but its chains are gone, of one family or of both.
    case flushed
    /// ufw's chains are there, but nothing leads to them: with the policy DROP nobody gets in, and neither
    /// `ufw reload` nor `ufw disable` and `enable` mends it.
    case broken
  }

  var state: State {
    let states = Set(families.map(state))
    return [.broken, .flushed, .off].first { states.contains($0) } ?? .on
  }

  func state(_ isV6: Bool) -> State {
    let prefix = Self.prefix(isV6)
    guard let table = table(isV6), table.policies["\(prefix)-before-input"] != nil else {
      return files.enabled ? .flushed : .off
    }
    let leads = (table.rules["INPUT"] ?? []).contains { $0.target == "\(prefix)-before-input" && $0.conditions.isEmpty }
    if !leads { return .broken }
    let hasRules = (table.rules["\(prefix)-before-input"] ?? []).contains { $0.target == "\(prefix)-user-input" }
    // After `ufw disable` the chains and the jumps to them stay, empty.
    return !files.enabled ? .off : hasRules ? .on : .flushed
  }

  /// Whether the kernel's policies are what ufw's files say.
  var policiesAreInForce: Bool {
    families.allSatisfy { isV6 in
      let policies = table(isV6)?.policies ?? [:]
      return policies["INPUT"] == Self.kernelWord(files.incoming)
        && policies["OUTPUT"] == Self.kernelWord(files.outgoing)
    }
  }

  private static func kernelWord(_ policy: String) -> String { policy == "allow" ? "ACCEPT" : "DROP" }

  /// What happens to a packet from outside that no rule is about: `allow`, `deny` or `reject`.
  var incomingInForce: String {
    families.contains { table($0)?.policies["INPUT"] != "DROP" }
      ? "allow" : files.incoming == "allow" ? "deny" : files.incoming
  }
  var outgoingInForce: String {
    (table(false)?.policies["OUTPUT"] ?? "ACCEPT") == "ACCEPT"
      ? "allow" : files.outgoing == "allow" ? "deny" : files.outgoing
  }
}

// MARK: Commands

extension UFWHost {
  /// `ufw allow …`: in place of a rule for the same packets, else at the end.
  mutating func add(_ lines: [UFWLine]) {
    for line in lines {
      if let (isV6, index) = self.line(like: line) {
        change(isV6) { $0[index] = line }
        if files.enabled { loadRules() }
      } else {
        append(line)
      }
    }
  }

  /// `ufw prepend …`; does nothing for a rule that is there already.
  mutating func prepend(_ lines: [UFWLine]) {
    for line in lines where self.line(like: line) == nil {
      change(line.rule?.isV6 ?? false) { $0.insert(line, at: 0) }
    }
    if files.enabled { loadRules() }
  }

  /// `ufw delete …`
  mutating func delete(_ lines: [UFWLine]) {
    for line in lines {
      guard let (isV6, index) = self.line(like: line) else { continue }
      change(isV6) { $0.remove(at: index) }
    }
    if files.enabled { loadRules() }
  }

  mutating func setDefault(incoming: String? = nil, outgoing: String? = nil) {
    files.incoming = incoming ?? files.incoming
    files.outgoing = outgoing ?? files.outgoing
    if files.enabled { load() }
  }

  mutating func enable() {
    files.enabled = true
    load()
  }

  mutating func disable() {
    files.enabled = false
    for isV6 in [false, true] {
      guard var table = table(isV6) else { continue }
      for chain in ["INPUT", "OUTPUT", "FORWARD"] { table.policies[chain] = "ACCEPT" }
      for chain in table.chains where chain.hasPrefix(Self.prefix(isV6) + "-") { table.rules[chain] = [] }
      for chain in table.chains where chain.hasPrefix(Self.prefix(isV6) + "-user-") { table.policies[chain] = nil }
      table.chains.removeAll { table.policies[$0] == nil }
      tables[isV6]?["filter"] = table
    }
    render()
  }

  mutating func reload() { load() }

  /// `IPV6=yes` in `/etc/default/ufw`; ufw acts upon it when it loads its rules.
  mutating func includeIPv6() { files.ipv6 = true }

  /// Whether IPv6 is as ufw leaves it with `IPV6=no`: every packet dropped, in and out, and no chains of its own.
  var isShutForIPv6: Bool {
    guard files.ipv6, files.enabled, state(false) == .on, let table = table(true) else { return false }
    return table.policies["INPUT"] == "DROP" && table.policies["ufw6-before-input"] == nil
  }

  /// Input for `iptables-restore --noflush` that removes ufw's chains and the jumps to them.
  func linesThatRemoveChains(_ isV6: Bool) -> [String] {
    guard let table = table(isV6) else { return [] }
    let chains = table.chains.filter { $0.hasPrefix(Self.prefix(isV6) + "-") }
    var lines: [String] = []
    for chain in table.chains where !chains.contains(chain) {
      for rule in table.rules[chain] ?? [] where chains.contains(rule.target ?? "") {
        lines.append("-D" + rule.text.dropFirst(2))
      }
    }
    return lines + chains.map { "-F \($0)" } + chains.map { "-X \($0)" }
  }

  mutating func removeChains(_ isV6: Bool) {
    guard var table = table(isV6) else { return }
    let chains = Set(table.chains.filter { $0.hasPrefix(Self.prefix(isV6) + "-") })
    for chain in chains { (table.rules[chain], table.policies[chain]) = (nil, nil) }
    table.chains.removeAll { chains.contains($0) }
    for chain in table.chains { table.rules[chain]?.removeAll { chains.contains($0.target ?? "") } }
    tables[isV6]?["filter"] = table
    render()
  }
}

extension UFWHost {
  private mutating func change(_ isV6: Bool, _ change: (inout [UFWLine]) -> Void) {
    change(&lines[isV6, default: []])
    let now = lines[isV6] ?? []
    chains[isV6] = now.flatMap(\.input)
    if isV6 { files.rules6 = now.map(\.tuple) } else { files.rules = now.map(\.tuple) }
  }

  private func line(like other: UFWLine) -> (isV6: Bool, index: Int)? {
    guard let isV6 = other.rule?.isV6 else { return nil }
    return lines[isV6]?.firstIndex { $0.isSameMatch(as: other) }.map { (isV6, $0) }
  }

  private mutating func append(_ line: UFWLine) {
    let isV6 = line.rule?.isV6 ?? false
    lines[isV6, default: []].append(line)
    chains[isV6, default: []] += line.input
    if isV6 { files.rules6.append(line.tuple) } else { files.rules.append(line.tuple) }
    guard files.enabled, state != .flushed, var table = table(isV6) else { return }
    table.rules["\(Self.prefix(isV6))-user-input", default: []] += line.input.map(\.rule)
    tables[isV6]?["filter"] = table
    if isV6 { filter.ipv6 = tables[true]?.lines ?? [] } else { filter.ipv4 = tables[false]?.lines ?? [] }
  }

  private mutating func loadRules() {
    for isV6 in families {
      guard var table = table(isV6) else { continue }
      table.rules["\(Self.prefix(isV6))-user-input"] = inputRulesInFiles(isV6)
      tables[isV6]?["filter"] = table
    }
    render()
  }

  private mutating func load() {
    for isV6 in [false, true] {
      var table = table(isV6) ?? PacketTables.Table(name: "filter", chains: ["INPUT", "FORWARD", "OUTPUT"])
      table.policies["INPUT"] = Self.kernelWord(files.incoming)
      table.policies["FORWARD"] = Self.kernelWord(files.routed)
      table.policies["OUTPUT"] = Self.kernelWord(files.outgoing)
      if isV6 && !files.ipv6 {
        // With IPV6=no ufw shuts IPv6 altogether, both ways.
        for chain in ["INPUT", "FORWARD", "OUTPUT"] { table.policies[chain] = "DROP" }
        let lines = ["-A INPUT -i lo -j ACCEPT", "-A OUTPUT -o lo -j ACCEPT"].compactMap { PacketRule($0) }
        for rule in lines where !(table.rules[rule.chain] ?? []).contains(rule) {
          table.rules[rule.chain, default: []].append(rule)
        }
      } else {
        table.layUFWChains(
          Self.prefix(isV6), before: before[isV6], rejects: files.incoming == "reject",
          userRules: inputRulesInFiles(isV6))
      }
      tables[isV6]?["filter"] = table
    }
    render()
  }

  private mutating func render() {
    filter.ipv4 = tables[false]?.lines ?? []
    filter.ipv6 = tables[true]?.lines ?? []
  }
}
