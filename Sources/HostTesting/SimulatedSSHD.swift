import HostState
import Resources

extension SimulatedHost {
  /// Has `ssh.socket` listen in the place of `ssh.service`, which nobody has started yet.
  public mutating func serveBySocket() {
    units["ssh.socket"] = UnitState(enablement: "enabled", activity: "active")
    units["ssh.service"] = UnitState(enablement: "disabled", activity: "inactive")
    listeners = [Listener(transport: "tcp", address: "*", port: 22, process: "systemd")]
    asking { question, _ in
      guard question.command.arguments.last == "ssh.socket" else { return nil }
      return .there(value: CommandResult(status: 0, output: "[::]:22 (Stream)\n"))
    }
  }

  /// Reads sshd's files as sshd does and prints what `sshd -T` would: defaults of the release, first value wins,
  /// `Match` for the connection in `-C`.
  static func sshd(_ question: Question, _ host: SimulatedHost) -> Answer<CommandResult>? {
    guard question.command.executable == "/usr/sbin/sshd", question.command.arguments.first == "-T" else { return nil }
    guard host.packages["openssh-server"]?.isInstalled == true else { return .absent }
    let arguments = Array(question.command.arguments.dropFirst())
    guard let flag = arguments.firstIndex(of: "-C"), flag + 1 < arguments.count else { return nil }
    let connection = connection(arguments[flag + 1], host)
    var values = host.facts.version == "13" ? defaults13 : defaults
    var set: Set<String> = []
    func give(_ keyword: String, _ words: [String], over: Bool = false) {
      let printed = keyword == "permitrootlogin" ? words.map(printedRoot) : words
      if accumulating.contains(keyword) {
        let old = set.contains(keyword) && !over ? values[keyword] ?? [] : []
        values[keyword] = old + (keyword == "allowusers" ? printed : [printed.joined(separator: " ")])
        set.insert(keyword)
      } else if set.insert(keyword).inserted || over || keyword == "maxstartups" {
        values[keyword] = [printed.joined(separator: " ")]
      }
    }
    for (index, argument) in arguments.enumerated() where index > 0 {
      if arguments[index - 1] == "-p" { give("port", [argument]) }
      guard arguments[index - 1] == "-o" else { continue }
      let words = argument.split(maxSplits: 1, whereSeparator: { $0 == "=" || $0 == " " }).map(String.init)
      give(words[0].lowercased(), Array(words.dropFirst()))
    }
    let files = host.readSSHDFiles(SSHDListener.mainFile(arguments))
    for line in files.lines where line.conditions.isEmpty { give(line.keyword, line.arguments) }
    var matched: Set<String> = []
    for line in files.lines where !line.conditions.isEmpty {
      guard line.conditions.allSatisfy({ SSHDMatch.holds($0, for: connection) == true }) else { continue }
      let isFirst = matched.insert(line.keyword).inserted
      if isFirst || accumulating.contains(line.keyword) { give(line.keyword, line.arguments, over: isFirst) }
    }
    var output = ""
    for (keyword, printed) in values.sorted(by: { $0.key < $1.key }) {
      guard keyword != "debianbanner" || host.facts.version == "13" else { continue }
      for value in printed { output += "\(keyword) \(value)\n" }
    }
    return .there(value: CommandResult(status: 0, output: output))
  }

  /// `ssh -Q kex` of the release.
  static func knownExchanges(_ question: Question, _ host: SimulatedHost) -> Answer<CommandResult>? {
    guard question.command.arguments == ["-Q", "kex"] else { return nil }
    var names = [
      "diffie-hellman-group14-sha256", "ecdh-sha2-nistp256", "curve25519-sha256", "curve25519-sha256@libssh.org",
      "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
    ]
    if host.facts.version == "13" { names.append("mlkem768x25519-sha256") }
    return .there(value: CommandResult(status: 0, output: names.map { $0 + "\n" }.joined()))
  }

  private func readSSHDFiles(_ main: Path) -> SSHDConfigFiles {
    var known = Observations()
    while true {
      let files = SSHDConfigFiles(main: main, known: known)
      if files.missing.isEmpty { return files }
      var answers: [Inquiry: Answer<Fact>] = [:]
      for probe in files.missing { answers[Inquiry(probe)] = answer(probe) }
      known.learn(answers)
    }
  }

  private static func connection(_ text: String, _ host: SimulatedHost) -> SSHConnection {
    var fields: [String: String] = [:]
    for field in text.split(separator: ",") {
      guard let equals = field.firstIndex(of: "=") else { continue }
      fields[String(field[..<equals])] = String(field[field.index(after: equals)...])
    }
    let user = fields["user"] ?? ""
    return SSHConnection(
      user: user, groups: host.accounts.groups(of: user), address: fields["addr"] ?? "",
      localAddress: fields["laddr"] ?? "", localPort: fields["lport"].flatMap { UInt16($0) } ?? 0)
  }

  private static func printedRoot(_ value: String) -> String {
    value == "prohibit-password" ? "without-password" : value
  }

  private static let accumulating: Set<String> = ["port", "allowusers", "hostkey", "acceptenv", "listenaddress"]

  /// What OpenSSH 9.2p1 of Debian 12 prints with empty files.
  private static let defaults: [String: [String]] = [
    "port": ["22"], "permitrootlogin": ["without-password"], "passwordauthentication": ["yes"],
    "kbdinteractiveauthentication": ["yes"], "authenticationmethods": ["any"], "permitemptypasswords": ["no"],
    "pubkeyauthentication": ["yes"], "maxauthtries": ["6"], "maxsessions": ["10"], "logingracetime": ["120"],
    "maxstartups": ["10:30:100"], "clientaliveinterval": ["0"], "clientalivecountmax": ["3"], "tcpkeepalive": ["yes"],
    "compression": ["yes"], "loglevel": ["INFO"], "x11forwarding": ["no"], "allowagentforwarding": ["yes"],
    "allowtcpforwarding": ["yes"], "permittunnel": ["no"], "requiredrsasize": ["1024"], "usepam": ["no"],
    "strictmodes": ["yes"], "authorizedkeysfile": [".ssh/authorized_keys .ssh/authorized_keys2"],
    "hostkey": [
      "/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_ed25519_key",
    ],
    "ciphers": [
      "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com"
    ],
    "macs": ["umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com"],
    "kexalgorithms": ["sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256"],
    "hostkeyalgorithms": ["ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256"],
  ]
  private static let defaults13: [String: [String]] = defaults.merging(["debianbanner": ["yes"]]) { $1 }
}
