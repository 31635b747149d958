import Testing

@testable import HostState

@Suite("What a table of nftables drops for certain")
struct NFTTableTests {
  static func obstacle(
    _ rules: [String], policy: String = "accept", hook: String = "input", family: String = "inet",
    chains: String = "", from address: String = "23.45.67.89"
  ) -> String? {
    let table = """
      \(family) mine {
      \tset banned {
      \t\ttype ipv4_addr
      \t\telements = { 198.51.100.1,
      \t\t\t     198.51.100.2 }
      \t}
      \(chains)
      \tchain in {
      \t\ttype filter hook \(hook) priority filter - 1; policy \(policy);
      \(rules.map { "\t\t\($0)" }.joined(separator: "\n"))
      \t}
      }
      """
    let filter = PacketFilter(ipv4: [], ipv6: [], otherTables: [table])
    return filter.obstacle(toNewConnectionTo: 80, from: address, to: nil, over: "tcp")?.rule
  }

  @Test(
    "one rule under a policy that accepts",
    arguments: [
      ("drop", true), ("tcp dport 80 drop", true), ("tcp dport { 22, 80 } counter packets 1 bytes 60 reject", true),
      ("tcp dport 79-81 log prefix \"accept all \" level info drop comment \"accept\"", true),
      ("tcp dport != 22 reject with icmpx admin-prohibited", true), ("meta l4proto tcp drop", true),
      ("ip saddr 23.0.0.0/8 drop", true), ("iif != \"lo\" ct state new drop", true),
      ("tcp dport vmap { 22 : accept, 80 : drop }", true), ("meta nfproto ipv4 drop", true),
      ("ip saddr != { 10.0.0.0/8, 192.168.0.0/16 } tcp dport 80 drop", true),
      // Another packet, or not known of which.
      ("tcp dport 22 drop", false), ("tcp dport != 80 drop", false), ("udp dport 80 drop", false),
      ("ip saddr 198.51.100.0/24 drop", false), ("ip6 saddr ::/0 drop", false), ("iifname \"lo\" drop", false),
      ("ip saddr @banned drop", false), ("iifname \"eth1\" drop", false), ("ct state invalid drop", false),
      ("ct state vmap { established : accept, invalid : drop }", false), ("icmp type echo-request drop", false),
      ("limit rate over 10/second drop", false), ("tcp flags & (fin | syn) == syn drop", false), ("queue to 0", false),
      ("meta mark 0x00000001 drop", false), ("tcp dport 80 accept", false), ("counter packets 0 bytes 0", false),
      ("tcp dport { 22, 443,", false), ("tcp dport vmap @ports", false), ("jump nowhere", false),
      ("ip saddr . tcp dport { 23.45.67.89 . 80 } drop", false), ("log prefix \"drop\"", false),
    ] as [(String, Bool)])
  func rule(_ rule: String, _ drops: Bool) {
    #expect((Self.obstacle([rule]) != nil) == drops)
  }

  @Test(
    "a policy that drops, and a rule ahead of it",
    arguments: [
      ("tcp dport 22 accept", true), ("iif \"lo\" accept", true), ("ct state established,related accept", true),
      ("tcp dport vmap { 22 : accept }", true), ("udp dport 80 accept", true), ("return", true),
      ("ip protocol icmp accept", true), ("meta l4proto { icmp, ipv6-icmp } accept", true),
      ("tcp dport 80 accept", false), ("tcp dport { 80, 443 } ct state new accept", false),
      ("ip saddr @banned accept", false), ("iifname \"eth0\" accept", false),
      ("tcp dport 80 limit rate 10/second accept", false), ("tcp dport http accept", false),
      ("iifname vmap { \"lo\" : accept, \"eth0\" : accept }", false), ("fib daddr type local accept", false),
    ] as [(String, Bool)])
  func policy(_ rule: String, _ drops: Bool) {
    #expect(Self.obstacle([rule], policy: "drop") == (drops ? "policy drop" : nil))
  }

  @Test("only the chains that such a packet meets")
  func hooks() {
    for hook in ["input", "prerouting"] { #expect(Self.obstacle(["drop"], hook: hook) == "drop") }
    for hook in ["output", "forward", "postrouting"] { #expect(Self.obstacle(["drop"], hook: hook) == nil) }
    #expect(Self.obstacle(["drop"], family: "ip") == "drop")
    #expect(Self.obstacle(["drop"], family: "ip6") == nil)
    #expect(Self.obstacle(["drop"], family: "ip6", from: "2600::1") == "drop")
    #expect(Self.obstacle(["ip6 saddr 2600::/16 drop"], from: "2600::1") == "ip6 saddr 2600::/16 drop")
  }

  @Test("chains that others lead to, and back")
  func jumps() {
    let web = "\tchain web {\n\t\ttcp dport 443 accept\n\t\tip saddr 23.0.0.0/8 drop\n\t}"
    #expect(Self.obstacle(["tcp dport 80 jump web"], chains: web) == "ip saddr 23.0.0.0/8 drop")
    #expect(Self.obstacle(["tcp dport 80 jump web", "accept"], chains: web, from: "91.0.0.1") == nil)
    #expect(Self.obstacle(["jump web", "tcp dport 80 drop"], chains: web, from: "91.0.0.1") == "tcp dport 80 drop")
    #expect(Self.obstacle(["goto web", "tcp dport 80 drop"], chains: web, from: "91.0.0.1") == nil)
    #expect(Self.obstacle(["tcp dport 80 redirect to :8080", "drop"], hook: "prerouting") == nil)
  }

  @Test("a doubt in one table is none about another that drops; one that may send it elsewhere is")
  func tables() {
    let chain = "chain in {\n\t\ttype filter hook input priority 0; policy drop;\n\t}\n}"
    func obstacle(_ rule: String) -> PacketObstacle? {
      let other = "inet a {\n\tchain p {\n\t\ttype nat hook prerouting priority 0; policy accept;\n\t\t\(rule)\n\t}\n}"
      return PacketFilter(ipv4: [], ipv6: [], otherTables: [other, "inet b {\n\t\(chain)"])
        .obstacle(toNewConnectionTo: 80, from: "23.45.67.89", to: nil, over: "tcp")
    }
    #expect(obstacle("ip saddr @banned drop")?.place == .nft(table: "inet b", chain: "in"))
    #expect(obstacle("ip saddr @banned redirect to :81") == nil)
  }
}
