extension PacketTables.Table {
  /// The part of ufw's before.rules that new connections meet; the rules of other people's stay where they are.
  ///
  /// - Parameters:
  ///   - prefix: of the chains' names.
  ///   - before: what the host's own before.rules adds.
  ///   - rejects: whether ufw answers what it does not let in.
  mutating func layUFWChains(_ prefix: String, before: UFWBeforeRules?, rejects: Bool, userRules: [PacketRule]) {
    let steps = ["before-input", "after-input", "reject-input"]
    for name in steps + ["user-input", "user-limit", "user-limit-accept", "user-logging-input"] {
      let chain = "\(prefix)-\(name)"
      if policies[chain] == nil { chains.append(chain) }
      policies[chain] = "-"
      rules[chain] = []
    }
    for (chain, own) in (before?.chains ?? [:]).sorted(by: { $0.key < $1.key }) {
      if policies[chain] == nil { chains.append(chain) }
      policies[chain] = "-"
      rules[chain] = own
    }
    var lines = ["-A \(prefix)-before-input -i lo -j ACCEPT"]
    if before?.judgesEstablished != true {
      lines.append("-A \(prefix)-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
    }
    lines.append("-A \(prefix)-before-input -m conntrack --ctstate INVALID -j DROP")
    lines += before?.rules.map(\.text) ?? []
    lines += [
      "-A \(prefix)-before-input -j \(prefix)-user-input",
      "-A \(prefix)-user-limit -j REJECT",
      "-A \(prefix)-user-limit-accept -j ACCEPT",
    ]
    if rejects { lines.append("-A \(prefix)-reject-input -j REJECT") }
    let jumps = rules["INPUT"] ?? []
    if !jumps.contains(where: { $0.target == "\(prefix)-before-input" }) {
      lines += steps.map { "-A INPUT -j \(prefix)-\($0)" }
    }
    for line in lines {
      if let rule = PacketRule(line) { rules[rule.chain, default: []].append(rule) }
    }
    rules["\(prefix)-user-input"] = userRules
  }
}
