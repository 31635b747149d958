import HostTesting
import Testing

@testable import Resources

@Suite("Does the kernel let a connection in?")
struct PacketVerdictTests {
  /// The rules of ufw 0.36.2 on Debian 12 that a new connection can meet, as `iptables-save` prints them.
  static let ufw = """
    *filter
    :INPUT DROP
    :FORWARD DROP
    :OUTPUT ACCEPT
    :ufw-after-input -
    :ufw-after-logging-input -
    :ufw-before-input -
    :ufw-before-logging-input -
    :ufw-logging-deny -
    :ufw-not-local -
    :ufw-reject-input -
    :ufw-skip-to-policy-input -
    :ufw-track-input -
    :ufw-user-input -
    :ufw-user-limit -
    :ufw-user-limit-accept -
    -A INPUT -j ufw-before-logging-input
    -A INPUT -j ufw-before-input
    -A INPUT -j ufw-after-input
    -A INPUT -j ufw-after-logging-input
    -A INPUT -j ufw-reject-input
    -A INPUT -j ufw-track-input
    -A ufw-after-input -p udp -m udp --dport 137 -j ufw-skip-to-policy-input
    -A ufw-after-input -p tcp -m tcp --dport 139 -j ufw-skip-to-policy-input
    -A ufw-after-input -m addrtype --dst-type BROADCAST -j ufw-skip-to-policy-input
    -A ufw-after-logging-input -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
    -A ufw-before-input -i lo -j ACCEPT
    -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    -A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
    -A ufw-before-input -m conntrack --ctstate INVALID -j DROP
    -A ufw-before-input -p icmp -m icmp --icmp-type 3 -j ACCEPT
    -A ufw-before-input -p udp -m udp --sport 67 --dport 68 -j ACCEPT
    -A ufw-before-input -j ufw-not-local
    -A ufw-before-input -d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT
    -A ufw-before-input -j ufw-user-input
    -A ufw-logging-deny -m conntrack --ctstate INVALID -m limit --limit 3/min --limit-burst 10 -j RETURN
    -A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
    -A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
    -A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
    -A ufw-not-local -j DROP
    -A ufw-skip-to-policy-input -j DROP
    -A ufw-user-input -s 198.51.100.66/32 -j DROP
    -A ufw-user-input -p tcp -m tcp --dport 22 -m comment --comment "\\'dapp_OpenSSH\\'" -j ACCEPT
    -A ufw-user-input -s 203.0.113.0/24 -p tcp -m tcp --dport 5432 -j ACCEPT
    -A ufw-user-input -p tcp -m tcp --dport 2222 -m conntrack --ctstate NEW -m recent --set --name DEFAULT --mask 255.255.255.255 --rsource
    -A ufw-user-input -p tcp -m tcp --dport 2222 -m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6 --name DEFAULT --mask 255.255.255.255 --rsource -j ufw-user-limit
    -A ufw-user-input -p tcp -m tcp --dport 2222 -j ufw-user-limit-accept
    -A ufw-user-input -p tcp -m multiport --dports 81,8000:8010 -j ACCEPT
    -A ufw-user-limit -m limit --limit 3/min -j LOG --log-prefix "[UFW LIMIT BLOCK] "
    -A ufw-user-limit -j REJECT --reject-with icmp-port-unreachable
    -A ufw-user-limit-accept -j ACCEPT
    COMMIT
    """.split(separator: "\n").map(String.init)

  static func filter(_ lines: [String] = ufw, ahead: [String] = [], tables: [String] = []) -> PacketFilter {
    var lines = lines
    let first = lines.firstIndex { $0.hasPrefix("-A INPUT") } ?? lines.count
    lines.insert(contentsOf: ahead, at: first)
    return PacketFilter(ipv4: lines, ipv6: [], otherTables: tables)
  }

  enum Answer { case admitted, dropped, unknown }

  static func answer(_ filter: PacketFilter, _ port: UInt16, _ address: String) -> Answer {
    switch filter.verdict(onNewConnectionTo: port, from: address) {
    case .admitted: .admitted
    case .dropped: .dropped
    case .unknown: .unknown
    }
  }

  @Test("tables of the old kernel interface hold beside the new ones")
  func legacyTables() {
    let drop = "-A INPUT -p tcp -m tcp --dport 22 -j DROP"
    var filter = PacketFilter(ipv4: [], ipv6: [], otherTables: ["ip legacy\n*filter\n:INPUT ACCEPT\n\(drop)\nCOMMIT"])
    #expect(filter.verdict(onNewConnectionTo: 22, from: "203.0.113.9") == .dropped(by: drop))
    #expect(filter.verdict(onNewConnectionTo: 80, from: "203.0.113.9") == .admitted(by: "no rule"))
    #expect(filter.verdict(onNewConnectionTo: 22, from: "2001:db8::1") == .admitted(by: "no rule"))
    #expect(filter.verdict(onNewConnectionTo: 22, from: "fe80::1%eth0") == .admitted(by: "no rule"))
    filter.otherTables = ["ip6 legacy\n*filter\n:INPUT DROP\nCOMMIT"]
    #expect(filter.verdict(onNewConnectionTo: 22, from: "2001:db8::1") == .dropped(by: "the policy of INPUT"))
  }

  @Test(
    "ufw's own chains",
    arguments: [
      (22, "198.51.100.23", .admitted), (22, "198.51.100.66", .dropped), (80, "198.51.100.23", .dropped),
      (5432, "203.0.113.9", .admitted), (5432, "203.0.114.9", .dropped), (2222, "198.51.100.23", .admitted),
      (8010, "198.51.100.23", .admitted), (8011, "198.51.100.23", .dropped), (139, "198.51.100.23", .dropped),
      (22, "::ffff:198.51.100.66", .dropped), (22, "nowhere", .unknown), (22, "2001:db8::1", .admitted),
    ] as [(UInt16, String, Answer)])
  func ufw(_ port: UInt16, _ address: String, _ expected: Answer) {
    #expect(Self.answer(Self.filter(), port, address) == expected)
  }

  @Test("a packet from this host itself goes out and comes in over lo")
  func ownPackets() {
    let filter = Self.filter()
    for address in ["127.0.0.1", "192.0.2.1", "::ffff:127.0.0.1"] {
      let verdict = filter.verdict(onNewConnectionTo: 5432, from: address, to: address, isOwn: true)
      #expect(verdict == .admitted(by: "-A ufw-before-input -i lo -j ACCEPT"))
    }
    #expect(Self.answer(filter, 5432, "127.0.0.1") == .dropped)
    let wire = Self.filter(ahead: ["-A INPUT -i eth0 -j DROP", "-A INPUT ! -i lo -j DROP"])
    guard case .admitted = wire.verdict(onNewConnectionTo: 5432, from: "127.0.0.1", to: "127.0.0.1", isOwn: true) else {
      Issue.record("a rule for another interface was taken for one of lo")
      return
    }
    let drop = "-A OUTPUT -o lo -p tcp -m tcp --dport 5432 -j REJECT"
    let out = PacketFilter(
      ipv4: ["*filter", ":INPUT ACCEPT", ":OUTPUT ACCEPT", "-A OUTPUT -o eth0 -j DROP", drop, "COMMIT"], ipv6: [],
      otherTables: ["inet x {\nchain o { type filter hook output priority 0; policy drop; }\n}"])
    #expect(out.verdict(onNewConnectionTo: 5432, from: "127.0.0.1", isOwn: true) == .dropped(by: drop))
    guard case .unknown = out.verdict(onNewConnectionTo: 80, from: "127.0.0.1", isOwn: true) else {
      Issue.record("a table that drops what goes out was left out of account")
      return
    }
  }

  @Test("names the rule that decides")
  func names() {
    #expect(
      Self.filter().verdict(onNewConnectionTo: 22, from: "198.51.100.66")
        == .dropped(by: "-A ufw-user-input -s 198.51.100.66/32 -j DROP"))
    #expect(Self.filter().verdict(onNewConnectionTo: 80, from: "1.1.1.1") == .dropped(by: "the policy of INPUT"))
  }

  @Test(
    "rules ahead of ufw's",
    arguments: [
      ("-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT", .admitted),
      ("-A INPUT -p tcp -m tcp ! --dport 22 -j ACCEPT", .admitted),
      ("-A INPUT ! -s 198.51.100.0/24 -p tcp -j ACCEPT", .dropped),
      ("-A INPUT -i eth1 -p tcp -m tcp --dport 80 -j ACCEPT", .unknown),
      ("-A INPUT -m set --match-set f2b src -j REJECT", .dropped),
      ("-A INPUT -m set --match-set friends src -j ACCEPT", .unknown),
      ("-A INPUT -p tcp -m tcp --dport 80 -j NFQUEUE --queue-num 0", .unknown),
      ("-A INPUT -p tcp -j LOG", .dropped),
      ("-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT", .dropped),
      ("-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT", .admitted),
      // Whether its address was seen before is not known.
      ("-A INPUT -m recent --rcheck --name friends -j ACCEPT", .unknown),
    ] as [(String, Answer)])
  func ahead(_ rule: String, _ expected: Answer) {
    #expect(Self.answer(Self.filter(ahead: [rule]), 80, "198.51.100.23") == expected)
  }

  @Test("after iptables -F nobody gets in; an empty filter lets everybody in")
  func flushed() {
    #expect(Self.answer(Self.filter(Self.ufw.filter { !$0.hasPrefix("-A") }), 22, "198.51.100.23") == .dropped)
    #expect(Self.answer(Self.filter([]), 22, "198.51.100.23") == .admitted)
  }

  @Test("what Docker sends elsewhere is not this host's to answer")
  func docker() {
    let nat = [
      "*nat", ":PREROUTING ACCEPT", ":DOCKER -", "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
      "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 22 -j DNAT --to-destination 172.17.0.2:22", "COMMIT",
    ]
    #expect(Self.answer(Self.filter(nat + Self.ufw), 22, "198.51.100.23") == .unknown)
    #expect(Self.answer(Self.filter(nat + Self.ufw), 5432, "203.0.113.9") == .admitted)
  }

  @Test(
    "a table beside iptables closes, never opens",
    arguments: [
      ("tcp dport 22 drop", .unknown), ("tcp dport 25 drop", .admitted), ("tcp dport { 25, 110-143 } drop", .admitted),
      ("tcp dport { 25, 22 } drop", .unknown), ("ip saddr 192.0.2.0/24 drop", .admitted),
      ("ip saddr @banned tcp dport 22 reject", .admitted), ("ip saddr @spans drop", .unknown),
      ("tcp dport 80 accept", .admitted), ("meta mark 1 drop", .unknown),
    ] as [(String, Answer)])
  func otherTables(_ rule: String, _ expected: Answer) {
    let table = """
      inet f2b-table {
      \tset banned {
      \t\ttype ipv4_addr
      \t\telements = { 192.0.2.7, 192.0.2.8 timeout 10m }
      \t}
      \tset spans {
      \t\ttype ipv4_addr
      \t\telements = { 198.51.100.1-198.51.100.99 }
      \t}
      \tchain in {
      \t\ttype filter hook input priority filter - 1; policy accept;
      \t\t\(rule)
      \t}
      }
      """
    #expect(Self.answer(Self.filter(tables: [table]), 22, "198.51.100.23") == expected)
  }

  @Test("an address in a banned set is unknown, a policy of drop too, one for output not")
  func sets() {
    let set = "inet t {\n\tset banned {\n\t\telements = { 198.51.100.23 }\n\t}\n\tip saddr @banned drop\n}"
    #expect(Self.answer(Self.filter(tables: [set]), 22, "198.51.100.23") == .unknown)
    for (hook, expected) in [("input", Answer.unknown), ("output", .admitted), ("forward", .admitted)] {
      let table = "inet t {\n\tchain c {\n\t\ttype filter hook \(hook) priority 0; policy drop;\n\t}\n}"
      #expect(Self.answer(Self.filter(tables: [table]), 22, "198.51.100.23") == expected)
    }
  }

  @Test("in the first chain RETURN means its policy, and who is sent on with -g does not come back")
  func ends() {
    func answer(_ rules: String...) -> Answer {
      Self.answer(Self.filter(["*filter", ":INPUT DROP", ":a -"] + rules + ["COMMIT"]), 22, "198.51.100.23")
    }
    let open = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"
    #expect(answer("-A INPUT -j RETURN", open) == .dropped)
    #expect(answer("-A INPUT -g a", open) == .dropped)
    #expect(answer("-A INPUT -j a", open) == .admitted)
    #expect(answer("-A INPUT -j a", "-A a -j RETURN", open) == .admitted)
  }

  @Test("a rule for another address of this host is none for this one")
  func destination() {
    let lines = ["*filter", ":INPUT DROP", "-A INPUT -d 192.0.2.10/32 -j ACCEPT", "COMMIT"]
    let filter = PacketFilter(ipv4: lines, ipv6: [], otherTables: [])
    func verdict(_ address: String) -> PacketVerdict {
      filter.verdict(onNewConnectionTo: 22, from: "198.51.100.23", to: address)
    }
    #expect(verdict("192.0.2.9") == .dropped(by: "the policy of INPUT"))
    #expect(verdict("192.0.2.10") == .admitted(by: "-A INPUT -d 192.0.2.10/32 -j ACCEPT"))
  }
}

@Suite("Addresses, rules and tuples")
struct PacketRuleTests {
  @Test(
    "addresses in the form that ufw and iptables print",
    arguments: [
      ("203.0.113.7", "203.0.113.7", "203.0.113.7/32"), ("203.0.113.7/24", "203.0.113.0/24", "203.0.113.0/24"),
      ("10.255.1.1/9", "10.128.0.0/9", "10.128.0.0/9"), ("2001:DB8:0:0::/32", "2001:db8::/32", "2001:db8::/32"),
      ("::1", "::1", "::1/128"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3", "1:0:0:2::3/128"), ("::/0", "::/0", "::/0"),
      ("::ffff:1.2.3.4", "::ffff:102:304", "::ffff:102:304/128"),
      ("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0/128"),
    ])
  func addresses(_ text: String, _ short: String, _ block: String) {
    #expect(AddressRange(text)?.text == short)
    #expect(AddressRange(text)?.block == block)
  }

  @Test("both ends of a network are addresses that somebody can have")
  func ends() {
    #expect(AddressRange("203.0.113.0/24")?.ends == ["203.0.113.1", "203.0.113.254"])
    #expect(AddressRange("203.0.113.7")?.ends == ["203.0.113.7"])
    #expect(AddressRange("2001:db8::/32")?.ends == ["2001:db8::1", "2001:db8:ffff:ffff:ffff:ffff:ffff:fffe"])
  }

  @Test(
    "what is no address",
    arguments: [
      "", "1.2.3", "1.2.3.256", "1.2.3.4/33", "1.2.3.4/", "1.2.3.+4", ":::", "1::2::3", "g::", "1:2:3", "a.b.c.d",
      "1.2.3.4/24/1",
    ])
  func noAddress(_ text: String) { #expect(AddressRange(text) == nil) }

  @Test("one rule in the words of ufw's file and of iptables-save")
  func sameRule() {
    let pairs = [
      ("-p tcp --dport 5432 -s 203.0.113.0/24 -j ACCEPT", "-s 203.0.113.0/24 -p tcp -m tcp --dport 5432 -j ACCEPT"),
      (
        "-p tcp -m multiport --dports 6000:6007 -s 198.51.100.7 -j ACCEPT",
        "-s 198.51.100.7/32 -p tcp -m multiport --dports 6000:6007 -j ACCEPT"
      ),
      ("-p tcp --dport 25 -j REJECT", "-p tcp -m tcp --dport 25 -j REJECT --reject-with tcp-reset"),
      (
        "-p tcp --dport 22 -m conntrack --ctstate NEW -m recent --set",
        "-p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m recent --set --name DEFAULT --mask 255.255.255.255 --rsource"
      ),
      ("-m limit --limit 3/minute -j RETURN", "-m limit --limit 3/min --limit-burst 10 -j RETURN"),
    ]
    for (file, kernel) in pairs {
      #expect(PacketRule("-A c " + file) == PacketRule("-A c " + kernel))
    }
    #expect(PacketRule("-A c -p tcp --dport 22 -j ACCEPT") != PacketRule("-A c -p tcp ! --dport 22 -j ACCEPT"))
    #expect(PacketRule("-A c -p tcp --dport 2 -j ACCEPT") != PacketRule("-A c -p tcp --dport 22 -j ACCEPT"))
  }

  @Test("rules for connections that are there count where one of them drops")
  func established() {
    let head = "*filter\n:ufw-before-input - [0:0]\n"
    let accept = "-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
    let drop = "-A ufw-before-input -m state --state ESTABLISHED -j DROP\n"
    func targets(_ lines: String) -> [String?] {
      UFWBeforeRules(head + lines + "COMMIT\n", prefix: "ufw").rules.map(\.target)
    }
    #expect(targets(accept) == [])
    #expect(targets(accept + drop) == ["ACCEPT", "DROP"])
    #expect(targets(drop + accept) == ["DROP", "ACCEPT"])
    #expect(UFWBeforeRules(head + drop + accept + "COMMIT\n", prefix: "ufw").judgesEstablished)
  }

  @Test("what stands in quotes is one word, and no option")
  func words() {
    let line = #"-A c -p tcp -m comment --comment "Zoë's \"-j DROP\" -p udp" --dport 22 -j ACCEPT"#
    #expect(PacketRule.words("a  \"b c\"\td\\ e \"\" ") == ["a", "b c", "d e", ""])
    #expect(PacketRule.words(line)[7] == #"Zoë's "-j DROP" -p udp"#)
    #expect(PacketRule(line) == PacketRule("-A c -p tcp --dport 22 -j ACCEPT"))
  }

  @Test(
    "tuples are written as they were read",
    arguments: [
      "allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in", "limit tcp 5432 0.0.0.0/0 any 203.0.113.0/24 in comment=506f7374",
      "allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 WWW%20Full - in",
      "route:allow tcp 80 0.0.0.0/0 any 10.0.0.1 in_host0!out_host0",
      "allow_log-all tcp 27 0.0.0.0/0 any 0.0.0.0/0 in", "allow udp 67 0.0.0.0/0 68 0.0.0.0/0 in",
      "allow any 53 0.0.0.0/0 any 0.0.0.0/0 out", "deny tcp 8080,8081 0.0.0.0/0 any 0.0.0.0/0 in_host0",
    ])
  func tuples(_ text: String) throws {
    #expect(try #require(UFWRule(tuple: text, isV6: false)).tuple == text)
  }

  @Test("a tuple of another form is left alone")
  func oddTuple() { #expect(UFWRule(tuple: "allow tcp 22", isV6: false) == nil) }

  @Test("a rule with an exception covers none without it")
  func covers() throws {
    let plain = try #require(PacketRule("-A x -p tcp --dport 22 -j ACCEPT"))
    let but = try #require(PacketRule("-A x -p tcp ! -s 192.0.2.0/24 --dport 22 -j ACCEPT"))
    #expect(plain.covers(but) && but.covers(but) && !but.covers(plain))
  }
}
