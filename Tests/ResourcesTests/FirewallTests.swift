import HostTesting
import Testing

@testable import Resources

/// Hosts whose ufw is as its own commands leave it.
enum UFWHosts {
  static let wanted = Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh, .http, .https])

  static func stock() -> UFWFiles {
    UFWFiles(enabled: false, ipv6: true, incoming: "deny", outgoing: "allow", routed: "deny", rules: [], rules6: [])
  }

  /// ufw installed and off, with these rules, written as in `allow tcp 22`, for anywhere in both families.
  static func off(_ rules: [String] = []) -> SimulatedHost {
    var host = PackagesTests.host()
    for name in ["ufw", "iptables"] { host.packages[name] = PackageState(status: "installed", version: "0.36.2-1") }
    host.units[Firewall.unit] = UnitState(enablement: "enabled", activity: "active")
    var files = stock()
    files.rules = rules.map { "\($0) 0.0.0.0/0 any 0.0.0.0/0 in" }
    files.rules6 = rules.map { "\($0) ::/0 any ::/0 in" }
    host.ufw = files
    return host
  }

  /// On, and the kernel has what the files say.
  static func on(_ rules: [String] = []) -> SimulatedHost { off(rules).changed { $0.enable() } }
}

extension SimulatedHost {
  func changed(_ change: (inout UFWHost) -> Void) -> SimulatedHost {
    var host = self
    var ufw = UFWHost(files: host.ufw ?? UFWHosts.stock(), filter: host.packetFilter)
    change(&ufw)
    (host.ufw, host.packetFilter) = (ufw.files, ufw.filter)
    return host
  }

  /// Shell lines of what the firewall's steps run, and whether its settled twin needs nothing.
  func commands(_ firewall: Firewall) throws -> (lines: [String], isSettled: Bool, changes: [String]) {
    let trial = try trial(of: firewall)
    let lines = trial.first.steps.map { step in
      switch step.action {
      case .run(let command): "\(command)"
      case .install(let packages): "install \(packages.joined(separator: " "))"
      default: "\(step.action)"
      }
    }
    let changes = trial.first.changes.map { change in
      "\(change.property): \(change.before ?? "none") → \(change.after ?? "none")"
    }
    return (lines, trial.second.isSettled, changes)
  }
}

@Suite("Firewall")
struct FirewallTests {
  @Test("a host without ufw: installed, rules, enabled last")
  func blank() throws {
    var host = PackagesTests.host()
    host.overrides[.packetFilter] = .unreadable(reason: "iptables is not installed")
    let result = try host.commands(UFWHosts.wanted)
    #expect(
      result.lines == [
        "install ufw", "ufw allow 22/tcp comment harden", "ufw allow 80/tcp comment harden",
        "ufw allow 443/tcp comment harden", "ufw --force enable",
      ])
    #expect(
      result.changes == [
        ": none → 0.36.2-1, with 2 more for the 2 of this plan", "state: not installed → on", "incoming: allow → deny",
        "22/tcp: none → allow from anywhere", "80/tcp: none → allow from anywhere",
        "443/tcp: none → allow from anywhere",
      ])
    #expect(result.isSettled)
  }

  @Test("a script that ufw runs is named, and one that it does not run is not")
  func scripts() throws {
    var host = UFWHosts.on(["allow tcp 22", "allow tcp 80", "allow tcp 443"])
    host.entries["/etc/ufw/before.init"] = .file("#!/bin/sh\n", 0o640)
    host.entries["/etc/ufw/after.init"] = .file("#!/bin/sh\n", 0o750)
    #expect(
      try host.proposal(of: UFWHosts.wanted).notes.filter { $0.contains(".init") } == [
        "ufw runs /etc/ufw/after.init each time it starts: what that does to packets is not foreseen here"
      ])
  }

  @Test("risks: rules open, enabling closes")
  func risks() throws {
    let steps = try UFWHosts.off().proposal(of: UFWHosts.wanted).steps
    #expect(steps.map(\.risk) == [.opens, .opens, .opens, .closes])
  }

  @Test("what is in force needs nothing")
  func settled() throws {
    let host = UFWHosts.on(["allow tcp 22", "allow tcp 80", "allow tcp 443"])
    #expect(try host.proposal(of: UFWHosts.wanted) == .nothing)
  }

  @Test("sshd's own ports are let in, not 22, and not what a session forwards")
  func sshPort() throws {
    var host = UFWHosts.off()
    let title = "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"
    host.listeners = [
      Listener(transport: "tcp", address: "0.0.0.0", port: 2222, process: "sshd", argv: [title]),
      Listener(transport: "tcp", address: "::", port: 2222, process: "sshd", argv: [title]),
      Listener(transport: "tcp", address: "127.0.0.1", port: 6010, process: "sshd", argv: ["sshd: deploy@pts/0"]),
      Listener(transport: "tcp", address: "0.0.0.0", port: 8080, process: "sshd", argv: ["sshd: deploy@pts/0"]),
      Listener(transport: "tcp", address: "::", port: 111, process: "systemd"),
    ]
    let ssh = Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh])
    #expect(try host.commands(ssh).lines == ["ufw allow 2222/tcp comment harden", "ufw --force enable"])
    host.listeners = [Listener(transport: "tcp", address: "*", port: 2200, process: "systemd")]
    host.units["ssh.socket"] = UnitState(enablement: "enabled", activity: "active")
    #expect(try host.commands(ssh).lines == ["ufw allow 2200/tcp comment harden", "ufw --force enable"])
  }

  @Test("the port that sshd leaves goes with it, since the rule was harden's")
  func movedPort() throws {
    var host = UFWHosts.on(["allow tcp 80", "allow tcp 443"]).changed {
      $0.add(
        [false, true].map { isV6 in
          UFWLine(
            UFWRule(
              isV6: isV6, action: "allow", transport: "tcp", port: "22", destination: UFWRule.anywhere(isV6),
              source: UFWRule.anywhere(isV6), comment: "harden"))
        })
    }
    #expect(try host.proposal(of: UFWHosts.wanted) == .nothing)
    host.listeners = [Listener(transport: "tcp", address: "*", port: 2222, process: "sshd")]
    let result = try host.commands(UFWHosts.wanted)
    #expect(result.lines == ["ufw allow 2222/tcp comment harden", "ufw delete allow 22/tcp"])
    #expect(result.changes == ["2222/tcp: none → allow from anywhere", "22/tcp: allow from anywhere → none"])
    #expect(result.isSettled)
  }

  @Test("an old deny ahead is beaten by putting the rule first", arguments: ["any 22", "tcp 22:30", "any any"])
  func denyAhead(_ match: String) throws {
    let host = UFWHosts.on(["deny \(match)", "allow tcp 22", "allow tcp 80", "allow tcp 443"])
    let result = try host.commands(Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh]))
    #expect(result.lines == ["ufw delete allow 22/tcp", "ufw prepend allow 22/tcp comment harden"])
    #expect(result.changes == ["22/tcp: allow from anywhere, without effect → allow from anywhere"])
    #expect(result.isSettled)
    // What let nobody in closes nothing by going, and so need not wait for a proof that it itself makes possible.
    let proposal = try host.proposal(of: Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh]))
    #expect(proposal.steps.map(\.risk) == [.opens, .opens])
  }

  @Test("a rule that is moved to the front and lets somebody in until then closes a way in by going")
  func denyAheadOfOneFamily() throws {
    var host = UFWHosts.on(["allow tcp 22"])
    host.ufw?.rules6.insert("deny any 22 ::/0 any ::/0 in", at: 0)
    host = host.changed { $0.reload() }
    let steps = try host.proposal(of: Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh])).steps
    #expect(steps.map(\.risk) == [.closes, .opens])
  }

  @Test("a deny of one address ahead is somebody's block list, and stays")
  func blockList() throws {
    var host = UFWHosts.on(["allow tcp 22", "allow tcp 80", "allow tcp 443"])
    host.ufw?.rules.insert("deny any any 0.0.0.0/0 any 198.51.100.66 in", at: 0)
    host = host.changed { $0.reload() }
    let proposal = try host.proposal(of: UFWHosts.wanted)
    #expect(proposal == Proposal(notes: ["not declared, stays: anything deny from 198.51.100.66"]))
  }

  @Test("limit and allow on one port take each other's place")
  func limit() throws {
    let host = UFWHosts.on(["limit tcp 22"])
    let result = try host.commands(Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh]))
    #expect(result.lines == ["ufw allow 22/tcp comment harden"])
    #expect(result.changes == ["22/tcp: limit from anywhere → allow from anywhere"])
    #expect(result.isSettled)
    let limited = Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh(limit: true)])
    #expect(try host.proposal(of: limited) == .nothing)
    #expect(try UFWHosts.on(["allow tcp 22"]).commands(limited).lines == ["ufw limit 22/tcp comment harden"])
  }

  @Test("the comment of somebody's own that goes with a replaced rule is shown, harden's is not")
  func replacedComment() throws {
    func changes(comment: String) throws -> [String] {
      var host = UFWHosts.off(["limit tcp 22"])
      var files = try #require(host.ufw)
      files.rules = files.rules.map { "\($0) comment=\(comment)" }
      files.rules6 = files.rules6.map { "\($0) comment=\(comment)" }
      host.ufw = files
      host = host.changed { $0.enable() }
      return try host.commands(Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh])).changes
    }
    #expect(try changes(comment: "6f6666696365") == ["22/tcp: limit from anywhere, “office” → allow from anywhere"])
    #expect(try changes(comment: "68617264656e") == ["22/tcp: limit from anywhere → allow from anywhere"])
  }

  @Test(
    "of two declarations for one port the one with a limit counts",
    arguments: ["22 limit", "22/tcp limit", "ssh limit"])
  func limitOfOwn(_ text: String) throws {
    let firewall = Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh, try FirewallRule(text)])
    for host in [UFWHosts.on(), UFWHosts.on(["allow tcp 22"]), UFWHosts.off()] {
      let result = try host.commands(firewall)
      #expect(result.isSettled)
      #expect(result.lines.filter { $0.contains("limit 22") }.count == 1)
      #expect(!result.lines.contains { $0.contains("ufw allow 22") })
    }
    let half = Firewall(
      incoming: .deny, outgoing: .allow, allow: [try FirewallRule("80"), try FirewallRule("80/tcp limit")])
    let error = diagnostic { try UFWHosts.on().commands(half) }
    #expect(error?.summary == "Two rules for one port" && error?.fix == "Name a protocol in the first: 80/udp.")
    let other = Firewall(
      incoming: .deny, outgoing: .allow, allow: [.ssh, try FirewallRule("22 from 192.0.2.0/24 limit")])
    let both = try UFWHosts.on().commands(other)
    #expect(both.isSettled && both.lines.contains { $0.contains("ufw allow 22/tcp") })
  }

  @Test("hundreds of ports are opened one by one, in a time that grows with them")
  func manyPorts() throws {
    func effort(_ count: UInt16) throws -> Duration {
      let allow = (1...count).map { FirewallRule.port(1000 + $0, .tcp) }
      let firewall = Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh] + allow)
      let start = ContinuousClock.now
      let result = try UFWHosts.on(["allow tcp 22"]).commands(firewall)
      #expect(result.isSettled && result.lines.count == Int(count))
      return ContinuousClock.now - start
    }
    let (few, many) = (try effort(20), try effort(400))
    print("20 ports: planned in \(few); 400 ports: \(many)")
    // Each rule was taken apart anew for each other one before: a minute and more.
    #expect(many < .seconds(20))
  }

  @Test("a limit behind an allow that takes the same packets is without effect, and stays", arguments: ["tcp", "any"])
  func limitBehind(_ transport: String) throws {
    let host = UFWHosts.on(["allow \(transport) 22", "limit tcp 22", "allow tcp 80", "allow tcp 443"])
    let proposal = try host.proposal(of: UFWHosts.wanted)
    #expect(proposal.changes.isEmpty && proposal.steps.isEmpty, "\(proposal)")
  }

  @Test("a limit is defeated by an allow that takes more packets")
  func limitDefeated() throws {
    let limited = Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh(limit: true)])
    let result = try UFWHosts.on(["allow any 22"]).commands(limited)
    #expect(result.lines == ["ufw prepend limit 22/tcp comment harden"])
    #expect(result.isSettled)
  }

  @Test("sources, ranges, comments and both families in ufw's own words")
  func forms() throws {
    let firewall = Firewall(
      incoming: .deny, outgoing: .allow,
      allow: [
        .port(5432, .tcp, from: "203.0.113.7/24", limit: true, comment: "é"), .port(53, .udp, from: "2001:DB8:0::/32"),
        .ports(6000...6007, .udp), .port(443, .any),
      ])
    let result = try UFWHosts.off().commands(firewall)
    #expect(
      result.lines == [
        "ufw limit from 203.0.113.0/24 to any port 5432 proto tcp comment 'harden: é'",
        "ufw allow from 2001:db8::/32 to any port 53 proto udp comment harden",
        "ufw allow 6000:6007/udp comment harden", "ufw allow 443 comment harden", "ufw --force enable",
      ])
    #expect(result.isSettled)
  }

  @Test("another comment is written; somebody's own is left where none is declared")
  func comment() throws {
    let host = UFWHosts.on(["allow tcp 80"])
    let firewall = Firewall(incoming: .deny, outgoing: .allow, allow: [.port(80, .tcp, comment: "site")])
    let result = try host.commands(firewall)
    #expect(result.lines == ["ufw allow 80/tcp comment 'harden: site'"])
    #expect(result.changes == ["80/tcp: allow from anywhere, no comment → allow from anywhere, “site”"])
    #expect(result.isSettled)
  }

  @Test("what stands in the files of a firewall that is off is told before it is replaced or comes into force")
  func off() throws {
    var host = UFWHosts.off(["deny tcp 80", "allow tcp 443"])
    var firewall = UFWHosts.wanted
    var result = try host.commands(firewall)
    #expect(
      result.lines == ["ufw allow 22/tcp comment harden", "ufw allow 80/tcp comment harden", "ufw --force enable"])
    #expect(
      result.changes.suffix(3) == [
        "22/tcp: none → allow from anywhere", "80/tcp: deny from anywhere, not in force → allow from anywhere",
        "443/tcp: allow from anywhere, not in force → allow from anywhere",
      ])
    host = UFWHosts.off(["deny any 80", "allow tcp 80"])
    firewall = Firewall(incoming: .deny, outgoing: .allow, allow: [.port(80, .tcp, comment: "site")])
    result = try host.commands(firewall)
    #expect(result.changes.last == "80/tcp: allow from anywhere, without effect → allow from anywhere, “site”")
    host = UFWHosts.off(["allow tcp 80"])
    result = try host.commands(firewall)
    #expect(
      result.changes.last == "80/tcp: allow from anywhere, no comment, not in force → allow from anywhere, “site”")
  }

  @Test("undeclared rules are named, and removed when the firewall is exclusive")
  func exclusive() throws {
    var host = UFWHosts.on(["allow tcp 22", "allow tcp 3306"])
    host.ufw?.rules += [
      "route:allow tcp 80 0.0.0.0/0 any 10.0.0.1 in_eth0!out_eth1", "allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 OpenSSH - in",
      "allow_log tcp 99 203.0.113.5 any 198.51.100.0/24 in_eth0",
    ]
    host = host.changed { $0.reload() }
    let shown = try host.proposal(of: Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh]))
    #expect(
      shown
        == Proposal(notes: [
          "not declared, stays: 3306/tcp allow from anywhere",
          "not declared, stays: 80/tcp in on eth0 out on eth1 route allow from 10.0.0.1",
          "not declared, stays: 22/tcp (OpenSSH) allow from anywhere",
          "not declared, stays: 99/tcp to 203.0.113.5 in on eth0 allow, log, from 198.51.100.0/24",
        ]))
    let result = try host.commands(Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh], exclusive: true))
    #expect(
      result.lines == [
        "ufw delete allow 3306/tcp",
        "ufw route delete allow in on eth0 out on eth1 from 10.0.0.1 to any port 80 proto tcp",
        "ufw delete allow from any to any app OpenSSH",
        "ufw delete allow in on eth0 log from 198.51.100.0/24 to 203.0.113.5 port 99 proto tcp",
      ])
    #expect(result.isSettled)
  }

  @Test("a policy that differs is set, and the kernel's is what counts")
  func policies() throws {
    var host = UFWHosts.on(["allow tcp 22"]).changed { $0.setDefault(incoming: "allow") }
    let ssh = Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh])
    var result = try host.commands(ssh)
    #expect(result.lines == ["ufw default deny incoming"])
    #expect(result.changes == ["incoming: allow → deny"])
    #expect(try host.proposal(of: ssh).steps.map(\.risk) == [.closes])
    let open = Firewall(incoming: .allow, outgoing: .allow, allow: [.ssh])
    #expect(try UFWHosts.on(["allow tcp 22"]).proposal(of: open).steps.map(\.risk) == [.opens])
    #expect(result.isSettled)
    host = UFWHosts.on(["allow tcp 22"])
    host.packetFilter.ipv6 = host.packetFilter.ipv6.map { $0 == ":INPUT DROP" ? ":INPUT ACCEPT" : $0 }
    result = try host.commands(ssh)
    #expect(result.lines == ["ufw reload"])
    #expect(result.isSettled)
    result = try UFWHosts.on(["allow tcp 22"]).commands(Firewall(incoming: .reject, outgoing: .deny, allow: [.ssh]))
    #expect(result.lines == ["ufw default reject incoming", "ufw default deny outgoing"])
    #expect(result.changes == ["incoming: deny → reject", "outgoing: allow → deny"])
    #expect(result.isSettled)
  }

  @Test("a rule that only the files have is loaded")
  func notInKernel() throws {
    var host = UFWHosts.on(["allow tcp 22", "allow tcp 80", "allow tcp 443"])
    host.packetFilter.ipv4.removeAll { $0.hasPrefix("-A ufw-user-input") && $0.contains("--dport 80 ") }
    let result = try host.commands(UFWHosts.wanted)
    #expect(result.lines == ["ufw reload"])
    #expect(result.changes == ["80/tcp: allow from anywhere, not in the kernel → allow from anywhere"])
    #expect(result.isSettled)
  }

  @Test("a rule that only the kernel has is named, and goes when the firewall is exclusive")
  func kernelAlone() throws {
    var host = UFWHosts.on(["allow tcp 22"])
    let line = "-A ufw-user-input -p tcp -m tcp --dport 9999 -j ACCEPT"
    let last = host.packetFilter.ipv4.lastIndex { $0.hasPrefix("-A ufw-user-input") } ?? 0
    host.packetFilter.ipv4.insert(line, at: last + 1)
    let named = try host.proposal(of: Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh]))
    #expect(named == Proposal(notes: ["in the kernel alone, until ufw loads its rules again: \(line)"]))
    let result = try host.commands(Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh], exclusive: true))
    #expect(result.lines == ["ufw reload"])
    #expect(result.isSettled)
  }

  @Test("on by its own word, but flushed: taken down and enabled again")
  func flushed() throws {
    var host = UFWHosts.on(["allow tcp 22", "allow tcp 80", "allow tcp 443"])
    host.packetFilter = PacketFilter(
      ipv4: ["*filter", ":INPUT ACCEPT", ":FORWARD ACCEPT", ":OUTPUT ACCEPT", "COMMIT"], ipv6: [], otherTables: [])
    let result = try host.commands(UFWHosts.wanted)
    #expect(result.lines == ["ufw disable", "ufw --force enable"])
    #expect(result.changes.first == "state: on by its own word, but its rules are gone from the kernel → on")
    #expect(result.isSettled)
  }

  @Test("after iptables -F: ufw's chains are removed, other people's stay, then down and up again")
  func broken() throws {
    var host = UFWHosts.on(["allow tcp 22", "allow tcp 80", "allow tcp 443"])
    host.packetFilter.ipv4.removeAll { $0.hasPrefix("-A") }
    host.packetFilter.ipv4.insert(":DOCKER -", at: 4)
    let trial = try host.trial(of: UFWHosts.wanted)
    let commands = trial.first.steps.compactMap { step -> Command? in
      if case .run(let command) = step.action { return command }
      return nil
    }
    #expect(commands.map(\.executable.name) == ["iptables-restore", "ufw", "ufw"])
    #expect(commands[0].input?.hasPrefix("*filter\n-F ufw-before-input\n") == true)
    #expect(commands[0].input?.contains("DOCKER") == false)
    #expect(commands.suffix(2).map(\.arguments) == [["disable"], ["--force", "enable"]])
    #expect(trial.second.isSettled)
    #expect(try trial.observations.packetFilter().value?.ipv4.contains(":DOCKER -") == true)
  }

  @Test("one jump that is gone: the others go too before ufw starts anew, in that family alone")
  func oneJump() throws {
    var host = UFWHosts.on(["allow tcp 22", "allow tcp 80", "allow tcp 443"])
    host.packetFilter.ipv6.removeAll { $0 == "-A INPUT -j ufw6-before-input" }
    let trial = try host.trial(of: UFWHosts.wanted)
    guard case .run(let command)? = trial.first.steps.first?.action else {
      Issue.record("no command")
      return
    }
    #expect(command.executable == "/usr/sbin/ip6tables-restore")
    #expect(command.input?.hasPrefix("*filter\n-D INPUT -j ufw6-after-input\n") == true)
    #expect(trial.first.steps.count == 3)
    #expect(trial.second.isSettled)
  }

  @Test("each step's own effect leaves exactly the rest of the plan")
  func stepByStep() throws {
    var broken = UFWHosts.on(["allow tcp 443"])
    broken.packetFilter.ipv4.removeAll { $0.hasPrefix("-A") }
    let hosts = [UFWHosts.off(), UFWHosts.off(["deny any 22"]), UFWHosts.on(["deny any 22", "allow tcp 443"]), broken]
    for host in hosts {
      var observations = try host.observe(UFWHosts.wanted)
      var rest = try UFWHosts.wanted.proposal(given: observations).steps
      #expect(!rest.isEmpty)
      while !rest.isEmpty {
        observations.fold(rest.removeFirst())
        #expect(try UFWHosts.wanted.proposal(given: observations).steps == rest)
      }
    }
  }

  @Test(
    "IPV6=no becomes yes where the kernel has IPv6, so that what is declared holds there, too",
    arguments: [true, false])
  func shutIPv6(isOn: Bool) throws {
    var host = isOn ? UFWHosts.on(["allow tcp 22", "allow tcp 80", "allow tcp 443"]) : UFWHosts.off()
    host.ufw?.ipv6 = false
    host.ufw?.rules6 = []
    host.entries["/proc/net/if_inet6"] = .file("")
    // As ufw leaves the kernel then.
    let shut = ["*filter", ":INPUT DROP", ":FORWARD DROP", ":OUTPUT DROP", "-A INPUT -i lo -j ACCEPT", "COMMIT"]
    if isOn { host.packetFilter.ipv6 = shut }
    let trial = try host.trial(of: UFWHosts.wanted)
    let change = trial.first.changes.first { $0.property == "IPv6" }
    #expect(change?.before == (isOn ? "shut, in and out" : "left out") && change?.after == "as IPv4")
    #expect(trial.second.isSettled)
    let filter = try trial.observations.packetFilter().value
    guard case .admitted? = filter?.verdict(onNewConnectionTo: 22, from: "2001:db8::1") else {
      Issue.record("port 22 is shut over IPv6")
      return
    }
    #expect(filter?.verdict(onNewConnectionTo: 25, from: "2001:db8::1") == .dropped(by: "the policy of INPUT"))
    // Once the file says so and ufw has not loaded it yet, no firewall is taken down for it.
    host.ufw?.ipv6 = true
    let rest = try host.trial(of: UFWHosts.wanted)
    let commands = rest.first.steps.map { step in
      if case .run(let command) = step.action { "\(command)" } else { "" }
    }
    #expect(commands.contains("ufw reload") == isOn && !commands.contains("ufw disable"))
    #expect(rest.second.isSettled)
  }

  @Test("without IPv6 in the kernel IPV6=no is said, and no rule for IPv6 is missed")
  func noIPv6() throws {
    var host = UFWHosts.off()
    host.ufw?.ipv6 = false
    let allow = UFWHosts.wanted.allow + [.port(53, .udp, from: "2001:db8::/32")]
    let trial = try host.trial(of: Firewall(incoming: .deny, outgoing: .allow, allow: allow))
    #expect(!trial.first.changes.map(\.property).contains("53/udp"))
    #expect(trial.first.notes == ["This kernel has no IPv6, and ufw leaves it out: IPV6=no in /etc/default/ufw"])
    #expect(trial.second.isSettled)
    let filter = try trial.observations.packetFilter().value
    #expect(filter?.verdict(onNewConnectionTo: 22, from: "2001:db8::1") == .dropped(by: "the policy of INPUT"))
  }

  @Test("what else decides who gets in is named")
  func notes() throws {
    var host = UFWHosts.on(["allow tcp 22", "allow tcp 80", "allow tcp 443"])
    let first = host.packetFilter.ipv4.firstIndex { $0.hasPrefix("-A INPUT") } ?? 0
    host.packetFilter.ipv4.insert("-A INPUT -p tcp -m tcp --dport 3306 -j ACCEPT", at: first)
    host.packetFilter.ipv4 += [
      "*nat", ":DOCKER -", "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80",
      "-A DOCKER -d 127.0.0.1/32 ! -i docker0 -p tcp -m tcp --dport 8081 -j DNAT --to-destination 172.17.0.2:80",
      "-A DOCKER -d 192.0.2.7/32 ! -i docker0 -p udp -m udp --dport 53 -j DNAT --to-destination 172.17.0.2:53",
      "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
      "-A PREROUTING -p tcp -m tcp --dport 2222 -j DNAT --to-destination 10.0.3.2:22", "COMMIT",
    ]
    host.packetFilter.ipv6 += [
      "*nat", ":DOCKER -", "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00::2]:80",
      "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8443 -j DNAT --to-destination [fd00::2]:443", "COMMIT",
    ]
    host.packetFilter.otherTables = [
      "inet mine {\n\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n\t\ttcp dport 80 drop\n\t}\n}",
      "inet quiet {\n}",
    ]
    host.units[Firewall.nftables] = UnitState(enablement: "enabled", activity: "inactive")
    host.entries[Firewall.nftablesFile] = .file("#!/usr/sbin/nft -f\n\nflush ruleset\n")
    #expect(
      try host.proposal(of: UFWHosts.wanted)
        == Proposal(
          notes: [
            "ahead of ufw: -A INPUT -p tcp -m tcp --dport 3306 -j ACCEPT",
            "sent on past ufw: -A PREROUTING -p tcp -m tcp --dport 2222 -j DNAT --to-destination 10.0.3.2:22",
            "open past ufw, published by Docker: 8080/tcp",
            "open past ufw, published by Docker: 53/udp on 192.0.2.7",
            "open past ufw, published by Docker: 8443/tcp",
            "beside ufw: nft table inet mine, which drops packets whatever ufw says",
            "beside ufw: nft table inet quiet, which drops nothing",
            "nftables.service starts at boot and /etc/nftables.conf begins with “flush ruleset”: it may wipe these rules. "
              + "systemctl disable nftables.service",
          ],
          waiting: [
            Waiting(
              "firewall 80/tcp", seen: "dropped by nft table inet mine, chain in: tcp dport 80 drop, whatever ufw says",
              wanted:
                "it let in there as well: nft insert rule inet mine in tcp dport 80 accept, and the same where that "
                + "table is made")
          ]))
    for (enablement, activity, words) in [
      ("enabled", "active", "runs here"), ("disabled", "active", "runs here"),
      ("enabled", "inactive", "starts at the next boot"), ("disabled", "inactive", nil),
    ] {
      host.units["firewalld.service"] = UnitState(enablement: enablement, activity: activity)
      let detail = host.diagnostic(of: UFWHosts.wanted)?.detail
      #expect(words.map { detail?.hasPrefix("firewalld \($0)") == true } ?? (detail == nil), "\(detail ?? "")")
    }
  }

  @Test("what somebody put into before.rules decides once ufw is on, and behind a link", arguments: [false, true])
  func beforeRules(isLink: Bool) throws {
    var host = UFWHosts.off()
    let path: Path = "/etc/ufw/before.rules"
    if isLink {
      host.entries[path] = .link(target: "../../opt/before.rules")
      // The prober reads no text through a link.
      host.overrides[.contents(path: path)] = .unreadable(reason: "it is a symbolic link")
    }
    host.entries[isLink ? "/opt/before.rules" : path] = .file(
      """
      *filter
      :ufw-before-input - [0:0]
      :ufw-not-local - [0:0]
      :guard - [0:0]
      -A ufw-before-input -i lo -j ACCEPT
      -A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
      -A ufw-before-input -p icmp --icmp-type echo-request -j ACCEPT
      -A ufw-before-input -j ufw-not-local
      -A ufw-not-local -j DROP
      -A ufw-before-input -p tcp --dport 22 -j guard
      -A guard -s 203.0.113.0/24 -j RETURN
      -A guard -j DROP
      COMMIT
      *nat
      -A ufw-before-input -j DROP
      COMMIT

      """)
    let filter = try host.trial(of: UFWHosts.wanted).observations.packetFilter().value
    #expect(filter?.verdict(onNewConnectionTo: 22, from: "198.51.100.23") == .dropped(by: "-A guard -j DROP"))
    guard case .admitted? = filter?.verdict(onNewConnectionTo: 22, from: "203.0.113.9"),
      case .admitted? = filter?.verdict(onNewConnectionTo: 80, from: "198.51.100.23")
    else {
      Issue.record("\(filter?.ipv4 ?? [])")
      return
    }
  }

  @Test("a unit of ufw's that is masked would not bring the rules back at boot")
  func masked() throws {
    var host = UFWHosts.on(["allow tcp 22", "allow tcp 80", "allow tcp 443"])
    host.units[Firewall.unit] = UnitState(enablement: "masked", activity: "active")
    #expect(host.diagnostic(of: UFWHosts.wanted)?.summary == "ufw.service is masked")
  }

  @Test("ufw.service that does not start at boot is enabled")
  func unit() throws {
    var host = UFWHosts.on(["allow tcp 22", "allow tcp 80", "allow tcp 443"])
    host.units[Firewall.unit] = UnitState(enablement: "disabled", activity: "active")
    let trial = try host.trial(of: UFWHosts.wanted)
    #expect(trial.first.steps.map(\.action) == [.setUnit(unit: "ufw.service", enabled: true, active: nil)])
    #expect(trial.second == .nothing)
  }

  @Test("an unreadable filter is an error where iptables is there")
  func unreadable() throws {
    var host = UFWHosts.on()
    host.overrides[.packetFilter] = .unreadable(reason: "permission denied")
    #expect(throws: Diagnostic.self) { try host.proposal(of: UFWHosts.wanted) }
  }

  @Test("bad rules are errors")
  func errors() throws {
    let bad: [[FirewallRule]] = [
      [.port(80, .tcp, from: "example.org")], [.ports(1...2, .any)], [.port(80, .tcp, comment: "it's")],
      [.port(80, .any), .port(80, .tcp, limit: true)], [.port(80, .tcp, from: "0.0.0.0/0")],
      [.port(80, .tcp, from: "::/0")],
    ]
    for allow in bad {
      let firewall = Firewall(incoming: .deny, outgoing: .allow, allow: allow)
      #expect(throws: Diagnostic.self, "\(allow)") { try UFWHosts.off().proposal(of: firewall) }
    }
    let twice = Firewall(incoming: .deny, outgoing: .allow, allow: [.http, .http])
    #expect(try UFWHosts.off().commands(twice).lines.count == 2)
  }

  @Test(
    "a rule as text reads back as itself",
    arguments: [
      "ssh", "ssh limit", "80/tcp", "8080", "60000-61000/udp", "5432/tcp from 203.0.113.0/24 limit comment the office",
    ])
  func text(_ text: String) throws {
    #expect(try FirewallRule(text).text == text)
  }

  @Test(
    "text that is no rule",
    arguments: [
      "", "0", "65536", "80/sctp", "80/tcp/udp", "9-1/tcp", "80 from", "80 from host", "80 frum 1.2.3.4", "web",
    ])
  func badText(_ text: String) {
    #expect(throws: Diagnostic.self) { try FirewallRule(text) }
  }
}
