import HostState
import HostTesting
import Testing

@testable import HostAccess

/// A crash names no text: the seed is fixed, so that the same build fails again.
private let seed: UInt64 = 20_261_125

@Suite("Whatever tools and files say, reading it ends, and harden lives")
struct ProberFuzzTests {
  private func fuzz(_ samples: String..., parse: (String) throws -> Void) throws {
    var mutations = Mutations(of: samples, seed: seed)
    try mutations.run(parse: parse)
  }

  @Test("passwd, shadow, group, login.defs")
  func accounts() throws {
    let passwd = "root:x:0:0:root:/root:/bin/bash\ndeploy:x:1000:1000:,,,:/home/deploy:/bin/bash\n+nis::::::\n"
    let shadow =
      "root:$y$j9T$abc$9WNEpu8Mx2S4KNGvbVWKM6clOSoY6.YEl7AYF4DGV04:20000:0:99999:7:::\n"
      + "deploy:!:20000:0:90:7::20500:\nold:*:0:0::::1:\n"
    let groups = "root:x:0:\nsudo:x:27:deploy,ana\ndeploy:x:1000:\n"
    let definitions = "UMASK\t\t022\nHOME_MODE\t0700\n"
    try fuzz(passwd, shadow, groups, definitions) { text in
      for texts in [(text, shadow, groups), (passwd, text, groups), (passwd, shadow, text), (text, text, text)] {
        let accounts = Accounts(
          passwd: texts.0, shadow: texts.1, groups: texts.2, loginDefinitions: text, today: 20_417)
        #expect(accounts.users.allSatisfy { $0.key == $0.value.name })
      }
    }
  }

  @Test("packages")
  func packages() throws {
    try fuzz(
      "libc6\tinstalled\t2.36-9\nlibc6\tconfig-files\t2.31\nufw\thalf-installed\t0.36.2-1\nmail\tnot-installed\t\n"
    ) {
      #expect(PackageReading.parse($0).values.allSatisfy { $0.status != "not-installed" })
    }
    try fuzz(
      "Remv iptables-persistent [1.0.20]\nInst ufw [1.0] (0.36.2-1 Debian:stable [all])\nE: x\n",
      "E: Unable to locate package x\nE: Package 'y' has no installation candidate\n"
    ) {
      let candidate = CandidateReading.Preview($0, errors: $0).candidate("ufw", of: ["ufw"])
      #expect(candidate.version?.contains { $0 == " " || $0 == "\n" } != true)
      #expect(!candidate.isUnknown || candidate.refusal == nil)
    }
    try fuzz("pmstatus:ufw:33.3333:Installing ufw (all)\n", "dlstatus:1:99.9:Retrieving file 1 of 2") {
      if let (_, percent) = AptStatus.read($0) { #expect((0...100).contains(percent)) }
    }
  }

  @Test("units and their times")
  func units() throws {
    try fuzz(
      "Id=ssh.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n"
        + "StateChangeTimestamp=Tue 2026-11-24 22:58:35.123456 UTC\n\nId=x.service\nLoadState=not-found\n"
    ) {
      _ = UnitReading.parse($0)
    }
    try fuzz("Tue 2026-11-24 22:58:35.123456 UTC") { _ = UnitReading.microseconds($0[...]) }
  }

  @Test("listening sockets, processes, sessions, the operator's connection")
  func processes() throws {
    try fuzz(
      "tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:((\"sshd\",pid=1,fd=3),(\"systemd\",pid=1,fd=61))\n"
        + "udp UNCONN 0 0 [fe80::1]%eth0:546 [::]:* users:((\"systemd-network\",pid=77,fd=20))\n"
    ) {
      _ = SocketTable.parse($0)
    }
    try fuzz("77 (a b) c) S 1 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 123456 0 0") {
      if let status = ProcessStatus.parsed($0, 77) { #expect(status.process == 77) }
    }
    try fuzz("Name=deploy\nService=sshd\nRemote=yes\nRemoteHost=203.0.113.9\nTimestampMonotonic=123456789\n") {
      _ = FreshLogin.parsed($0)
    }
    try fuzz("203.0.113.9 50000 198.51.100.7 22") { _ = OperatorReading.parse($0) }
  }

  @Test("ufw's files, and the text of iptables-save")
  func packetFilter() throws {
    let rules =
      "*filter\n:INPUT DROP [12:3456]\n:ufw-user-input - [0:0]\n-A INPUT -j ufw-user-input\n"
      + "-A ufw-user-input -p tcp -m tcp --dport 22 -m comment --comment \"a b\" -j ACCEPT\nCOMMIT\n"
    let tuples = "### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in comment=68617264656e\n"
    let defaults = "IPV6=yes\nDEFAULT_INPUT_POLICY=\"DROP\"\nDEFAULT_OUTPUT_POLICY='ACCEPT'\nENABLED=yes\n"
    try fuzz(rules, tuples, defaults) { text in
      _ = UFWReading.parse(configuration: text, defaults: text, rules: text, rules6: text)
      // No iptables prints a carriage return, which Swift takes for one character with a line feed behind it.
      let printed = FilterRules.normalized(String(text.unicodeScalars.filter { $0 != "\r" }.map(Character.init)))
      #expect(FilterRules.normalized(printed) == printed)
      _ = FilterRules.merged(before: rules, after: text, now: rules)
      _ = FilterRules.merged(before: text, after: rules, now: text)
    }
  }

  @Test("what rehearsals hear: the kernel's trace, nft's listing, routes, ssh's and sshd's words")
  func rehearsals() throws {
    try fuzz(
      "\u{40}\0\0\0\u{11}\u{0A}\0\0\0\0\0\0\0\0\0\0\u{2}\0\0\0\u{0B}\0\u{1}\0filter\0\0\u{8}\0\u{4}\0\0\0\0\u{3}"
    ) {
      let events = TraceEvent.all(in: Array($0.utf8))
      if let verdict = TracedVerdict(events) { #expect(events.contains(verdict.decisive)) }
    }
    let listing =
      "table ip filter {\n\tchain INPUT { # handle 1\n\t\ttcp dport 22 counter packets 1 bytes 60 accept # handle 7\n\t}\n}"
    try fuzz(listing) { if let rule = TracedVerdict.rule(7, in: $0) { #expect(!rule.contains("# handle 7")) } }
    try fuzz("198.51.100.23 via 10.0.0.1 dev eth0 src 10.0.0.2 uid 0 \\    cache") {
      if let route = Route(parsing: $0) { #expect(!route.interface.contains("\"")) }
    }
    try fuzz(
      "debug1: Offering public key: /dev/stdin\ndebug1: Server accepts key: /dev/stdin\na@b: Permission denied (publickey).\n",
      "Authentication refused: bad ownership [preauth]\r\nConnection closed by 10.0.0.1\r\n"
    ) {
      _ = KeyOffer.judge($0, daemon: $0)
    }
  }

  @Test("the journal's lines: one that is damaged is none")
  func journal() throws {
    let record = JournalRecord(kind: .done, time: 1_795_561_115, step: 3)
    let line = try JournalLine.text(record)
    #expect(JournalLine.record(line.dropLast()) == record)
    try fuzz(line) { text in
      guard let read = JournalLine.record(text.dropLast()[...]) else { return }
      #expect(read == record)
    }
  }

  @Test("files of secrets: what is read is written and read again")
  func secrets() throws {
    try fuzz("{\"SECRET_KEY\": \"a\\u00e9\\n\", \"LIST\": [1, -2.5e3, true, null], \"DEEP\": {\"a\": [{}]}}\n") {
      guard let json = OrderedJSON.parsed($0) else { return }
      #expect(OrderedJSON.parsed(json.text()) == json)
    }
  }
}
