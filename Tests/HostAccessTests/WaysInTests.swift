import HostState
import Testing

@testable import HostAccess

/// As yescrypt has it.
private let hash = "$y$j9T$x$" + String(repeating: "y", count: 43)

/// What `WaysInReading` asks a fresh server, answered beforehand.
private struct Server {
  /// As `sshd -T` prints it.
  var settings = [
    "permitrootlogin yes", "pubkeyauthentication yes", "passwordauthentication yes", "usepam yes",
    "authorizedkeysfile .ssh/authorized_keys", "trustedusercakeys none",
  ]
  var passwd = ["root:x:0:0::/root:/bin/bash"]
  var shadow = ["root:\(hash):1:0:99999:7:::"]
  var groups = "root:x:0:\nana:x:1000:\nstaff:x:50:ana\n"
  var texts: [Path: String] = [:]
  var files: Set<Path> = []
  var visitor: String?
  var filter: [String] = []
  var listens = true
  /// What `sudo -l -U` prints of an account.
  var sudo: [String: String] = [:]

  func ways() -> WaysIn {
    let accounts = Accounts(
      passwd: passwd.joined(separator: "\n"), shadow: shadow.joined(separator: "\n"), groups: groups,
      loginDefinitions: "", today: 20_000)
    let daemon = Listener(
      transport: "tcp", address: "0.0.0.0", port: 22, process: "sshd", argv: ["sshd: /usr/sbin/sshd -D [listener]"])
    var answers: [Probe: Answer<Fact>] = [
      .accounts: .there(value: .accounts(accounts)),
      .listeners: .there(value: .listeners(listens ? [daemon] : [])),
      .operator: .there(value: .operator(Operator(user: "root", isRoot: true, address: visitor))),
      .host: .absent,
      .packetFilter: .there(value: .packetFilter(PacketFilter(ipv4: filter, ipv6: [], otherTables: []))),
      .unit(name: "ssh.socket"): .absent,
    ]
    let asked: [Path] =
      ["/etc/hosts.allow", "/etc/hosts.deny", "/etc/security/access.conf"] + PAMStack.files
      + accounts.users.values.flatMap { [$0.home / ".ssh/authorized_keys", $0.home / "keys"] }
    for path in asked {
      answers[.contents(path: path)] = texts[path].map { .there(value: .text($0)) } ?? .absent
    }
    for path: Path in ["/etc/nologin", "/run/nologin"] {
      let status = FileStatus(kind: .file, mode: 0o644, owner: .root)
      answers[.file(path: path)] = files.contains(path) ? .there(value: .file(status)) : .absent
    }
    for account in accounts.users.values {
      let connection = SSHConnection(
        user: account.name, address: visitor ?? SSHConnection.unknownAddress, localAddress: "127.0.0.1", localPort: 22)
      answers[.output(question: connection.question(to: []))] =
        .there(value: .output(CommandResult(status: 0, output: settings.joined(separator: "\n"))))
      let rules = sudo[account.name].map { "User may run the following commands on box:\n    \($0)\n" }
      answers[.output(question: SudoRights.question(account.name))] =
        .there(value: .output(CommandResult(status: 0, output: rules ?? "User is not allowed to run sudo on box.\n")))
    }
    var known = Observations()
    known.learn(Dictionary(uniqueKeysWithValues: answers.map { (Inquiry($0.key), $0.value) }))
    var reading = WaysInReading(known, Prober())
    return reading.look()
  }

  /// Whether anybody gets in once this is changed.
  func isOpen(_ change: (inout Server) -> Void = { _ in }) -> Bool {
    var server = self
    change(&server)
    return !server.ways().accounts.isEmpty
  }
}

@Suite("Who may get in over SSH")
struct WaysInTests {
  @Test("by password: whom the lists admit, whose hash is one and whose account has not ended")
  func password() {
    let server = Server()
    let ways = server.ways()
    #expect(ways.accounts == ["root"] && ways.masters == ["root"])
    #expect(ways.means == ["root": WaysIn.Means(password: true)] && ways.doors == [22: .open])
    for line in ["*:1:0:99999:7:::", "$8$x$y:1:0:99999:7:::", "!\(hash):1:0:99999:7:::", "\(hash):1:0:99999:7::1:"] {
      #expect(!server.isOpen { $0.shadow = ["root:\(line)"] })
    }
    for line in ["permitrootlogin no", "permitrootlogin without-password"] {
      #expect(!server.isOpen { $0.settings[0] = line })
    }
    for lines in [
      ["allowusers deploy"], ["denyusers root"], ["allowgroups staff"], ["denygroups root"],
      ["authenticationmethods publickey"], ["forcecommand internal-sftp"],
    ] {
      #expect(!server.isOpen { $0.settings += lines }, "\(lines)")
    }
    #expect(server.isOpen { $0.settings += ["allowusers deploy", "allowusers r*@192.0.2.1"] })
    #expect(server.isOpen { $0.settings += ["allowgroups staff", "allowgroups root"] })
  }

  @Test("by key: one in the file that sshd reads")
  func key() {
    var server = Server()
    server.passwd = ["ana:x:1000:1000::/home/ana:/bin/bash"]
    server.shadow = ["ana:*:1:0:99999:7:::"]
    #expect(!server.isOpen())
    server.texts["/home/ana/keys"] = "# none\n\n"
    server.settings[4] = "authorizedkeysfile none %h/keys"
    #expect(!server.isOpen())
    server.texts["/home/ana/keys"] = "# one\nfrom=\"192.0.2.7\" ssh-ed25519 AAAA ana\n"
    #expect(server.isOpen())
    #expect(server.isOpen { $0.settings += ["allowgroups staff"] })
    #expect(!server.isOpen { $0.settings[1] = "pubkeyauthentication no" })
    #expect(!server.isOpen { $0.settings += ["authenticationmethods publickey,password"] })
    #expect(!server.isOpen { $0.settings += ["allowgroups root"] })
    // A key does not help whoever must choose a password first.
    #expect(!server.isOpen { $0.shadow = ["ana:*:0:0:99999:7:::"] })
    #expect(server.isOpen { $0.settings += ["authorizedkeyscommand /usr/bin/keys"] })
  }

  @Test("what keeps everybody out: no listener, a rule of the packet filter, the TCP wrappers, PAM, /etc/nologin")
  func everybody() {
    var server = Server()
    server.visitor = "203.0.113.9"
    #expect(server.isOpen())
    #expect(!server.isOpen { $0.listens = false })
    let drops = ["*filter", ":INPUT DROP", "-A INPUT -s 192.0.2.0/24 -j ACCEPT", "COMMIT"]
    #expect(!server.isOpen { $0.filter = drops })
    // Who is at a console may come from anywhere.
    #expect(server.isOpen { ($0.filter, $0.visitor) = (drops, nil) })
    #expect(!server.isOpen { $0.texts["/etc/hosts.deny"] = "sshd: ALL\n" })
    let access: (inout Server) -> Void = {
      $0.texts["/etc/pam.d/sshd"] = "account required pam_access.so\n"
      $0.texts["/etc/security/access.conf"] = "-:ALL:ALL\n"
    }
    #expect(!server.isOpen(access))
    #expect(
      server.isOpen {
        access(&$0)
        $0.settings[3] = "usepam no"
      })
    #expect(server.isOpen { $0.files = ["/etc/nologin"] })
    #expect(
      !server.isOpen {
        $0.files = ["/etc/nologin"]
        $0.settings[0] = "permitrootlogin no"
        $0.passwd.append("ana:x:1000:1000::/home/ana:/bin/bash")
        $0.shadow.append("ana:\(hash):1:0:99999:7:::")
      })
  }

  @Test("root is to be had by root, by sudo for everything, and by su where root's password is one to type")
  func masters() {
    var server = Server()
    server.settings[0] = "permitrootlogin no"
    server.passwd.append("ana:x:1000:1000::/home/ana:/bin/bash")
    server.shadow.append("ana:*:1:0:99999:7:::")
    server.texts["/home/ana/.ssh/authorized_keys"] = "ssh-ed25519 AAAA ana\n"
    #expect(server.ways().accounts == ["ana"] && server.ways().masters == ["ana"])
    server.shadow[0] = "root:!\(hash):1:0:99999:7:::"
    #expect(server.ways().accounts == ["ana"] && server.ways().masters.isEmpty)
    func isMaster(_ rule: String, _ change: (inout Server) -> Void = { _ in }) -> Bool {
      var server = server
      server.sudo["ana"] = rule
      change(&server)
      return server.ways().masters == ["ana"]
    }
    #expect(isMaster("(ALL : ALL) NOPASSWD: ALL"))
    #expect(!isMaster("(ALL) NOPASSWD: /usr/bin/apt") && !isMaster("(www-data) NOPASSWD: ALL"))
    #expect(!isMaster("(ALL) ALL"))
    #expect(isMaster("(ALL) ALL") { $0.shadow[1] = "ana:\(hash):1:0:99999:7:::" })
    #expect(!isMaster("(ALL) ALL") { $0.shadow[1] = "ana:hunter2secret:1:0:99999:7:::" })
    #expect(!isMaster("(ALL) NOPASSWD: ALL") { $0.shadow[1] = "ana:*:1:0:99999:7::1:" })
  }

  @Test("what lets an account in is told: each key by fingerprint and comment, a password, sudo")
  func means() {
    var server = Server()
    server.settings[0] = "permitrootlogin no"
    server.passwd.append("ana:x:1000:1000::/home/ana:/bin/bash")
    server.shadow.append("ana:\(hash):1:0:99999:7:::")
    server.texts["/home/ana/.ssh/authorized_keys"] = "ssh-ed25519 AAAA ana's laptop\nssh-ed25519 AAAAAA==\n"
    server.sudo["ana"] = "(ALL : ALL) NOPASSWD: ALL"
    let keys = [
      "SHA256:cJ6AyISHokEeHuTfufIqhhSS0gxHZRUMDHlKvXD4FHw “ana's laptop”",
      "SHA256:3z9hmASpL9tAVxktxD3XSOp3itxSvEmM6AUkwBS4ERk",
    ]
    #expect(server.ways().means == ["ana": WaysIn.Means(keys: keys, password: true, sudo: "without password")])
    server.sudo["ana"] = "(ALL : ALL) ALL"
    #expect(server.ways().means["ana"]?.sudo == "with password")
    server.visitor = "203.0.113.9"
    server.filter = ["*filter", ":INPUT DROP", "-A INPUT -s 192.0.2.0/24 -j ACCEPT", "COMMIT"]
    guard case .shut? = server.ways().doors[22] else {
      Issue.record("\(server.ways().doors)")
      return
    }
  }

  @Test("only from somebody to nobody is an undo's fault, and only where it could be looked at")
  func shut() {
    let (ana, nobody) = (WaysIn(accounts: ["ana"]), WaysIn())
    #expect(nobody.isShut(comparedWith: ana))
    #expect(!nobody.isShut(comparedWith: nobody) && !ana.isShut(comparedWith: nobody))
    let master = WaysIn(accounts: ["ana"], masters: ["ana"])
    #expect(ana.isPowerless(comparedWith: master) && !master.isPowerless(comparedWith: master))
    #expect(!ana.isPowerless(comparedWith: ana) && !WaysIn(isKnown: false).isPowerless(comparedWith: master))
    #expect(!WaysIn(isKnown: false).isShut(comparedWith: ana) && !nobody.isShut(comparedWith: WaysIn(isKnown: false)))
  }
}
