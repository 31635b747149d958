/// A declared rule, as the rules of both families that ufw makes of it.
struct DeclaredRule: Hashable {
  /// One for each family that it is for, whether or not ufw cares for IPv6 on this host.
  let rules: [UFWRule]
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
  }

  /// The comment by which harden knows its own rules again: `harden`, or `harden: ` and the recipe's.
  static let mark = "harden"

  static func isOurs(_ rule: UFWRule) -> Bool {
    rule.comment == mark || rule.comment?.hasPrefix("\(mark): ") ?? false
  }

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
  static func standing(of rule: UFWRule, in rules: [PacketRule]) -> Standing {
    for line in rule.inputRules {
      guard let index = rules.firstIndex(of: line) else { return .missing }
      for earlier in rules[..<index] where earlier.ends(limited: rule.action == "limit") && earlier.covers(line) {
        return .defeated(by: earlier)
      }
    }
    return .inForce
  }

  /// The rules that concern this host: those for IPv6 are none with IPV6=no.
  func rules(on host: UFWHost) -> [UFWRule] { rules.filter { host.files.ipv6 || !$0.isV6 } }

  /// The worst standing of its rules in ufw's files.
  func standingInFiles(_ host: UFWHost) -> Standing {
    worst(host) { Self.standing(of: $0, in: host.rules($0.isV6).flatMap(\.inputRules)) }
  }

  /// The worst standing of its rules in the kernel.
  func standingInKernel(_ host: UFWHost) -> Standing {
    worst(host) { Self.standing(of: $0, in: host.inputRules($0.isV6)) }
  }

  private func worst(_ host: UFWHost, _ standing: (UFWRule) -> Standing) -> Standing {
    var worst = Standing.inForce
    for rule in rules(on: host) {
      switch standing(rule) {
      case .inForce: continue
      case .missing: if worst == .inForce { worst = .missing }
      case .defeated(let by): worst = .defeated(by: by)
      }
    }
    return worst
  }

  /// The rule of the host's that is for the same packets, whatever it does with them.
  func counterpart(on host: UFWHost) -> UFWRule? {
    for rule in rules(on: host) {
      if let found = host.rules(rule.isV6).first(where: { $0.isSameMatch(as: rule) }) { return found }
    }
    return nil
  }

  /// Whether the declared comment is not the one that stands there.
  func hasOtherComment(on host: UFWHost) -> Bool {
    guard let comment else { return false }
    return rules(on: host).contains { rule in
      host.rules(rule.isV6).contains { $0.isSameMatch(as: rule) && $0.comment != comment }
    }
  }

  /// What a reader is told of today; nil where nothing differs.
  func before(on host: UFWHost) -> (words: String?, decidedBy: String?)? {
    let counterpart = counterpart(on: host)
    if rules(on: host).isEmpty { return nil }
    guard host.state == .on else { return (nil, nil) }
    let standings = [standingInFiles(host), standingInKernel(host)]
    for case .defeated(let by) in standings {
      let winner = host.families.flatMap { host.rules($0) }.first { $0.inputRules.contains(by) }
      return (
        counterpart.map { "\($0.how), without effect" },
        "decided by a rule ahead of it: \(winner.map { "\($0.what) \($0.how)" } ?? by.text)"
      )
    }
    if let counterpart, counterpart.action != rules[0].action { return (counterpart.how, nil) }
    if standings[0] == .missing { return (nil, nil) }
    if standings[1] == .missing { return ("\(counterpart?.how ?? "allow"), not in the kernel", nil) }
    guard hasOtherComment(on: host) else { return nil }
    return ((counterpart?.how ?? "") + (counterpart?.comment.map { ", “\($0)”" } ?? ", no comment"), nil)
  }
}

extension PacketRule {
  /// Whether a packet that meets it goes no further, with another end than a rule wants that is limited or not.
  fileprivate func ends(limited: Bool) -> Bool {
    switch target {
    case "DROP", "REJECT": true
    case "ACCEPT": limited
    case "ufw-user-limit-accept", "ufw6-user-limit-accept": !limited
    default: false
    }
  }
}

// MARK: The way there

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
    if !extras.isEmpty || !host.policiesAreInForce || wanted.contains(where: { $0.standingInKernel(host) != .inForce })
    {
      run(["reload"], risk: .closes, starts: true, title: "load the firewall's rules again") { $0.reload() }
    }
  }

  private mutating func settle(_ rule: DeclaredRule) {
    let rules = rule.rules(on: host)
    guard let first = rules.first else { return }
    if rule.standingInFiles(host) == .inForce && !rule.hasOtherComment(on: host) { return }
    let comment = ["comment", first.comment ?? DeclaredRule.mark]
    var trial = host
    trial.add(rules)
    if rule.standingInFiles(trial) == .inForce {
      run(first.arguments + comment, risk: .opens) { $0.add(rules) }
      return
    }
    // Something ahead of it defeats it. ufw does not move a rule: it goes and comes back in front.
    if let old = rule.counterpart(on: host) {
      // Where it lets nobody in, taking it away closes nothing.
      let letsIn = rules.contains {
        DeclaredRule.standing(of: $0, in: host.rules($0.isV6).flatMap(\.inputRules)) == .inForce
      }
      run(["delete"] + old.arguments, risk: letsIn ? .closes : .opens) { $0.delete(rules) }
    }
    run(["prepend"] + first.arguments + comment, risk: .opens) { $0.prepend(rules) }
  }

  /// Rules that are not declared: harden's own, and under `exclusive` everybody's.
  private func unwanted(_ wanted: [DeclaredRule], exclusive: Bool) -> [UFWRule] {
    var unwanted: [UFWRule] = []
    for isV6 in host.families {
      for rule in host.rules(isV6) {
        if wanted.contains(where: { $0.rules.contains { $0.isSameMatch(as: rule) } }) { continue }
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
    run((rule.isRoute ? ["route"] : []) + ["delete"] + rule.arguments, risk: .closes) { $0.delete(both) }
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
    add(
      Command("/usr/bin/sed", ["-i", "s/^[[:space:]]*IPV6=.*/IPV6=yes/", Firewall.defaults.text]), risk: .opens,
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
      let known = Set(host.rules(isV6).flatMap(\.inputRules))
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
