import HostState
import HostTesting
import Testing

@testable import Resources

/// A crash names no text: the seed is fixed, so that the same build fails again.
private let seed: UInt64 = 20_261_125

@Suite("Whatever tools and files say, resources read it to its end")
struct ParserFuzzTests {
  private func fuzz(_ samples: String..., parse: (String) throws -> Void) throws {
    var mutations = Mutations(of: samples, seed: seed)
    try mutations.run(parse: parse)
  }

  private static let key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ana@laptop"

  @Test("authorized_keys: a file from which nothing goes stays, byte for byte")
  func authorizedKeys() throws {
    let added = try PublicKey(line: Self.key)
    try fuzz(
      "# mine\n\(Self.key)\n", "from=\"10.0.0.0/8\",command=\"echo \\\"a b\\\"\" \(Self.key)\r\n\n", "ssh-rsa AAAA x"
    ) { text in
      let keys = AuthorizedKeys(text)
      #expect(Array(keys.text(removing: { _ in false }, adding: []).utf8) == Array(text.utf8))
      // What is added is found again, whatever stood before it.
      let more = AuthorizedKeys(keys.text(removing: { _ in false }, adding: [Self.key]))
      #expect(more.entries.contains { $0.key == added && $0.options.isEmpty })
    }
  }

  @Test("sshd -T, and the words of sshd_config")
  func sshd() throws {
    let account = Account(
      name: "deploy", uid: 1000, group: "deploy", home: "/home/deploy", shell: "/bin/bash", password: .none)
    try fuzz("port 22\nport 2222\npermitrootlogin without-password\nauthorizedkeysfile .ssh/authorized_keys %h/%u%%k\n")
    {
      let effective = SSHDEffective($0)
      #expect(effective.ports.count <= effective.settings["port"]?.count ?? 0)
      _ = effective.keyFiles(of: account)
    }
    try fuzz(
      "Include sshd_config.d/*.conf\nMatch User=\"a b\",!c Address 10.0.0.0/8\n  PermitRootLogin = no # why\n",
      "Match all\nInclude /etc/ssh/sshd_config /etc/ssh/[!a-z]?*.conf\n"
    ) { text in
      var known = Observations()
      known.learn([Inquiry(.contents(path: "/etc/ssh/sshd_config")): .there(value: .text(text))])
      for line in SSHDConfigFiles(known: known).lines {
        #expect(line.number > 0)
        for condition in line.conditions {
          _ = SSHDMatch.holds(
            condition,
            for: SSHConnection(user: "a b", address: "10.1.2.3", localAddress: "10.1.2.4", localPort: 22))
        }
      }
      _ = Wildcard(String(text.prefix(500))).matches(String(text.prefix(500)))
    }
    try fuzz("*a*b*c[a-z]?[!x]*") { _ = Wildcard($0).matches(String(repeating: "ab", count: 500)) }
  }

  @Test("how sshd was started")
  func listener() throws {
    try fuzz("sshd: /usr/sbin/sshd -D -o Port=22 x -f /etc/my -4p 22 [listener] 0 of 10-100 startups") {
      let listener = Listener(transport: "tcp", address: "0.0.0.0", port: 22, process: "sshd", argv: [$0])
      _ = SSHDListener.mainFile(SSHDListener.arguments(of: [listener]))
    }
  }

  @Test("sudoers, and what sudo -l prints")
  func sudo() throws {
    try fuzz(
      "Defaults env_reset\n%sudo ALL=(ALL:ALL) ALL\ndeploy ALL=(ALL) \\\n  NOPASSWD: ALL\n@includedir /etc/sudoers.d\n"
    ) {
      #expect(SudoersText.rules($0).allSatisfy { !$0.hasPrefix("#") && $0.contains("=") })
    }
    try fuzz(
      "User deploy may run the following commands on box:\n    (ALL : ALL) NOPASSWD: ALL, PASSWD: !ALL\n    (root) /bin/ls\n"
    ) {
      let rights = SudoRights($0)
      #expect(!rights.withoutPassword || rights.everything)
    }
  }

  @Test("ufw's rules come back from their own text; the kernel's are read")
  func packetFilter() throws {
    try fuzz(
      "allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in comment=68617264656e",
      "route:deny_log-all any 80,443 10.0.0.0/8 6000:6007 ::/0 Apache%20Full - in_eth0!out_eth1"
    ) { text in
      guard let rule = UFWRule(tuple: text, isV6: false) else { return }
      _ = (rule.inputRules, rule.arguments, rule.what, rule.how)
      #expect(rule.match.match == rule.match)
    }
    try fuzz(
      "*filter\n:INPUT DROP\n-A INPUT -s 10.0.0.0/33 ! -p tcp -m multiport --dports 22,80:90 -m comment --comment \"a \\\" b\" -j ACCEPT\nCOMMIT\n"
    ) { text in
      let tables = PacketTables(text.split(separator: "\n").map(String.init))
      for rule in tables.tables.flatMap({ $0.rules.values.joined() }) {
        _ = rule.covers(rule)
      }
      _ = tables.lines
    }
    try fuzz(
      "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t\tct state new jump own\n\t\ttcp dport { 22, 80-90 } accept\n\t}\n\tchain own {\n\t\tip6 saddr != fe80::/10 drop\n\t}\n}\n"
    ) { text in
      let filter = PacketFilter(ipv4: [], ipv6: [], otherTables: [text])
      for address in ["192.0.2.1", "2001:db8::1"] {
        let found = filter.obstacle(toNewConnectionTo: 80, from: address, to: nil, over: "tcp")
        #expect(found?.rule.isEmpty != true)
      }
    }
    try fuzz("10.0.0.0/8", "2001:db8::1/64", "::ffff:1.2.3.4") { text in
      guard let range = AddressRange(text) else { return }
      #expect(range.contains(range))
      #expect(AddressRange(range.block)?.block == range.block)
    }
  }

  @Test("what Apache dumps, public keys")
  func tools() throws {
    try fuzz(
      "# In file: /etc/apache2/apache2.conf\n#  87:\n<VirtualHost *:80>\n#   88:\n  ServerTokens Prod\n</VirtualHost>\n"
    ) {
      let configuration = ApacheConfiguration(dump: $0)
      for directive in configuration.directives { #expect(!directive.name.isEmpty) }
    }
    try fuzz(Self.key) { if let key = try? PublicKey(line: $0) { #expect(!key.fingerprint.isEmpty) } }
  }
}
