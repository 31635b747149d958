import HostState
import HostTesting
import Resources
import Testing

@testable import Planning
@testable import RecipeDSL

@Suite("Proof of access")
struct AccessProofTests {
  /// Plans people and sshd against a simulated host.
  private func plan(_ host: SimulatedHost, _ resources: [any Resource]) throws -> Plan {
    let declarations = resources.enumerated()
      .map { Declaration($1, source: SourceLine(file: "Test.swift", line: $0 + 1)) }
    let desired = DesiredState(sections: [SectionState(name: "Way in", why: nil, declarations: declarations)])
    var known = Observations()
    for _ in 0..<40 {
      switch Planner(desired, recipe: "test").plan(given: known) {
      case .needs(let inquiries):
        var answers: [Inquiry: Answer<Fact>] = [:]
        for inquiry in inquiries { answers[inquiry] = host.answer(inquiry) }
        known.learn(answers)
      case .failed(let diagnostics): throw diagnostics[0]
      case .plan(let plan): return plan
      }
    }
    throw Diagnostic.bug("no end of questions")
  }

  private let key: PublicKey
  private let closed = SSHDaemon(rootLogin: .never, passwords: false)

  init() throws { key = try PublicKey(line: SimulatedHost.keyLine(7, comment: "laptop")) }

  private var administrator: User { User("deploy", role: .administrator, keys: [key]) }

  @Test("a key that a reboot or a closed folder takes away is no way in")
  func keyStorage() throws {
    for (mounted, word) in [
      ("/ /home - tmpfs tmpfs", "which a reboot empties"), ("/ /home/deploy - ecryptfs x", "opens with a password"),
      ("/ /srv - tmpfs tmpfs", nil), ("/ / - tmpfs tmpfs", nil), ("", nil),
    ] {
      // The home is yet to be made.
      var host = SimulatedHost.debian(13)
      host.mount(mounted)
      let refusal = try plan(host, [administrator, closed]).access.refusals.first?.detail
      #expect(word.map { refusal?.contains($0) == true } ?? (refusal == nil), "\(mounted): \(refusal ?? "none")")
    }
  }

  @Test("a home that a boot mounts otherwise is no place for a key")
  func mountedOtherwise() throws {
    let byHand = try refusal { host in
      host.mount("/data/home /home - ext4 /dev/sda1")
      host.systemd("Id=home.mount\nFragmentPath=\nActiveState=active\nActiveEnterTimestampMonotonic=90000000\n")
    }
    let words = "“key”: /home/deploy/.ssh/authorized_keys: /home was mounted by hand, and neither"
    #expect(byHand?.contains(words) == true)
    let later = try refusal { host in
      host.mount("")
      host.entries[FileSystemTable.path] = .file("/data/home /home none bind,nofail 0 0\n")
      host.systemd("")
    }
    #expect(later?.contains("by /etc/fstab a boot mounts /data/home at /home, over what is there now") == true)
    let both = try refusal { host in
      host.mount("/data/home /home - ext4 /dev/sda1")
      host.entries["/data/home/x"] = .file("")
      host.entries[FileSystemTable.path] = .file("/data/home /home none bind,nofail 0 0\n")
      host.systemd(
        "Id=home.mount\nFragmentPath=/run/systemd/generator/home.mount\nSourcePath=/etc/fstab\nActiveState=active\n"
          + "ActiveEnterTimestampMonotonic=90000000\n")
    }
    #expect(both == nil)
  }

  /// Looks at who gets in once these steps are done.
  private func stranding(
    _ host: SimulatedHost, _ resources: [any Resource], after steps: [PlannedStep] = []
  ) -> Diagnostic? {
    let declarations = resources.map { Declaration($0, source: SourceLine(file: "Test.swift", line: 1)) }
    let desired = DesiredState(sections: [SectionState(name: "Way in", why: nil, declarations: declarations)])
    var known = Observations()
    known.learn([Inquiry(.accounts): host.answer(Inquiry(.accounts))])
    for step in steps { known.fold(step.step) }
    for _ in 0..<40 {
      let standing = AccessStanding(desired, given: known)
      if standing.needs.isEmpty { return standing.stranding }
      var answers: [Inquiry: Answer<Fact>] = [:]
      for inquiry in standing.needs { answers[inquiry] = host.answer(inquiry) }
      known.learn(answers)
    }
    return .bug("no end of questions")
  }

  @Test("who gets in is looked at without a plan: nobody, where no administrator's chain is whole")
  func standing() throws {
    let host = SimulatedHost.debian(13)
    let detail = stranding(host, [administrator, closed])?.detail
    #expect(
      detail == "Ways in are closed, and looked at as the host is now, no declared administrator could log in. For "
        + "deploy the chain breaks at the link “account”: deploy does not exist.")
    #expect(stranding(host, [closed]) == nil)
    let steps = try plan(host, [administrator, closed]).steps
    #expect(stranding(host, [administrator, closed], after: steps) == nil)
  }

  @Test("an administrator who is made on the way is proved before anything closes")
  func made() throws {
    let plan = try plan(.debian(12), [administrator, closed])
    #expect(plan.access.refusals == [])
    #expect(plan.access.unproved == [])
    let firstClosing = try #require(plan.steps.firstIndex { $0.step.risk == .closes })
    #expect(plan.access.timeline.first?.contains("deploy, key \(key.fingerprint), with sudo") == true)
    let since = plan.access.timeline.first?.split(separator: " ").compactMap { Int($0.filter(\.isNumber)) }.first ?? 0
    #expect(since <= firstClosing)
  }

  @Test("closing without any administrator is refused")
  func nobody() throws {
    let plan = try plan(.debian(12), [closed])
    #expect(plan.access.refusals.map(\.summary) == ["Nobody could get in"])
  }

  @Test("an administrator without a key is refused, and the link is named")
  func noKey() throws {
    let plan = try plan(.debian(13), [User("deploy", role: .administrator, keys: []), closed])
    #expect(plan.access.refusals.map(\.summary) == ["You would be locked out"])
    #expect(plan.access.refusals.first?.detail.contains("“key”: no key is declared for deploy") == true)
  }

  @Test("AllowUsers that leaves the administrator out is refused")
  func leftOut() throws {
    let others = SSHDaemon(rootLogin: .never, passwords: false, allowUsers: ["alice"])
    let plan = try plan(.debian(12), [administrator, others])
    #expect(plan.access.refusals.first?.detail.contains("AllowUsers alice leaves deploy out") == true)
  }

  @Test(
    "AllowUsers and DenyUsers know blocks of addresses, and take a comma for a part of a name",
    arguments: [
      ("AllowUsers deploy@198.51.100.0/24", nil), ("AllowUsers deploy@203.0.113.0/24", "leaves deploy out"),
      ("AllowUsers deploy,root", "leaves deploy out"), ("DenyUsers deploy@198.51.100.0/24", "shuts deploy out"),
      ("DenyUsers *@203.0.113.0/24", nil),
    ])
  func addresses(line: String, refusal: String?) throws {
    var host = SimulatedHost.debian(12)
    host.visitor.address = "198.51.100.23"
    host.entries["/etc/ssh/sshd_config.d/10-own.conf"] = .file(line + "\n", 0o644)
    let plan = try plan(host, [administrator, closed])
    #expect(plan.access.unproved == [])
    if let refusal {
      #expect(plan.access.refusals.first?.detail.contains(refusal) == true)
    } else {
      #expect(plan.access.refusals == [])
    }
  }

  @Test("kernel settings that can drop packets are set once sshd lets somebody in, and need nobody declared")
  func kernelSettings() throws {
    var host = SimulatedHost.debian(13)
    for name in ["all", "default"] { host.sysctls["net.ipv4.conf.\(name).rp_filter"] = "0" }
    let plan = try plan(host, [KernelSettings(), administrator, closed])
    let closing = plan.steps.filter { $0.step.risk == .closes }
    #expect(closing.first?.address == closed.address)
    #expect(closing.last == plan.steps.last)
    #expect(closing.count > 3)
    #expect(closing.suffix(4).map(\.step.setsKernel) == [false, true, true, true])
    #expect(closing.filter(\.step.setsKernel).count == 3)
    let alone = try self.plan(host, [KernelSettings()])
    #expect(alone.steps.last?.step.risk == .closes)
    #expect(alone.access.refusals == [])
  }

  @Test("the only administrator gives way to another, who is let in first", arguments: [12, 13])
  func replaced(release: Int) throws {
    var host = SimulatedHost.debian(release)
    let old = try PublicKey(line: SimulatedHost.keyLine(8, comment: "old"))
    host.addUser("anna", uid: 1000)
    host.authorize("anna", lines: [old.line])
    host.entries["/etc/harden/keys/anna"] = .file("\(old.type) \(old.blob)\n", 0o600)
    host.entries["/etc/sudoers.d/99-harden-anna"] = .file("anna ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440)
    let before = SSHDaemon(rootLogin: .never, passwords: false, allowUsers: ["anna"])
    try settle(before, on: &host)
    let after = SSHDaemon(rootLogin: .never, passwords: false, allowUsers: ["deploy"])
    let plan = try plan(host, [administrator, after, FormerUser("anna")])
    #expect(plan.access.refusals == [] && plan.access.unproved == [])
    let closing = try #require(plan.steps.firstIndex { $0.step.risk == .closes })
    #expect(plan.steps[closing...].allSatisfy { $0.step.risk == .closes })
    // Whoever comes is in before anything closes, and whoever goes is out only after that.
    #expect(plan.access.timeline.count == 2)
    let since = plan.access.timeline[0].split(separator: " ").compactMap { Int($0.filter(\.isNumber)) }.first ?? 99
    #expect(since <= closing)
    let addresses = plan.steps[closing...].map(\.address)
    #expect(addresses.prefix(2) == ["sshd", "sshd"])
    #expect(addresses.dropFirst(2).allSatisfy { $0 == "former-user:anna" } && addresses.count > 4)
  }

  @Test("where all changes open a way in, sshd's reload is still guarded, and no step is said to close one")
  func onlyOpening() throws {
    var host = SimulatedHost.debian(12)
    host.addUser("anna", uid: 1000)
    let hers = try PublicKey(line: SimulatedHost.keyLine(8))
    host.authorize("anna", lines: [hers.line])
    host.entries["/etc/sudoers.d/99-harden-anna"] = .file("anna ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440)
    try settle(SSHDaemon(rootLogin: .never, passwords: false, allowUsers: ["anna"]), on: &host)
    let both = SSHDaemon(rootLogin: .never, passwords: false, allowUsers: ["anna", "deploy"])
    let plan = try plan(host, [administrator, both])
    #expect(plan.access.refusals == [])
    #expect(plan.changes.allSatisfy { $0.risk != .closes } && plan.changes.contains { $0.risk == .opens })
    #expect(plan.steps.contains { $0.step.risk == .closes })
    #expect(!plan.access.timeline.isEmpty && plan.access.timeline.allSatisfy { !$0.contains("close a way in") })
  }

  @Test("whoever is shown some of the steps is told nothing by their numbers")
  func withoutSteps() {
    let today = "Today: deploy, key SHA256:9xQe, with sudo."
    let numbered = ["From step 3: anna, with sudo.", "Step 4 of 5 is the first that may close a way in."]
    let report = AccessReport(timeline: [today] + numbered, unproved: ["why"])
    #expect(report.withoutSteps == AccessReport(timeline: [today], unproved: ["why"]))
  }

  /// Writes what this resource would write.
  private func settle(_ resource: some Resource, on host: inout SimulatedHost) throws {
    for step in try host.proposal(of: resource).steps {
      guard case .write(let path, let text, let mode, let owner, _) = step.action else { continue }
      host.entries[path] = .file(contents: text, mode: mode, owner: owner)
    }
  }

  @Test("a settled host is asked nothing for the proof")
  func settled() throws {
    var host = SimulatedHost.debian(12)
    let first = try plan(host, [administrator, closed])
    #expect(!first.steps.isEmpty)
    host.overrides[.accounts] = nil
    let proof = AccessProof([administrator, closed], steps: [], from: Observations())
    #expect(proof.needs.isEmpty)
    #expect(proof.report == AccessReport())
  }

  /// What is wrong with the way in of an administrator who is there already, with a key and sudo.
  private func refusal(_ change: (inout SimulatedHost) -> Void) throws -> String? {
    var host = SimulatedHost.debian(12)
    host.addUser("deploy", uid: 1000)
    host.authorize("deploy", lines: [key.line])
    change(&host)
    return try plan(host, [administrator, closed]).access.refusals.first?.detail
  }

  private func sshd(_ line: String) -> (inout SimulatedHost) -> Void {
    { $0.entries["/etc/ssh/sshd_config.d/20-other.conf"] = .file(line + "\n") }
  }

  private let shut = PacketFilter(
    ipv4: ["*filter", ":INPUT DROP", "-A INPUT -p tcp --dport 22 -j ACCEPT", "COMMIT"], ipv6: [], otherTables: [])

  @Test("who comes through a proxy of this host needs the proxy's port, not sshd's")
  func proxy() throws {
    func detail(_ ports: [UInt16], _ address: String? = nil) throws -> String? {
      try refusal {
        $0.packetFilter = shut
        $0.visitor.address = "127.0.0.1"
        $0.visitor.localAddress = "127.0.0.1"
        $0.visitor.relay = Operator.Relay(process: "sslh", ports: ports, address: address)
      }
    }
    #expect(try detail([443])?.contains("you come through sslh") == true)
    #expect(try detail([22, 443]) == nil)
    // The end of a tunnel that this host began: nothing comes in for it.
    #expect(try detail([]) == nil)
  }

  @Test("who comes through a tunnel needs its packets to come in, too")
  func tunnel() throws {
    func refusal(_ doors: [Operator.Tunnel.Door], _ rules: [String]) throws -> String? {
      try self.refusal { host in
        host.visitor.tunnel = Operator.Tunnel(program: "wireguard", interface: "wg0", doors: doors)
        host.packetFilter = PacketFilter(
          ipv4: ["*filter", ":INPUT DROP", "-A INPUT -p tcp --dport 22 -j ACCEPT"] + rules + ["COMMIT"], ipv6: [],
          otherTables: [])
      }
    }
    let door = Operator.Tunnel.Door(transport: "udp", port: 51820)
    let shut = try refusal([door], ["-A INPUT -p tcp --dport 51820 -j ACCEPT"])
    #expect(shut?.contains("you come through the tunnel wg0 (wireguard)") == true)
    #expect(shut?.contains("51820/udp by the policy of INPUT") == true)
    #expect(try refusal([door], ["-A INPUT -p udp --dport 51820 -j ACCEPT"]) == nil)
    #expect(try refusal([door, .init(transport: "tcp", port: 22)], []) == nil)
    #expect(try refusal([], []) == nil)
  }

  @Test("who came by another server's port is not shut out of it unsaid")
  func otherServer() throws {
    func detail(_ port: UInt16) throws -> String? {
      try refusal {
        $0.packetFilter = shut
        $0.visitor.localPort = 2222
        $0.listeners.append(Listener(transport: "tcp", address: "*", port: port, process: "xinetd"))
      }
    }
    #expect(try detail(2222)?.contains("you came by port 2222, where xinetd listens and not sshd itself") == true)
    // sshd listened there, and moves.
    #expect(try detail(2223) == nil)
  }

  @Test("rules that are loaded at the next boot must let the operator in")
  func savedRules() throws {
    for (port, isRefused) in [(22, false), (2222, true)] {
      let detail = try refusal {
        let unit = "netfilter-persistent.service"
        $0.entries["/etc/systemd/system/multi-user.target.wants" / unit] = .link(
          target: "/usr/lib/systemd/system/netfilter-persistent.service")
        $0.entries["/usr/lib/systemd/system" / unit] = .file(
          "[Service]\nExecStart=/usr/sbin/netfilter-persistent start\n")
        $0.entries["/etc/iptables/rules.v4"] = .file(
          "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport \(port) -j ACCEPT\nCOMMIT\n")
      }
      #expect((detail?.contains("netfilter-persistent.service loads /etc/iptables/rules.v4") == true) == isRefused)
    }
  }

  @Test("an administrator with nothing wrong is let in")
  func nothingWrong() throws {
    #expect(try refusal { _ in } == nil)
  }

  @Test(
    "settings of sshd that take the shell or the key away",
    arguments: [
      ("PubkeyAcceptedAlgorithms rsa-sha2-512", "takes no ssh-ed25519 key"),
      ("ChrootDirectory /srv", "ChrootDirectory /srv"), ("MaxSessions 0", "MaxSessions 0"),
      ("PerSourceMaxStartups 0", "PerSourceMaxStartups 0"),
      ("ForceCommand internal-sftp", "ForceCommand"), ("RevokedKeys /etc/ssh/revoked", "is not there"),
    ])
  func settings(line: String, words: String) throws {
    let detail = try refusal(sshd(line))
    #expect(detail?.contains(words) == true, "\(detail ?? "let in")")
  }

  @Test(
    "a sandbox of ssh.service that its sessions inherit",
    arguments: [
      ("NoNewPrivileges=yes", "“sudo”: ssh.service runs with NoNewPrivileges=yes"),
      ("InaccessiblePaths=/srv -/usr/bin/sudo", "“sudo”: ssh.service runs with InaccessiblePaths=-/usr/bin/sudo"),
      ("ProtectHome=yes", "“key”: ssh.service runs with ProtectHome=yes"),
      ("ProtectHome=tmpfs", "does not see /home/deploy/.ssh/authorized_keys"),
      ("TemporaryFileSystem=/home:ro", "“key”: ssh.service runs with TemporaryFileSystem=/home:ro"),
      ("InaccessiblePaths=/bin/bash", "“account”: ssh.service runs with InaccessiblePaths=/bin/bash"),
      ("BindPaths=/srv/other:/home:rbind", "“key”: ssh.service runs with BindPaths=/srv/other:/home:rbind"),
      ("ProtectSystem=strict", "“sudo”: ssh.service runs with ProtectSystem=strict, under which not even root"),
      ("ReadWritePaths=/var\nReadOnlyPaths=/var/lib", "“sudo”: ssh.service runs with ReadOnlyPaths=/var/lib"),
    ])
  func sandbox(line: String, words: String) throws {
    let detail = try refusal { $0.sandbox("RootDirectory=/\n\(line)\n") }
    #expect(detail?.contains(words) == true, "\(detail ?? "let in")")
  }

  @Test("a sandbox that takes nothing from a session")
  func harmlessSandbox() throws {
    let detail = try refusal {
      $0.sandbox("InaccessiblePaths=/srv\nNoNewPrivileges=no\nProtectHome=read-only\nTemporaryFileSystem=\n")
    }
    #expect(detail == nil)
    let writable = try refusal {
      $0.sandbox("BindPaths=/home:/home\nProtectSystem=strict\nReadOnlyPaths=/srv\nReadWritePaths=/var /etc\n")
    }
    #expect(writable == nil)
  }

  @Test(
    "a service that does not hear the operator, by what systemd has loaded and by its files",
    arguments: [
      ("IPAddressDeny=any", "“packet filter”", "IPAddressDeny=any"),
      ("IPAddressDeny=0.0.0.0/0 ::/0\nIPAddressAllow=192.0.2.0/24 localhost", "“packet filter”", "IPAddressDeny="),
      ("IPAddressDeny=198.51.100.0/24", "“packet filter”", "drops what comes from 198.51.100.23"),
      ("RestrictAddressFamilies=AF_UNIX AF_INET6", "“port”", "RestrictAddressFamilies=AF_UNIX AF_INET6"),
      ("RestrictAddressFamilies=~AF_INET", "“port”", "does not listen where 198.51.100.23 connects to"),
      ("PrivateNetwork=yes", "“port”", "PrivateNetwork=yes"),
      ("NetworkNamespacePath=/run/netns/blue", "“port”", "NetworkNamespacePath=/run/netns/blue"),
    ])
  func deafService(lines: String, link: String, words: String) throws {
    let loaded = try refusal { $0.sandbox("PrivateNetwork=no\n\(lines)\n") }
    #expect(loaded?.contains("\(link): ssh.service runs with ") == true, "\(loaded ?? "let in")")
    #expect(loaded?.contains(words) == true, "\(loaded ?? "let in")")
    let files = try refusal { host in
      host.sandbox("PrivateNetwork=no\n")
      host.unit("ssh.service", "[Service]\nPrivateNetwork=no\n\(lines)\n")
    }
    #expect(files?.contains("\(link): by its files, ssh.service runs with ") == true, "\(files ?? "let in")")
  }

  @Test("a service that hears the operator")
  func hearingService() throws {
    let loaded = try refusal {
      $0.sandbox(
        "IPAddressAllow=198.51.100.0/24\nIPAddressDeny=0.0.0.0/0 ::/0\nRestrictAddressFamilies=AF_INET AF_UNIX\n\n"
          + "IPAddressAllow=\nIPAddressDeny=\n")
    }
    #expect(loaded == nil)
    let slice = try refusal { $0.sandbox("IPAddressDeny=\n\nIPAddressDeny=198.51.100.23/32\n") }
    #expect(slice?.contains("IPAddressDeny=198.51.100.23/32") == true)
    let taken = try refusal { host in
      host.sandbox("IPAddressDeny=\n")
      host.unit("ssh.service", "[Service]\nIPAddressDeny=any\nIPAddressDeny=\n[Socket]\nPrivateNetwork=true\n")
    }
    #expect(taken == nil)
  }

  @Test("sudo by a password that nobody can type is no way to root")
  func sudoPassword() throws {
    for (defaults, rule, words) in [
      ("env_reset, rootpw", "(ALL : ALL) ALL", "sudo wants root's password (rootpw), who has none"),
      ("env_reset, targetpw", "(ALL : ALL) ALL", "sudo wants root's password (targetpw), who has none"),
      ("!targetpw,\n    passwd_tries=0", "(ALL : ALL) ALL", "sudo takes no password (passwd_tries=0)"),
      ("env_reset", "(ALL, !root) ALL", "deploy may not use sudo for everything"),
      ("env_reset", "(ALL : ALL) ALL", nil),
    ] {
      let rights = SudoRights(
        "Matching Defaults entries for deploy on box:\n    \(defaults)\n\nUser deploy may run the following commands on box:\n"
          + "    \(rule)\n")
      var host = SimulatedHost.debian(12)
      host.addUser("deploy", uid: 1000)
      host.accounts.users["deploy"]?.password = .usable
      host.accounts.users["root"]?.password = .locked
      let account = try #require(host.accounts.users["deploy"])
      let found =
        rights.everything
        ? rights.obstacle(to: account, host.accounts) : "deploy may not use sudo for everything"
      #expect(found == words)
      host.accounts.users["root"]?.password = .usable
      #expect((rights.obstacle(to: account, host.accounts) == nil) == (words?.contains("tries") != true))
    }
  }

  @Test(
    "what the drop-in itself takes away is no obstacle",
    arguments: [
      "AuthenticationMethods publickey,password", "PubkeyAuthentication no",
      "Match User deploy\n  PubkeyAuthentication no", "Match User deploy\n  AuthenticationMethods publickey,password",
    ])
  func mendedByTheDropIn(line: String) throws {
    #expect(try refusal(sshd(line)) == nil)
  }

  @Test("an sshd without a host key that it may use lets nobody in")
  func hostKeys() throws {
    let key: Path = "/etc/ssh/ssh_host_ed25519_key"
    let gone = try refusal { $0.entries[key] = nil }
    #expect(gone?.contains("“sshd”: no host key is left to it") == true)
    #expect(gone?.contains("\(key) is not there") == true)
    let open = try refusal { $0.entries[key] = .file("", 0o644) }
    #expect(open?.contains("\(key) is open to others (0644)") == true)
    let other = try refusal { host in
      host.entries[key] = nil
      host.entries["/etc/ssh/ssh_host_ecdsa_key"] = .file("", 0o600)
      let text =
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBG+V5XcZEi+M7SFm/Z"
        + "u/bMh5n9ClXEMJ1BgSJEVQ8TIaGP2F9c+BJYEyXZcvGBqHm/kPmF8c+LvBZen4tj55HrQ= root@box\n"
      host.entries["/etc/ssh/ssh_host_ecdsa_key.pub"] = .file(text)
    }
    #expect(other?.contains("HostKeyAlgorithms leaves out what /etc/ssh/ssh_host_ecdsa_key is") == true)
    // Of what type it is cannot be told.
    #expect(try refusal { $0.entries["/etc/ssh/ssh_host_ed25519_key.pub"] = nil } == nil)
    #expect(try refusal(sshd("HostKeyAgent /run/agent")) == nil)
  }

  @Test("a key that is revoked is no way in, others' are")
  func revoked() throws {
    let detail = try refusal { host in
      sshd("RevokedKeys /etc/ssh/revoked")(&host)
      host.entries["/etc/ssh/revoked"] = .file(key.line + "\n")
    }
    #expect(detail?.contains("is revoked in /etc/ssh/revoked") == true)
    let other = try refusal { host in
      sshd("RevokedKeys /etc/ssh/revoked")(&host)
      host.entries["/etc/ssh/revoked"] = .file(SimulatedHost.keyLine(9) + "\n")
    }
    #expect(other == nil)
  }

  @Test("keys that the account cannot come to are no way in")
  func closedDirectory() throws {
    let detail = try refusal { $0.entries["/home"] = .directory(0o700) }
    #expect(detail?.contains("/home is closed to deploy") == true)
  }

  @Test("a socket where the operator cannot connect is no way in")
  func unreachable() throws {
    let detail = try refusal { host in
      for index in host.listeners.indices { host.listeners[index].address = "127.0.0.1" }
    }
    #expect(detail?.contains("sshd listens on 127.0.0.1 alone") == true)
    let tunnelled = try refusal { host in
      for index in host.listeners.indices { host.listeners[index].address = "127.0.0.1" }
      (host.visitor.address, host.visitor.localAddress) = ("127.0.0.1", "127.0.0.1")
    }
    #expect(tunnelled == nil)
  }

  @Test(
    "where sshd will listen once it reads its files counts as well",
    arguments: [
      ("ListenAddress 127.0.0.1", "once sshd reads its files anew it listens on 127.0.0.1 alone"),
      ("ListenAddress [::1]:22\nListenAddress 192.0.2.55:22", "it listens on ::1 and 192.0.2.55 alone"),
      ("ListenAddress 192.0.2.55\nListenAddress 203.0.113.5", nil), ("ListenAddress 0.0.0.0:22", nil),
      ("ListenAddress [2001:db8::5]:22", "it listens on 2001:db8::5 alone"),
    ])
  func willListen(lines: String, words: String?) throws {
    let detail = try refusal { host in
      sshd(lines)(&host)
      (host.visitor.address, host.visitor.localAddress) = ("198.51.100.7", nil)
    }
    #expect(words.map { detail?.contains($0) == true } ?? (detail == nil), "\(detail ?? "let in")")
  }

  @Test("the sshd of the next boot counts as well: the unit that is enabled, and the options that systemd has loaded")
  func nextStart() throws {
    let socket = try refusal { $0.units["ssh.socket"] = UnitState(enablement: "enabled", activity: "inactive") }
    #expect(socket?.contains("ssh.socket is enabled and takes the place of ssh.service at the next boot") == true)
    // That it starts at all is mended before anything is closed.
    #expect(try refusal { $0.units["ssh.service"] = UnitState(enablement: "disabled", activity: "active") } == nil)
    let start = "ExecStart={ path=/usr/sbin/sshd ; argv[]=/usr/sbin/sshd -D $SSHD_OPTS ; ignore_errors=no }\n"
    let files = "EnvironmentFiles=/etc/default/ssh (ignore_errors=yes)\n"
    let port = try refusal { host in
      host.entries["/etc/default/ssh"] = .file("SSHD_OPTS=\"-p 2222\"\n")
      host.sandbox(start + files)
    }
    #expect(port?.contains("it runs with no options, and systemd starts it with “-p 2222” next time") == true)
    let other = try refusal { $0.sandbox("ExecStart={ path=/x ; argv[]=/usr/sbin/sshd -D -f /etc/ssh/other ; x }\n") }
    #expect(other?.contains("“-f /etc/ssh/other”") == true)
    #expect(try refusal { $0.sandbox(start + files) } == nil)
    // As EC2 Instance Connect's drop-in has it: quotes, and what systemd takes for a percent sign.
    let quoted = try refusal { host in
      let words = "-D -o \"AuthorizedKeysCommand /usr/bin/keys %%u\" -o \"AuthorizedKeysCommandUser nobody\""
      host.listeners = host.listeners.map { listener in
        guard listener.process == "sshd" else { return listener }
        var listener = listener
        let title = words.filter { $0 != "\"" }.replacing("%%", with: "%")
        listener.argv = ["sshd: /usr/sbin/sshd \(title) [listener] 0 of 10-100 startups"]
        return listener
      }
      host.sandbox("ExecStart={ path=/x ; argv[]=/usr/sbin/sshd \(words) ; x }\n")
    }
    #expect(quoted?.contains("systemd starts it with") != true)
    // What cannot be told is no refusal.
    let unknown = try refusal { host in
      host.entries["/etc/default/ssh"] = .file("SSHD_OPTS=\"-p 2222\"\n")
      host.sandbox(start + "EnvironmentFiles=/etc/other (ignore_errors=no)\n")
    }
    #expect(unknown == nil)
  }

  @Test("so do the options of the one that a socket has started, which is restarted for what harden writes")
  func nextStartOfSocket() throws {
    func refusal(isStarted: Bool) throws -> String? {
      try self.refusal { host in
        host.serveBySocket()
        host.sandbox("ExecStart={ path=/x ; argv[]=/usr/sbin/sshd -D -f /etc/ssh/other ; x }\n")
        guard isStarted else { return }
        host.units["ssh.service"]?.activity = "active"
        host.listeners[0].argv = ["sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"]
      }
    }
    let other = try refusal(isStarted: true)
    #expect(other?.contains("with no options, and systemd starts it with “-f /etc/ssh/other” next time") == true)
    #expect(try refusal(isStarted: false) == nil)
  }

  @Test("what its files say counts from the next boot on, and so do their conditions")
  func nextFiles() throws {
    let stock =
      "[Unit]\nConditionPathExists=!/etc/ssh/sshd_not_to_be_run\n"
      + "[Service]\nEnvironmentFile=-/etc/default/ssh\n"
    let start = "ExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n"
    func refusal(_ text: String, _ path: Path...) throws -> String? {
      try self.refusal { host in
        host.sandbox("ExecStart=\n")
        host.unit("ssh.service", text)
        for path in path { host.entries[path] = .file("") }
      }
    }
    #expect(try refusal(stock + start) == nil)
    let closed = try refusal(stock + start, "/etc/ssh/sshd_not_to_be_run")
    #expect(closed?.contains("“port”: ssh.service does not start while /etc/ssh/sshd_not_to_be_run is there") == true)
    #expect(closed?.contains("rm /etc/ssh/sshd_not_to_be_run") == true)
    let missing = try refusal(stock + start + "[Unit]\nAssertPathExists=/srv/keys\n")
    #expect(missing?.contains("does not start while /srv/keys is not there (AssertPathExists=/srv/keys)") == true)
    #expect(try refusal(stock + start + "[Unit]\nConditionPathExists=|/srv/keys\n") == nil)
    let other = try refusal(stock + start + "[Service]\nExecStart=\nExecStart=-/usr/sbin/sshd -D -f /etc/ssh/other\n")
    #expect(other?.contains("systemd starts it with “-f /etc/ssh/other” next time") == true)
    let beside = try self.refusal { host in
      host.sandbox("ExecStart=\n")
      host.unit("ssh.service", stock + start)
      host.entries["/etc/systemd/system/ssh.service.d/x.conf"] = .file("[Service]\nPrivateNetwork=true\n")
    }
    #expect(beside?.contains("by its files, ssh.service runs with PrivateNetwork=yes once it starts anew") == true)
    let inPlace = try self.refusal { host in
      host.sandbox("ExecStart=\n")
      host.unit("ssh.service", stock + start + "PrivateNetwork=yes\n")
      host.entries["/etc/systemd/system/ssh.service"] = .file(stock + start)
      host.entries["/usr/lib/systemd/system/service.d/x.conf"] = .file("[Service]\nPrivateNetwork=yes\n")
      host.entries["/etc/systemd/system/service.d/x.conf"] = .file("")
    }
    #expect(inPlace == nil)
    // Which of several is the daemon's cannot be told.
    #expect(try refusal(stock + start + "ExecStart=/usr/sbin/sshd -D -p 2222\n") == nil)
  }

  @Test("a host that boots into rescue lets nobody in")
  func nextTarget() throws {
    func refusal(_ target: String) throws -> String? {
      try self.refusal { $0.entries["/etc/systemd/system/default.target"] = .link(target: target) }
    }
    let rescue = try refusal("/usr/lib/systemd/system/rescue.target")
    #expect(rescue?.contains("“port”: the host boots into rescue.target, where nobody listens for SSH") == true)
    #expect(try refusal("/lib/systemd/system/multi-user.target") == nil)
  }

  @Test("so does one that boots into a target which does not bring the one that starts sshd")
  func otherTarget() throws {
    func refusal(wantedBy wanting: String, booting target: String?, _ text: String = "") throws -> String? {
      try self.refusal { host in
        host.entries[Path("/etc/systemd/system/\(wanting).target.wants/ssh.service")] = .link(target: "/x")
        if let target { host.entries["/etc/systemd/system/default.target"] = .link(target: "/x/\(target).target") }
        if !text.isEmpty { host.entries["/etc/systemd/system/own.target"] = .file(text) }
      }
    }
    #expect(try refusal(wantedBy: "multi-user", booting: nil) == nil)
    #expect(try refusal(wantedBy: "graphical", booting: "graphical") == nil)
    #expect(try refusal(wantedBy: "multi-user", booting: "own", "[Unit]\nWants=graphical.target\n") == nil)
    // What cannot be read proves nothing.
    #expect(try refusal(wantedBy: "multi-user", booting: "own") == nil)
    let above = try refusal(wantedBy: "graphical", booting: "multi-user")
    #expect(above?.contains("multi-user.target, which does not start sshd: that is done by graphical.target") == true)
    let own = try refusal(wantedBy: "multi-user", booting: "own", "[Unit]\nRequires=basic.target\n")
    #expect(own?.contains("systemctl set-default multi-user.target") == true)
  }

  @Test("a key with options makes way for the plain one only once sudo is there")
  func sudoFirst() throws {
    var host = SimulatedHost.debian(12)
    host.addUser("deploy", uid: 1000)
    host.accounts.groups["sudo"] = []
    host.authorize("deploy", lines: ["from=\"192.0.2.0/24\" " + key.line])
    let plan = try plan(host, [administrator, closed])
    #expect(plan.access.refusals == [])
    #expect(plan.steps.contains { $0.step.risk == .closes && $0.address == "user:deploy" })
  }

  @Test("where ssh.socket listens by its files counts from the next boot on")
  func nextSocket() throws {
    func refusal(_ lines: String) throws -> String? {
      try self.refusal { host in
        host.serveBySocket()
        host.unit("ssh.socket", "[Socket]\nListenStream=22\n")
        host.entries["/etc/systemd/system/ssh.socket.d/x.conf"] = .file("[Socket]\n\(lines)\n")
      }
    }
    for (lines, words) in [
      ("Accept=no", nil), ("ListenStream=\nListenStream=0.0.0.0:22", nil), ("ListenStream=\nListenStream=/run/x", nil),
      ("ListenStream=\nListenStream=203.0.113.5:22", nil),
      ("ListenStream=\nListenStream=127.0.0.1:22", "ssh.socket listens on 127.0.0.1 port 22 alone"),
      ("ListenStream=\nListenStream=2222", "ssh.socket listens on * port 2222 alone"),
      ("BindIPv6Only=ipv6-only", "ssh.socket listens on :: port 22 alone"),
    ] {
      let detail = try refusal(lines)
      #expect(words.map { detail?.contains($0) == true } ?? (detail == nil), "\(lines): \(detail ?? "let in")")
    }
  }

  @Test("where Ubuntu's socket will listen after a boot counts as well, unless harden's own drop-in says it")
  func socketWillListen() throws {
    func refusal(_ line: String, _ path: Path...) throws -> String? {
      try self.refusal { host in
        sshd(line)(&host)
        for path in path { host.entries[path] = .file("") }
        host.serveBySocket()
      }
    }
    let moved = try refusal("Port 2222", SSHDInquest.socketGenerator)
    #expect(moved?.contains("ssh.socket listens on 22, and on 2222 after the next boot") == true)
    let inside = try refusal("ListenAddress 127.0.0.1", SSHDInquest.socketGenerator)
    #expect(inside?.contains("it listens on 127.0.0.1 alone") == true)
    #expect(try refusal("Port 2222") == nil)
    #expect(try refusal("Port 22", SSHDInquest.socketGenerator) == nil)
    #expect(try refusal("Port 2222", SSHDInquest.socketGenerator, SSHDaemon.socketDropIn) == nil)
  }

  @Test("TCP wrappers, pam_access and nologin shut out")
  func rules() throws {
    let wrapped = try refusal { $0.entries["/etc/hosts.deny"] = .file("sshd: ALL\n") }
    #expect(wrapped?.contains("/etc/hosts.deny: sshd: ALL") == true)
    let access = try refusal { host in
      host.entries["/etc/pam.d/sshd"] = .file("account required pam_access.so\n")
      host.entries["/etc/security/access.conf"] = .file("-:ALL EXCEPT root:ALL\n")
    }
    #expect(access?.contains("pam_access shuts deploy out") == true)
    let closed = try refusal { $0.entries["/run/nologin"] = .file("") }
    #expect(closed?.contains("/run/nologin") == true)
  }

  @Test("what only a login could show is said to be unproved")
  func unforeseeable() throws {
    var host = SimulatedHost.debian(12)
    host.entries["/etc/pam.d/sshd"] = .file("account required pam_exec.so /usr/local/bin/may\n")
    let plan = try plan(host, [administrator, closed])
    #expect(plan.access.refusals == [])
    #expect(plan.access.unproved.first?.contains("pam_exec.so") == true)
  }

  @Test("an RSA key below what sshd wants is no way in")
  func shortKey() throws {
    #expect(try rsa(bits: 1024).rsaBits == 1024)
    #expect(key.rsaBits == nil)
    let short = User("deploy", role: .administrator, keys: [try rsa(bits: 1024)])
    let detail = try plan(.debian(13), [short, closed]).access.refusals.first?.detail
    #expect(detail?.contains("has 1024 bits, and sshd takes none below 2048") == true)
    let long = User("deploy", role: .administrator, keys: [try rsa(bits: 2048)])
    #expect(try plan(.debian(13), [long, closed]).access.refusals == [])
  }

  /// An RSA key of the right form that nobody has.
  private func rsa(bits: Int) throws -> PublicKey {
    let name = Array("ssh-rsa".utf8)
    let modulus = [0, 0x80] + [UInt8](repeating: 1, count: bits / 8 - 1)
    let length = [0, 0, UInt8(modulus.count >> 8), UInt8(modulus.count & 0xFF)]
    let blob = [0, 0, 0, 7] + name + [0, 0, 0, 3, 1, 0, 1] + length + modulus
    return try PublicKey(line: "ssh-rsa \(Base64.encode(blob)) old")
  }
}

extension SimulatedHost {
  /// A unit's file, of a package.
  fileprivate mutating func unit(_ name: String, _ text: String) {
    entries[Path("/usr/lib/systemd/system/\(name)")] = .file(text)
  }

  /// Something mounted beside the root, as `ROOT POINT - KIND SOURCE`.
  fileprivate mutating func mount(_ line: String) {
    let root = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    let words = line.split(separator: " ", maxSplits: 2)
    entries[MountTable.path] = .file(
      words.count < 3 ? root : root + "30 20 8:1 \(words[0]) \(words[1]) rw \(words[2]) rw\n")
  }

  /// What systemd says of units for mounts.
  fileprivate mutating func systemd(_ units: String) {
    asking { question, _ in
      guard question.command.arguments.contains("-.mount") else { return nil }
      let root = "Id=-.mount\nActiveState=active\nActiveEnterTimestampMonotonic=4000000\n\n"
      return .there(value: CommandResult(status: 0, output: root + units))
    }
  }

  fileprivate mutating func sandbox(_ properties: String) {
    asking { question, _ in
      question == SSHDSandbox.question ? .there(value: CommandResult(status: 0, output: properties)) : nil
    }
  }
}
