/// A packet filter by ufw: what comes in, what goes out, and that it is in force now and after a reboot.
///
///     Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh, .http, .https])
///     Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh(limit: true), .port(5432, .tcp, from: "203.0.113.0/24")])
///
/// Judged by the kernel's own rules beside ufw's files: `ENABLED=yes` and even `ufw status` say nothing of chains that
/// were flushed. First match wins, so a rule of somebody's that stands ahead of a declared one and says otherwise
/// defeats it; the declared one is then put first. Rules that harden made carry the comment `harden` and go when the
/// recipe does not declare them any more; other people's are shown, and removed only when the firewall is exclusive.
public struct Firewall: Resource {
  public enum Policy: String, Hashable, Codable, Sendable { case allow, deny, reject }

  let incoming: Policy
  let outgoing: Policy
  let allow: [FirewallRule]
  let exclusive: Bool

  /// - Parameters:
  ///   - incoming: What happens to a connection from outside that no rule is about.
  ///   - exclusive: Whether rules that are not declared here are removed, whoever made them.
  public init(incoming: Policy, outgoing: Policy, allow: [FirewallRule], exclusive: Bool = false) {
    (self.incoming, self.outgoing, self.allow, self.exclusive) = (incoming, outgoing, allow, exclusive)
  }

  public var address: String { "firewall" }

  public static var examples: [Firewall] {
    [
      Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh, .http, .https]),
      Firewall(
        incoming: .reject, outgoing: .deny,
        allow: [
          .ssh(limit: true), .port(5432, .tcp, from: "203.0.113.7/24", comment: "office"), .ports(6000...6007, .udp),
        ],
        exclusive: true),
    ]
  }

  static let package = "ufw"
  static let unit = "ufw.service"
  package static let nftables = "nftables.service"
  static let firewalld = "firewalld.service"
  package static let nftablesFile: Path = "/etc/nftables.conf"
  static let sysctls: Path = "/etc/ufw/sysctl.conf"
  /// Run by ufw where they are executable (ufw-framework(8)).
  static let scripts: [Path] = ["/etc/ufw/before.init", "/etc/ufw/after.init"]
  static let defaults: Path = "/etc/default/ufw"
  /// Not there where the kernel was built or booted without IPv6.
  static let kernelIPv6: Path = "/proc/net/if_inet6"

  public func probes(given known: Observations) -> Set<Probe> {
    var probes = packageProbes(Self.package, given: known)
    probes.formUnion([
      .host, .ufw, .packetFilter, .package(name: "iptables"), .unit(name: Self.unit), .unit(name: Self.nftables),
      .unit(name: Self.firewalld), .file(path: Self.kernelIPv6), .contents(path: Self.nftablesFile),
    ])
    probes.formUnion(Self.scripts.map { .file(path: $0) })
    for path in UFWBeforeRules.files.values { probes.formUnion(LinkedText.probes(of: path, given: known)) }
    probes.formUnion(LinkedText.probes(of: Self.sysctls, given: known))
    probes.insert(SealedSettings.probe)
    let boot = BootUnits(known)
    probes.formUnion(boot.probes)
    probes.formUnion(boot.loads.map { .contents(path: $0.file) })
    if allow.contains(where: { $0.ports == nil }) { probes.formUnion(SSHPorts.probes(given: known)) }
    return probes
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    let wanted = try declared(on: host)
    if let unit = try host.unit(Self.firewalld).value, unit.isActive || unit.isEnabled {
      throw .firewalld(isActive: unit.isActive)
    }
    var proposal = try missingPackage(Self.package, on: host)
    let isInstalled = proposal.steps.isEmpty
    var installed = host
    for step in proposal.steps { installed.fold(step) }
    let files = try installed.ufw().known("ufw's files") ?? .stock
    var start = UFWHost(files: files, filter: try filter(on: host))
    for (isV6, path) in UFWBeforeRules.files {
      guard let text = LinkedText(of: path, host).text else { continue }
      start.before[isV6] = UFWBeforeRules(text, prefix: UFWHost.prefix(isV6))
    }
    var plan = FirewallPlan(start, sysctls: try Self.sysctls(on: host))
    plan.settle(
      wanted, incoming: incoming.rawValue, outgoing: outgoing.rawValue, exclusive: exclusive,
      includingIPv6: try host.file(Self.kernelIPv6) != .absent)
    proposal.steps += plan.steps
    let state = isInstalled ? start.state : .off
    if state != .on {
      proposal.changes.append(
        Change("firewall", "state", from: isInstalled ? start.words : "not installed", to: "on", risk: .closes))
    }
    proposal.changes += changes(wanted, from: start, plan)
    // A package that is still to come is enabled by its own installation.
    if isInstalled, let unit = try installed.unit(Self.unit).known(Self.unit), !unit.isEnabled {
      // Known before anything is done: sshd would be closed by then, and this the step that fails.
      if unit.enablement.hasPrefix("masked") { throw .isMasked }
      proposal.changes.append(Change("firewall", "at boot", from: unit.enablement, to: "enabled"))
      proposal.steps.append(Step(.setUnit(unit: Self.unit, enabled: true, active: nil)))
    }
    proposal.notes = try notes(wanted, start, plan.host, on: host)
    if let facts = try host.host().value {
      // Whether sshd's own ports are shut is for the proof of access.
      let ssh = try sshPorts(on: host)
      let obstacles = FirewallObstacles(host: host, facts: facts, end: plan.host, isOn: state == .on)
      proposal.waiting = obstacles.waiting(wanted.filter { !ssh.contains($0.rules[0].port) })
    }
    return proposal
  }

  /// The rules of both families that the declared ones come to. Of two for the same packets the one with a limit
  /// counts: whoever opens a port with a limit means all that comes to it.
  private func declared(on host: Observations) throws(Diagnostic) -> [DeclaredRule] {
    var wanted: [DeclaredRule] = []
    var places: [UFWRule: Int] = [:]
    for rule in allow {
      var ports: [ClosedRange<UInt16>] = rule.ports.map { [$0] } ?? []
      if rule.ports == nil { ports = try SSHPorts.listening(on: host).map { $0...$0 } }
      for ports in ports {
        let next = try DeclaredRule(rule, ports)
        if let place = next.rules.lazy.compactMap({ places[$0.match] }).first {
          if next.isLimited, !wanted[place].isLimited { wanted[place] = next }
          continue
        }
        for rule in next.rules { places[rule.match] = wanted.count }
        wanted.append(next)
      }
    }
    func isLimited(_ rule: UFWRule, for transport: String) -> Bool {
      var match = rule.match
      match.transport = transport
      return places[match].map { wanted[$0].isLimited } ?? false
    }
    for rule in wanted where !rule.isLimited && rule.rules[0].transport == "any" {
      // Its other half would need a rule that nobody declared.
      for transport in ["tcp", "udp"] where isLimited(rule.rules[0], for: transport) {
        throw .halfLimited(rule.what, transport)
      }
    }
    return wanted.filter { $0.isLimited || !isLimited($0.rules[0], for: "any") }
  }

  /// As ufw writes them; none where nobody declares that they are let in.
  private func sshPorts(on host: Observations) throws(Diagnostic) -> [String] {
    guard allow.contains(where: { $0.ports == nil }) else { return [] }
    return try SSHPorts.listening(on: host).map { "\($0)" }
  }

  /// Without iptables there is nothing that could be asked, and nothing of iptables' in the kernel.
  private func filter(on host: Observations) throws(Diagnostic) -> PacketFilter {
    switch try host.packetFilter() {
    case .there(let filter): return filter
    case .absent, .moved: return .empty
    case .unreadable:
      if try !host.hasPackage("iptables") { return .empty }
      return try host.packetFilter().known("the kernel's packet filter") ?? .empty
    }
  }

  /// What ufw writes into the kernel each time it starts. It goes on where it cannot.
  private static func sysctls(on host: Observations) throws(Diagnostic) -> [(key: String, value: String)] {
    let sealed = try SealedSettings(on: host)
    return named(on: host).filter { !sealed.include($0.key) }
  }

  /// What its file names: lines such as `net/ipv4/conf/all/log_martians=0`.
  private static func named(on host: Observations) -> [(key: String, value: String)] {
    guard let text = LinkedText(of: sysctls, host).text else { return stockSysctls }
    var found: [(String, String)] = []
    for line in text.lines where !line.hasPrefix("#") {
      let parts = line.split(separator: "=").map { String($0.filter { $0 != " " }) }
      if parts.count == 2 { found.append((SysctlKey.dotted(parts[0]), parts[1])) }
    }
    return found
  }

  /// ufw 0.36.2 (Debian 12 and 13).
  private static let stockSysctls: [(key: String, value: String)] = [
    ("net.ipv4.conf.all.accept_redirects", "0"), ("net.ipv4.conf.default.accept_redirects", "0"),
    ("net.ipv6.conf.all.accept_redirects", "0"), ("net.ipv6.conf.default.accept_redirects", "0"),
    ("net.ipv4.icmp_echo_ignore_broadcasts", "1"), ("net.ipv4.icmp_ignore_bogus_error_responses", "1"),
    ("net.ipv4.icmp_echo_ignore_all", "0"), ("net.ipv4.conf.all.log_martians", "0"),
    ("net.ipv4.conf.default.log_martians", "0"),
  ]
}

// MARK: In the reader's words

extension Firewall {
  private func changes(_ wanted: [DeclaredRule], from start: UFWHost, _ plan: FirewallPlan) -> [Change] {
    var changes: [Change] = []
    if start.files.ipv6 != plan.host.files.ipv6 {
      changes.append(
        Change(
          "firewall", "IPv6", from: start.files.enabled ? "shut, in and out" : "left out", to: "as IPv4",
          decidedBy: "set by IPV6=no in \(Self.defaults)", risk: .opens))
    }
    if start.incomingInForce != incoming.rawValue || start.files.incoming != incoming.rawValue {
      let before =
        start.incomingInForce != incoming.rawValue ? start.incomingInForce : "\(start.files.incoming) at the next start"
      changes.append(
        Change(
          "firewall", "incoming", from: before, to: incoming.rawValue, risk: incoming == .allow ? .opens : .closes))
    }
    if start.outgoingInForce != outgoing.rawValue || start.files.outgoing != outgoing.rawValue {
      let before =
        start.outgoingInForce != outgoing.rawValue ? start.outgoingInForce : "\(start.files.outgoing) at the next start"
      changes.append(Change("firewall", "outgoing", from: before, to: outgoing.rawValue))
    }
    let kernel = start.chainsInKernel
    for rule in wanted {
      guard let before = rule.before(on: start, kernel) else { continue }
      changes.append(
        Change(
          "firewall", rule.what, from: before.words, to: rule.how, decidedBy: before.decidedBy, risk: .opens))
    }
    for rule in plan.removed {
      changes.append(Change("firewall", rule.what, from: rule.how, to: nil, risk: .closes))
    }
    for rule in plan.flushed {
      changes.append(Change("firewall", "in the kernel alone", from: rule, to: nil, risk: .closes))
    }
    if changes.isEmpty, !plan.steps.isEmpty, start.state == .on {
      changes.append(
        Change("firewall", "rules in force", from: "other than ufw's files say", to: "as they say", risk: .closes))
    }
    return changes
  }
}

extension UFWHost {
  /// Its state, for a reader.
  fileprivate var words: String {
    switch state {
    case .on: return "on"
    case .off: return "off"
    case .broken: return "broken: nothing leads to ufw's rules any more"
    case .flushed:
      let gone = families.filter { state($0) == .flushed }
      let family = gone.count == families.count ? "" : gone == [true] ? " for IPv6" : " for IPv4"
      return "on by its own word, but its rules are gone from the kernel\(family)"
    }
  }
}

extension UFWFiles {
  /// As ufw 0.36.2 is installed.
  fileprivate static let stock = UFWFiles(
    enabled: false, ipv6: true, incoming: "deny", outgoing: "allow", routed: "deny", rules: [], rules6: [])
}

extension Diagnostic {
  fileprivate static func firewalld(isActive: Bool) -> Diagnostic {
    Diagnostic(
      "Two firewalls",
      detail: "firewalld \(isActive ? "runs here" : "starts at the next boot"). It refuses what its own zones do not "
        + "name, whatever ufw lets in, so that what is declared would not be what visitors meet\(isActive ? "" : " then").",
      fix: "systemctl disable --now firewalld", address: "firewall")
  }

  fileprivate static let isMasked = Diagnostic(
    "ufw.service is masked",
    detail: "systemd starts no unit that is masked: after the next boot the host would be without a firewall.",
    fix: "systemctl unmask ufw.service", address: "firewall")

  fileprivate static func halfLimited(_ port: String, _ transport: String) -> Diagnostic {
    Diagnostic(
      "Two rules for one port",
      detail: "\(port) is declared without a limit for TCP and UDP, and \(port)/\(transport) with one, for the same "
        + "addresses: a packet can meet only one of them.",
      fix: "Name a protocol in the first: \(port)/\(transport == "tcp" ? "udp" : "tcp").")
  }
}
