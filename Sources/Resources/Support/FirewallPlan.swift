/// The ufw commands that bring a host to what is declared, each with what it leaves behind.
struct FirewallPlan {
  private(set) var host: UFWHost
  private(set) var steps: [Step] = []
  /// Rules that go, one of each pair of families.
  private(set) var removed: [UFWRule] = []
  /// Lines that only the kernel has, and that go by loading ufw's rules again.
  private(set) var flushed: [String] = []
  private let sysctls: [(key: String, value: String)]

  init(_ host: UFWHost, sysctls: [(key: String, value: String)]) { (self.host, self.sysctls) = (host, sysctls) }

  /// - Parameter includingIPv6: Whether the rules are to hold for IPv6 where ufw leaves that out.
  mutating func settle(
    _ wanted: [DeclaredRule], incoming: String, outgoing: String, exclusive: Bool, includingIPv6: Bool = false
  ) {
    if includingIPv6, !host.files.ipv6 { includeIPv6() }
    if host.isShutForIPv6 {
      run(["reload"], risk: .opens, starts: true, title: "load the firewall's rules, for IPv6 as well") { $0.reload() }
    }
    let start = host.state
    for isV6 in host.families where host.state(isV6) == .broken { removeChains(isV6) }
    // ufw cannot change rules while it believes in chains that are gone, and starts nothing that it thinks runs.
    if start == .flushed || start == .broken, host.files.enabled { disable() }
    let unwanted = unwanted(wanted, exclusive: exclusive)
    for rule in wanted { settle(rule) }
    for rule in unwanted { delete(rule) }
    if host.files.incoming != incoming { setDefault("incoming", incoming) }
    if host.files.outgoing != outgoing { setDefault("outgoing", outgoing) }
    if start != .on {
      run(["--force", "enable"], risk: .closes, starts: true, title: "enable the firewall") { $0.enable() }
      return
    }
    let extras = exclusive ? extras() : []
    flushed = extras
    let kernel = host.chainsInKernel
    if !extras.isEmpty || !host.policiesAreInForce
      || wanted.contains(where: { $0.standing(in: kernel, host) != .inForce })
    {
      run(["reload"], risk: .closes, starts: true, title: "load the firewall's rules again") { $0.reload() }
    }
  }

  private mutating func settle(_ rule: DeclaredRule) {
    let lines = rule.lines(on: host)
    guard let first = lines.first?.rule else { return }
    if rule.standingInFiles(host) == .inForce && !rule.hasOtherComment(on: host) { return }
    let comment = ["comment", first.comment ?? DeclaredRule.mark]
    var trial = host
    trial.add(lines)
    if rule.standingInFiles(trial) == .inForce {
      run(first.arguments + comment, risk: .opens) { $0 = trial }
      return
    }
    // Something ahead of it defeats it. ufw does not move a rule: it goes and comes back in front.
    if let old = rule.counterpart(on: host) {
      // Where it lets nobody in, taking it away closes nothing.
      let letsIn = rule.standingsInFiles(host).contains(.inForce)
      run(["delete"] + old.arguments, risk: letsIn ? .closes : .opens) { $0.delete(lines) }
    }
    run(["prepend"] + first.arguments + comment, risk: .opens) { $0.prepend(lines) }
  }

  /// Rules that are not declared: harden's own, and under `exclusive` everybody's.
  private func unwanted(_ wanted: [DeclaredRule], exclusive: Bool) -> [UFWRule] {
    var unwanted: [UFWRule] = []
    let matches = Set(wanted.flatMap(\.rules).map(\.match))
    for isV6 in host.families {
      for rule in host.rules(isV6) {
        if matches.contains(rule.match) { continue }
        guard exclusive || DeclaredRule.isOurs(rule) else { continue }
        // ufw deletes a rule for anywhere in both families at once.
        if unwanted.contains(where: { $0.arguments == rule.arguments }) { continue }
        unwanted.append(rule)
      }
    }
    return unwanted
  }

  private mutating func delete(_ rule: UFWRule) {
    let both = host.families.flatMap { host.rules($0) }.filter { $0.arguments == rule.arguments }
    removed.append(rule)
    let lines = both.map { UFWLine($0) }
    run((rule.isRoute ? ["route"] : []) + ["delete"] + rule.arguments, risk: .closes) { $0.delete(lines) }
  }

  private mutating func setDefault(_ direction: String, _ policy: String) {
    let risk: Risk = direction == "outgoing" ? .service : policy == "allow" ? .opens : .closes
    run(["default", policy, direction], risk: risk, starts: host.files.enabled) {
      if direction == "incoming" { $0.setDefault(incoming: policy) } else { $0.setDefault(outgoing: policy) }
    }
  }

  /// No command of ufw's sets this one.
  private mutating func includeIPv6() {
    host.includeIPv6()
    let script = "s/^[[:space:]]*IPV6=.*/IPV6=yes/"
    add(
      Command("/usr/bin/sed", ["--follow-symlinks", "-i", script, Firewall.defaults.text]), risk: .opens,
      footprint: Footprint(paths: [Firewall.defaults]), title: "let ufw care for IPv6")
  }

  private mutating func disable() {
    run(["disable"], risk: .opens, title: "take down what is left of the firewall") { $0.disable() }
  }

  /// Takes ufw's chains out of the kernel, and the jumps to them; other people's stay, unlike with `iptables -F`.
  private mutating func removeChains(_ isV6: Bool) {
    let lines = host.linesThatRemoveChains(isV6)
    if lines.isEmpty { return }
    host.removeChains(isV6)
    let program: Path = isV6 ? "/usr/sbin/ip6tables-restore" : "/usr/sbin/iptables-restore"
    let input = (["*filter"] + lines + ["COMMIT"]).map { $0 + "\n" }.joined()
    add(
      Command(program, ["--noflush"], input: input), risk: .opens, footprint: Footprint(packetFilter: true),
      title: "remove ufw's broken chains\(isV6 ? ", IPv6" : "")")
  }

  /// What the kernel has in ufw's chain that no rule in ufw's files makes.
  private func extras() -> [String] {
    host.families.flatMap { isV6 in
      let known = Set(host.inputRulesInFiles(isV6))
      return host.inputRules(isV6).filter { !known.contains($0) }.map(\.text)
    }
  }

  /// - Parameter starts: Whether ufw loads everything again, its kernel settings with it.
  private mutating func run(
    _ arguments: [String], risk: Risk, starts: Bool = false, title: String? = nil, _ change: (inout UFWHost) -> Void
  ) {
    change(&host)
    let footprint = Footprint(
      paths: [
        "/etc/default/ufw", "/etc/ufw/after.rules", "/etc/ufw/after6.rules", "/etc/ufw/ufw.conf",
        "/etc/ufw/user.rules", "/etc/ufw/user6.rules",
      ], packetFilter: true, sysctls: starts ? sysctls.map(\.key) : [])
    add(Command("/usr/sbin/ufw", arguments), risk: risk, footprint: footprint, title: title)
  }

  private mutating func add(_ command: Command, risk: Risk, footprint: Footprint, title: String?) {
    var effects = host.effects
    for (key, value) in sysctls where footprint.sysctls.contains(key) {
      effects.append(.answers(probe: .sysctl(key: key), answer: .there(value: .text(value))))
    }
    steps.append(
      Step(
        .run(command: command), risk: risk, requires: [.package(Firewall.package)], effects: effects,
        footprint: footprint, title: title))
  }
}
