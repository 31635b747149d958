import HostTesting
import Testing

@testable import Resources

@Suite("Ports that others shut")
struct FirewallObstacleTests {
  /// As Oracle Cloud's images come: it is loaded at boot, ahead of ufw.
  static let oracle = [
    "-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT", "-A INPUT -p icmp -j ACCEPT", "-A INPUT -i lo -j ACCEPT",
    "-A INPUT -p udp -m udp --sport 123 -j ACCEPT",
    "-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT", reject,
  ]
  static let reject = "-A INPUT -j REJECT --reject-with icmp-host-prohibited"
  static let table = """
    inet filter {
    \tchain input {
    \t\ttype filter hook input priority filter; policy drop;
    \t\tct state established,related accept
    \t\tiif "lo" accept
    \t\ttcp dport 22 accept
    \t}
    }
    """

  static func host(ahead: [String] = [], ipv6: [String] = [], tables: [String] = []) -> SimulatedHost {
    var host = UFWHosts.on(["allow tcp 22", "allow tcp 80", "allow tcp 443"])
    func put(_ rules: [String], into lines: inout [String]) {
      lines.insert(contentsOf: rules, at: lines.firstIndex { $0.hasPrefix("-A INPUT") } ?? 0)
    }
    put(ahead, into: &host.packetFilter.ipv4)
    put(ipv6, into: &host.packetFilter.ipv6)
    host.packetFilter.otherTables = tables
    return host
  }

  static func waiting(_ host: SimulatedHost, _ firewall: Firewall = UFWHosts.wanted) throws -> [Waiting] {
    try host.proposal(of: firewall).waiting
  }

  @Test("a REJECT ahead of ufw's rules: every port but sshd's is named, and the file that brings it back")
  func ahead() throws {
    var host = Self.host(ahead: Self.oracle)
    let command = "iptables -D INPUT -j REJECT --reject-with icmp-host-prohibited"
    let seen = "rejected by \(Self.reject), which is read before ufw's rules"
    func wanted(_ rest: String) -> String { "that rule taken out, which leaves it to ufw: \(command), and \(rest)" }
    let proposal = try host.proposal(of: UFWHosts.wanted)
    #expect(proposal.isSettled)
    #expect(
      proposal.waiting
        == ["80", "443"].map {
          Waiting("firewall \($0)/tcp", seen: seen, wanted: wanted("out of what sets it at boot"))
        })
    let unit = "netfilter-persistent.service"
    let stock: Path = "/usr/lib/systemd/system" / unit
    host.entries["/etc/systemd/system/multi-user.target.wants" / unit] = .link(target: stock.text)
    host.entries[stock] = .file("[Service]\nExecStart=/usr/sbin/netfilter-persistent start\n")
    host.entries["/etc/iptables/rules.v4"] = .file(
      (["*filter", ":INPUT ACCEPT [0:0]"] + Self.oracle + ["COMMIT"]).joined(separator: "\n") + "\n")
    #expect(
      try Self.waiting(host).map(\.wanted)
        == Array(
          repeating: wanted("the same line out of /etc/iptables/rules.v4, which \(unit) loads at boot"), count: 2))
  }

  @Test("said before ufw is on as well, and that it has to be on first")
  func off() throws {
    var host = UFWHosts.off()
    host.packetFilter.ipv4 =
      ["*filter", ":INPUT ACCEPT", ":FORWARD ACCEPT", ":OUTPUT ACCEPT"] + Self.oracle + ["COMMIT"]
    let waiting = try Self.waiting(host)
    #expect(waiting.map(\.subject) == ["firewall 80/tcp", "firewall 443/tcp"])
    #expect(waiting.first?.wanted.contains("once ufw is on, iptables -D INPUT -j REJECT") == true)
  }

  @Test("IPv6 for itself, where the host has such an address")
  func ipv6() throws {
    var host = Self.host(ipv6: ["-A INPUT -p tcp -m tcp --dport 443 -j DROP"])
    #expect(
      try Self.waiting(host) == [
        Waiting(
          "firewall 443/tcp, IPv6",
          seen: "dropped by -A INPUT -p tcp -m tcp --dport 443 -j DROP, which is read before ufw's rules",
          wanted:
            "that rule taken out, which leaves it to ufw: ip6tables -D INPUT -p tcp -m tcp --dport 443 -j DROP, and "
            + "out of what sets it at boot")
      ])
    host.facts.addresses = ["203.0.113.5"]
    #expect(try Self.waiting(host) == [])
  }

  @Test("a table of nftables' own beside ufw")
  func table() throws {
    var host = Self.host(tables: [Self.table])
    func expected(_ port: Int, _ rest: String) -> Waiting {
      Waiting(
        "firewall \(port)/tcp", seen: "dropped by nft table inet filter, chain input: policy drop, whatever ufw says",
        wanted: "it let in there as well: nft insert rule inet filter input tcp dport \(port) accept, and \(rest)")
    }
    #expect(try Self.waiting(host) == [80, 443].map { expected($0, "the same where that table is made") })
    host.units[Firewall.nftables] = UnitState(enablement: "enabled", activity: "active")
    host.entries[Firewall.nftablesFile] = .file("flush ruleset\n\ntable inet filter {\n}\n")
    #expect(
      try Self.waiting(host)
        == [80, 443].map { expected($0, "the same rule in /etc/nftables.conf, which nftables.service loads at boot") })
  }

  @Test("a rule is for its own addresses, and its ports")
  func sources() throws {
    let rule = FirewallRule.ports(6000...6007, .udp, from: "10.1.0.0/16")
    let firewall = Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh, rule])
    #expect(try Self.waiting(Self.host(ahead: ["-A INPUT -s 10.1.0.0/17 -j DROP"]), firewall) == [])
    #expect(try Self.waiting(Self.host(ahead: ["-A INPUT -p tcp -j DROP"]), firewall) == [])
    let drop = "-A INPUT -s 10.0.0.0/8 -j DROP"
    #expect(try Self.waiting(Self.host(ahead: [drop]), firewall).map(\.subject) == ["firewall 6000:6007/udp"])
    let wanted = try Self.waiting(Self.host(tables: [Self.table]), firewall).map(\.wanted)
    #expect(wanted.first?.contains("input ip saddr 10.1.0.0/16 udp dport 6000-6007 accept,") == true)
  }

  @Test(
    "nothing is said where somebody gets in, or nobody can tell",
    arguments: [
      "-A INPUT -s 198.51.100.0/24 -j DROP", "-A INPUT -m set --match-set banned src -j DROP",
      "-A INPUT -i eth1 -j DROP", "-A INPUT -s 0.0.0.0/1 -j DROP",
      "-A INPUT -p tcp -m tcp --dport 80 -j NFQUEUE --queue-num 0", "-A INPUT -p tcp -m tcp --dport 3306 -j DROP",
    ])
  func silent(_ rule: String) throws { #expect(try Self.waiting(Self.host(ahead: [rule])) == []) }

  @Test("what drops in /etc/ufw/before.rules is taken out there")
  func beforeRules() throws {
    var host = Self.host()
    let drop = "-A ufw-before-input -p tcp -m tcp --dport 80 -j DROP"
    let place = host.packetFilter.ipv4.firstIndex { $0.hasSuffix("-j ufw-user-input") } ?? 0
    host.packetFilter.ipv4.insert(drop, at: place)
    #expect(
      try Self.waiting(host) == [
        Waiting(
          "firewall 80/tcp", seen: "dropped by \(drop)",
          wanted: "that line taken out of /etc/ufw/before.rules, and then ufw reload")
      ])
  }

  @Test("tables of the old kernel interface")
  func legacy() throws {
    let table = "ip legacy\n*filter\n:INPUT DROP\n-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT\nCOMMIT"
    #expect(
      try Self.waiting(Self.host(tables: [table])) == [
        Waiting(
          "firewall 80/tcp", seen: "dropped by the policy of INPUT of iptables-legacy, whatever ufw says",
          wanted: "it let in there as well: see iptables-legacy -S INPUT")
      ])
  }
}
