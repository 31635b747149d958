import HostState
import Resources
import Testing

@testable import Reporting

private func sshd(
  main: String, dropIn: String, effective: String, argv: String = "/usr/sbin/sshd -D", isStale: Bool = false
) -> Observations {
  let accounts = Accounts(
    users: [
      "deploy": Account(
        name: "deploy", uid: 1000, group: "deploy", home: "/home/deploy", shell: "/bin/bash", password: .usable)
    ], groups: [:], today: 20_000)
  let visitor = Operator(user: "root", isRoot: true, login: "deploy", address: "203.0.113.9", localAddress: "192.0.2.7")
  let facts = HostFacts(
    system: "debian", version: "13", prettyName: "Debian 13", hostName: "box", timeZone: "UTC",
    addresses: ["192.0.2.7"], uplinks: 1)
  let listener = Listener(
    transport: "tcp", address: "0.0.0.0", port: 22, process: "sshd",
    argv: ["sshd: \(argv) [listener] 0 of 10-100 startups"])
  let answers: [Probe: Fact] = [
    .package(name: "openssh-server"): .package(PackageState(status: "installed", version: "1")),
    .listeners: .listeners([listener]), .accounts: .accounts(accounts), .operator: .operator(visitor),
    .host: .host(facts), .unit(name: "ssh.service"): .unit(UnitState(enablement: "enabled", activity: "active")),
    .contents(path: "/etc/ssh/sshd_config"): .text("Include /etc/ssh/sshd_config.d/*.conf\n" + main),
    .names(directory: "/etc/ssh/sshd_config.d"): .names(["50-cloud-init.conf"]),
    .contents(path: "/etc/ssh/sshd_config.d/50-cloud-init.conf"): .text(dropIn),
    .contents(path: "/etc/default/ssh"): .text("SSHD_OPTS=\"-o PasswordAuthentication=yes\"\n"),
  ]
  var known = Observations()
  for (probe, fact) in answers { known.learn([Inquiry(probe): .there(value: fact)]) }
  known.learn([Inquiry(.unit(name: "ssh.socket")): .absent])
  for path in ["/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d", "/etc/default/ssh"] as [Path] {
    known.learn([Inquiry(.stale(unit: "ssh.service", paths: [path])): .there(value: .flag(false))])
  }
  known.learn([
    Inquiry(.stale(unit: "ssh.service", paths: ["/etc/ssh/sshd_config.d/50-cloud-init.conf"])): .there(
      value: .flag(isStale))
  ])
  if let inquest = SSHDInquest(known) {
    let question = inquest.question(inquest.connection("deploy"))
    let output = "permitrootlogin no\n" + effective
    known.learn([Inquiry(.output(question: question)): .there(value: .output(CommandResult(status: 0, output: output)))]
    )
  }
  return known
}

@Test("the drop-in that is read first decides, and the main file's line is named as the loser")
func sshdDropIn() throws {
  let host = sshd(
    main: "PasswordAuthentication no\n", dropIn: "PasswordAuthentication yes\n",
    effective: "passwordauthentication yes\n", isStale: true)
  let answer = try WhySSHD(keyword: "PasswordAuthentication").answer(given: host)
  #expect(answer.value == "yes")
  #expect(answer.circumstance == "for deploy from 203.0.113.9")
  #expect(answer.decidedBy.map(\.place) == ["/etc/ssh/sshd_config.d/50-cloud-init.conf:1"])
  #expect(answer.others.map(\.place) == ["/etc/ssh/sshd_config:2"])
  #expect(answer.others.map(\.remark) == ["read later: the first value counts"])
  #expect(answer.notes.contains { $0.contains("Newer than what the daemon has loaded: /etc/ssh/sshd_config.d/50") })
}

@Test("of a file that could not be read it is not said that it sets nothing")
func sshdUnread() throws {
  var known = sshd(main: "", dropIn: "", effective: "")
  let visitor = Operator(user: "deploy", isRoot: false, login: "deploy", address: "203.0.113.9")
  known.learn([Inquiry(.operator): .there(value: .operator(visitor))])
  let secret: Path = "/etc/ssh/sshd_config.d/50-cloud-init.conf"
  for probe in [Probe.contents(path: secret), .file(path: secret)] {
    known.learn([Inquiry(probe): .unreadable(reason: "not permitted")])
  }
  let inquest = try #require(SSHDInquest(known))
  let question = Inquiry(.output(question: inquest.question(inquest.connection("deploy"))))
  known.learn([question: .unreadable(reason: "not permitted")])
  let answer = try WhySSHD(keyword: "PermitRootLogin").answer(given: known)
  #expect(answer.value == nil)
  #expect(answer.notes.contains("Whether a line sets it is not known: not all files could be read."))
  #expect(!answer.notes.contains { $0.contains("default") })
  #expect(Report.text(of: answer, style: Style(width: 100)).hasPrefix("sshd.PermitRootLogin: not known"))
}

@Test("a Match that holds goes before it, one that does not is told apart")
func sshdMatch() throws {
  let host = sshd(
    main: "Match Address 10.0.0.0/8\nPasswordAuthentication yes\nMatch User deploy\nPasswordAuthentication no\n",
    dropIn: "PasswordAuthentication yes\n",
    effective: "passwordauthentication no\nkbdinteractiveauthentication yes\nusepam yes\n")
  let answer = try WhySSHD(keyword: "PasswordAuthentication").answer(given: host)
  #expect(answer.decidedBy.map(\.place) == ["/etc/ssh/sshd_config:5"])
  #expect(
    answer.others.map(\.remark) == [
      "a line within Match goes before it", "Match Address 10.0.0.0/8: not for deploy from 203.0.113.9",
    ])
  #expect(answer.notes.contains { $0.hasPrefix("Passwords are taken all the same") })
}

@Test("an option of the running daemon goes before every file, and is found in SSHD_OPTS")
func sshdOptions() throws {
  let host = sshd(
    main: "", dropIn: "PasswordAuthentication no\n", effective: "passwordauthentication yes\n",
    argv: "/usr/sbin/sshd -D -o PasswordAuthentication=yes")
  let answer = try WhySSHD(keyword: "PasswordAuthentication").answer(given: host)
  #expect(answer.decidedBy.map(\.place) == ["/etc/default/ssh:1"])
  #expect(answer.others.map(\.remark) == ["the command line goes before it"])
  let text = Report.text(of: answer, style: Style())
  #expect(
    text == """
      sshd.PasswordAuthentication: yes for deploy from 203.0.113.9

        decided by  /etc/default/ssh:1                           yes
                      the daemon was started with -o PasswordAuthentication=yes, which goes before every
                      file
        not by      /etc/ssh/sshd_config.d/50-cloud-init.conf:1  no
                      the command line goes before it

      The daemon runs with what is on disk.

      """)
}

@Test("the last global line of Apache decides; a virtual host's holds there alone")
func apache() throws {
  let dump = """
    # In file: /etc/apache2/conf-enabled/security.conf
    #   12:
    ServerTokens OS
    # In file: /etc/apache2/conf-enabled/zz-harden.conf
    #   2:
    ServerTokens Prod
    """
  var known = Observations()
  let answers: [Probe: Fact] = [
    .package(name: "apache2"): .package(PackageState(status: "installed", version: "1")),
    .output(question: ApacheConfiguration.question): .output(CommandResult(status: 0, output: dump)),
    .stale(unit: "apache2.service", paths: ["/etc/apache2"]): .flag(false),
  ]
  for (probe, fact) in answers { known.learn([Inquiry(probe): .there(value: fact)]) }
  let answer = try WhyApache(directive: "servertokens").answer(given: known)
  #expect(answer.key == "apache.ServerTokens")
  #expect(answer.value == "Prod")
  #expect(answer.decidedBy.map(\.place) == ["/etc/apache2/conf-enabled/zz-harden.conf:2"])
  #expect(answer.others.map(\.remark) == ["read earlier: the last one counts"])
  #expect(answer.notes == ["Apache runs with what is on disk."])
  #expect(try WhyApache(directive: "traceenable").answer(given: known).value == "On")
}

@Test("a directive that no line has is looked for among those that Apache knows")
func unknownDirectives() throws {
  let package = Probe.package(name: "apache2")
  let dump = Probe.output(question: ApacheConfiguration.question)
  let list =
    "<Directory (core.c)\n\tContainer for (directives)\nServerTokens (core.c)\nWSGIRestrictEmbedded (mod_wsgi.c)\n"
  func misuse(_ directive: String, _ status: Int32 = 0) throws -> String? {
    let question = WhyApache(directive: directive)
    var known = Observations([
      Inquiry(package): .there(value: .package(PackageState(status: "installed", version: "1"))),
      Inquiry(dump): .there(value: .output(CommandResult(status: 0, output: "#  1:\nListen 80\n"))),
    ])
    for inquiry in known.unanswered(question.probes(given: known)) {
      guard case .output = inquiry.probe else { continue }
      known.learn([inquiry: .there(value: .output(CommandResult(status: status, output: list)))])
    }
    return question.misuse(given: known)?.detail
  }
  #expect(
    try misuse("WSGIRestrictEmbeded")
      == "Apache, with the modules that it loads here, knows no directive “WSGIRestrictEmbeded”. Did you mean "
      + "apache.WSGIRestrictEmbedded?")
  #expect(
    try misuse("nosuch") == "Apache, with the modules that it loads here, knows no directive “nosuch”.")
  for name in ["wsgirestrictembedded", "Listen", "Timeout", "directory"] { #expect(try misuse(name) == nil) }
  // One that does not tell them says nothing of it.
  #expect(try misuse("nosuch", 1) == nil)
}

private func packets(_ rules: [String], listening: [Listener] = []) -> Observations {
  var known = Observations()
  let filter = PacketFilter(
    ipv4: ["*filter", ":INPUT DROP", ":FORWARD ACCEPT", ":OUTPUT ACCEPT"] + rules + ["COMMIT"], ipv6: [],
    otherTables: [])
  known.learn([
    Inquiry(.packetFilter): .there(value: .packetFilter(filter)),
    Inquiry(.listeners): .there(value: .listeners(listening)),
    Inquiry(.operator): .there(value: .operator(Operator(user: "root", isRoot: true))), Inquiry(.host): .absent,
  ])
  return known
}

@Test("a packet: the rule that lets it in, the policy that drops it, and what listens")
func packet() throws {
  let rule = "-A INPUT -s 203.0.113.0/24 -p tcp -m tcp --dport 5432 -j ACCEPT"
  let postgres = Listener(transport: "tcp", address: "127.0.0.1", port: 5432, process: "postgres")
  let host = packets([rule], listening: [postgres])
  let admitted = try WhyPacket(port: 5432, from: "203.0.113.9").answer(given: host)
  #expect(admitted.value == "let in")
  #expect(admitted.decidedBy.map(\.value) == [rule])
  #expect(admitted.notes.contains("There listens postgres on 127.0.0.1:5432."))
  #expect(admitted.notes.contains { $0.contains("nobody outside can reach") })
  let dropped = try WhyPacket(port: 5432, from: "198.51.100.7").answer(given: host)
  #expect(dropped.value == "dropped")
  #expect(dropped.decidedBy.map(\.value) == ["the policy of INPUT"])
  #expect(throws: Diagnostic.self) { try WhyPacket(port: 5432, from: nil).answer(given: host) }
}

@Test("a packet: what this host sends to itself comes in over lo, by its loopback or an address of its own")
func ownPacket() throws {
  let rule = "-A INPUT -i lo -j ACCEPT"
  let postgres = Listener(transport: "tcp", address: "127.0.0.1", port: 5432, process: "postgres")
  var host = packets([rule], listening: [postgres])
  let facts = HostFacts(
    system: "debian", version: "12", prettyName: "Debian", hostName: "box", timeZone: "Etc/UTC",
    addresses: ["192.0.2.1"], uplinks: 1)
  host.learn([Inquiry(.host): .there(value: .host(facts))])
  for address in ["127.0.0.1", "192.0.2.1"] {
    let answer = try WhyPacket(port: 5432, from: address).answer(given: host)
    #expect(answer.value == "let in" && answer.decidedBy.map(\.value) == [rule])
    #expect(answer.circumstance == "from \(address) to \(address)")
    #expect(answer.notes.contains("\(address) is this host itself: such a packet comes in over lo."))
    #expect(!answer.notes.contains { $0.contains("nobody outside can reach") })
  }
  #expect(try WhyPacket(port: 5432, from: "192.0.2.2").answer(given: host).value == "dropped")
}

@Test("a packet: the kernel's own verdict goes before harden's reading, and which of both it was is said")
func verdictOfTheKernel() throws {
  let rule = "-A INPUT -s 203.0.113.0/24 -p tcp -m tcp --dport 5432 -j ACCEPT"
  let host = packets([rule])
  var question = WhyPacket(port: 5432, from: "203.0.113.9")
  #expect(
    try question.answer(given: host).notes.first
      == "This is harden's reading of the rules; the kernel itself was not asked.")
  question.trial = .impossible(why: "this host allows no namespaces")
  let read = try question.answer(given: host)
  #expect(
    read.value == "let in" && read.notes.first?.hasSuffix("was not asked: this host allows no namespaces.") == true)
  question.trial = .letIn(rule: rule)
  let admitted = try question.answer(given: host)
  #expect(admitted.value == "let in" && admitted.decidedBy.map(\.value) == [rule])
  #expect(admitted.notes.first?.hasPrefix("The verdict is the kernel's own") == true && admitted.notes.count == 2)
  question.trial = .dropped(rule: "nft table inet strict: tcp dport 5432 drop")
  let dropped = try question.answer(given: host)
  #expect(
    dropped.value == "dropped" && dropped.decidedBy.map(\.value) == ["nft table inet strict: tcp dport 5432 drop"])
  #expect(dropped.notes.contains { $0.contains("had read let in") })
}

@Test("a file: rights in words, and the directory that keeps others out")
func file() throws {
  var known = Observations()
  let entries: [(Path, FileStatus)] = [
    ("/", FileStatus(kind: .directory, mode: 0o755, owner: .root)),
    ("/srv", FileStatus(kind: .directory, mode: 0o750, owner: Owner("root", "web"))),
    ("/srv/a", FileStatus(kind: .file, mode: 0o644, owner: .root)),
  ]
  for (path, status) in entries { known.learn([Inquiry(.file(path: path)): .there(value: .file(status))]) }
  known.learn([Inquiry(.file(path: "/srv/b")): .absent])
  let answer = try WhyFile("/srv/a", accessList: ["user:bob:rw-"]).answer(given: known)
  #expect(answer.value == "0644 root:root")
  #expect(
    answer.notes == [
      "Its access list says more than the mode, whose group bits are the mask then: user:bob:rw-.",
      "root may read and write, the group root read, everybody else read.",
      "Nobody but the group web and root gets past /srv (0750 root:web), whatever the mode here says.",
    ])
  #expect(throws: Diagnostic.self) { try WhyFile("/srv/b", accessList: []).answer(given: known) }
}

@Test("keys are told apart, with or without a prefix, and whatever their case")
func keys() throws {
  #expect(try WhyKey(["SSHD.passwordauthentication"]) == .sshd(keyword: "PasswordAuthentication"))
  #expect(try WhyKey(["UsePam"]) == .sshd(keyword: "UsePAM"))
  #expect(try WhyKey(["apache.ServerTokens"]) == .apache(directive: "ServerTokens"))
  let packet = WhyKey.packet(transport: "tcp", port: 5432, source: "203.0.113.9")
  #expect(try WhyKey(["tcp/5432", "from", "203.0.113.9"]) == packet)
  #expect(try WhyKey(["tcp/5432 from 203.0.113.9"]) == packet)
  #expect(try WhyKey(["22/tcp"]) == .packet(transport: "tcp", port: 22, source: nil))
  #expect(try WhyKey(["/srv/with blank"]) == .file("/srv/with blank"))
}

@Test(
  "what is no key is refused",
  arguments: [
    ["nonsense"], ["udp/53"], ["tcp/0"], ["tcp/99999"], ["tcp/22", "from"], ["tcp/22", "from", "home"],
    ["tcp/22", "form", "192.0.2.1"], ["tcp/22", "from", "10.0.0.0/8"], ["apache."], ["sshd.Match"], ["/a", "b"],
  ])
func notKeys(_ words: [String]) { #expect(throws: Diagnostic.self) { try WhyKey(words) } }

@Test("a kind without a name is answered with its form", arguments: ["sshd", "apache.", "SSHD."])
func kindAlone(_ word: String) throws {
  do throws(Diagnostic) {
    _ = try WhyKey([word])
    Issue.record("it was taken")
  } catch {
    #expect(error.detail.hasSuffix(word == "apache." ? "a dot, apache.DIRECTIVE." : "a dot, sshd.KEYWORD."))
  }
}

@Test("a near miss is named")
func nearMisses() throws {
  for (word, meant) in [
    ("sshd.PasswordAuthentification", "sshd.PasswordAuthentication"), ("ServerTokens", "apache.ServerTokens"),
  ] {
    do {
      _ = try WhyKey([word])
      Issue.record("\(word) is taken for a key")
    } catch {
      #expect(error.detail.contains("Did you mean \(meant)?"))
    }
  }
}

@Test("a directive of Apache that is none is answered with what was meant, and a path is read without its detours")
func keyNames() throws {
  do throws(Diagnostic) {
    _ = try WhyKey(["apache.ServerTokns"])
    Issue.record("it was taken")
  } catch {
    #expect(error.detail.contains("Did you mean apache.ServerTokens?"))
  }
  for name in ["SSLProtocol", "servertokens", "LimitXMLRequestBody", "ServerName"] {
    #expect(try WhyKey(["apache.\(name)"]) == .apache(directive: name))
  }
  #expect(try WhyKey(["/etc/ssh/../issue"]) == .file("/etc/issue"))
  #expect(try WhyKey(["/../etc/./ssh//"]) == .file("/etc/ssh"))
}
