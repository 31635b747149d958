/// One keyword of sshd_config(5) with the value that it must have in force.
struct SSHDSetting: Hashable {
  let keyword: String
  /// One, or several where sshd prints a line for each; then their order does not matter.
  let values: [String]
  /// Decides who gets in, so it is also set under `Match all`.
  let decidesLogin: Bool
  /// Values of other files add to these: sshd prints the sum.
  let accumulates: Bool
  /// Whether every sshd that harden meets takes it, though not all print it.
  let isAlwaysKnown: Bool

  init(
    _ keyword: String, _ values: [String], decidesLogin: Bool = false, accumulates: Bool = false,
    isAlwaysKnown: Bool = false
  ) {
    self.keyword = keyword
    self.values = values
    self.decidesLogin = decidesLogin
    self.accumulates = accumulates
    self.isAlwaysKnown = isAlwaysKnown
  }

  init(_ keyword: String, _ value: String, decidesLogin: Bool = false, isAlwaysKnown: Bool = false) {
    self.init(keyword, [value], decidesLogin: decidesLogin, isAlwaysKnown: isAlwaysKnown)
  }

  init(_ keyword: String, _ value: Bool, decidesLogin: Bool = false, isAlwaysKnown: Bool = false) {
    self.init(keyword, [value ? "yes" : "no"], decidesLogin: decidesLogin, isAlwaysKnown: isAlwaysKnown)
  }

  var value: String { values.joined(separator: " ") }

  /// As lines of a configuration file.
  var lines: [String] {
    // sshd_config(5): AllowUsers takes several names, Port and HostKey one a line.
    accumulates && keyword != "AllowUsers" ? values.map { "\(keyword) \($0)" } : ["\(keyword) \(value)"]
  }

  /// Whether this is what sshd printed.
  func isMet(by effective: SSHDEffective) -> Bool {
    guard let found = effective.settings[keyword.lowercased()] else { return isAlwaysKnown }
    guard accumulates else { return SSHDEffective.canonical(found.joined(separator: " ")) == value.lowercased() }
    return Set(found) == Set(values)
  }

  /// The value found and the one wanted, as a plan shows them: of long lists what goes and what comes.
  func words(_ found: String?) -> (before: String?, after: String) {
    guard let found else { return (nil, value) }
    guard found.contains(","), keyword != "AuthenticationMethods" else { return (SSHDEffective.shown(found), value) }
    let old = found.split(separator: ",").map(String.init)
    let new = value.split(separator: ",").map(String.init)
    let (gone, come) = (old.filter { !new.contains($0) }, new.filter { !old.contains($0) })
    guard !gone.isEmpty || !come.isEmpty else { return ("\(old.count) names", "in another order") }
    let without = gone.isEmpty ? [] : ["without " + gone.listed(first: 3)]
    let with = come.isEmpty ? [] : ["with " + come.joined(separator: ", ")]
    return ("\(old.count) names", (["\(new.count)"] + without + with).joined(separator: ", "))
  }

  /// Whether it lets through what the value found, as sshd prints it, does not; where that has no order, no.
  func loosens(_ found: String) -> Bool {
    let (old, new) = (found.lowercased(), value.lowercased())
    let numbers = Int(old).flatMap { old in Int(new).map { (old: old, new: $0) } }
    switch keyword {
    case "MaxAuthTries", "MaxSessions": return numbers.map { $0.new > $0.old } ?? false
    // sshd_config(5): with 0 there is no limit.
    case "LoginGraceTime": return numbers.map { $0.old != 0 && ($0.new == 0 || $0.new > $0.old) } ?? false
    case "RequiredRSASize": return numbers.map { $0.new < $0.old } ?? false
    case "AllowUsers":
      let words = SSHDConfigFiles.words(found)
      return !words.isEmpty && Set(words).isStrictSubset(of: values)
    case "AuthenticationMethods":
      // Lists of what is wanted one after the other, of which one is enough; sshd prints “any” where none is set.
      let (old, new) = (Self.factors(old), Self.factors(new))
      return new.contains { list in
        !old.contains { $0.isSubset(of: list) } && old.contains { $0.isStrictSuperset(of: list) }
      }
    case "PermitRootLogin":
      let order = ["no", "forced-commands-only", "prohibit-password", "yes"]
      let place = { (word: String) in order.firstIndex(of: word == "without-password" ? "prohibit-password" : word) }
      return place(old).flatMap { old in place(new).map { $0 > old } } ?? false
    default: return old == "no" && ["yes", "all", "local", "remote"].contains(new)
    }
  }

  private static func factors(_ value: String) -> [Set<String>] {
    value.split(separator: " ").map { Set($0.split(separator: ",").map(String.init)) }
  }

  /// What a plan says beside a change that loosens.
  func warningOfLoosening(concernsAccess: Bool) -> String? {
    if keyword == "AuthenticationMethods" { return "looser than today: a login takes no second factor any more" }
    return concernsAccess ? nil : "looser than today"
  }

  /// Whether sshd has a word for it: those it does not print it would refuse.
  func isKnown(to effective: SSHDEffective) -> Bool {
    isAlwaysKnown || accumulates || effective[keyword] != nil
  }
}

extension SSHDaemon {
  /// What must be in force, in the order of the drop-in.
  ///
  /// `ports`: those that the drop-in names; none leaves them to other files.
  func settings(exchanges: Set<String>?, version: HostFacts?, ports: [UInt16]) -> [SSHDSetting] {
    var settings = [
      SSHDSetting("PermitRootLogin", rootLogin.rawValue, decidesLogin: true),
      SSHDSetting("PasswordAuthentication", passwords, decidesLogin: true),
    ]
    if !passwords {
      // With UsePAM, keyboard-interactive asks for the same password by another name.
      settings += [
        SSHDSetting("KbdInteractiveAuthentication", false, decidesLogin: true),
        SSHDSetting("AuthenticationMethods", "publickey", decidesLogin: true),
      ]
    }
    settings += [
      SSHDSetting("PermitEmptyPasswords", false, decidesLogin: true),
      SSHDSetting("PubkeyAuthentication", true, decidesLogin: true),
    ]
    if let allowUsers {
      settings.append(SSHDSetting("AllowUsers", allowUsers, decidesLogin: true, accumulates: true))
    }
    if !ports.isEmpty { settings.append(SSHDSetting("Port", ports.map { "\($0)" }, accumulates: true)) }
    settings += [
      SSHDSetting("MaxAuthTries", "\(options.maxAuthTries)"),
      SSHDSetting("LoginGraceTime", "\(options.loginGraceTime)"),
      SSHDSetting("MaxStartups", options.maxStartups.map { "\($0)" }.joined(separator: ":")),
      SSHDSetting("ClientAliveInterval", "\(options.clientAliveInterval)"),
      SSHDSetting("ClientAliveCountMax", "\(options.clientAliveCountMax)"),
      SSHDSetting("TCPKeepAlive", options.tcpKeepAlive),
      SSHDSetting("Compression", options.compression),
      SSHDSetting("LogLevel", options.logLevel.rawValue),
      SSHDSetting("X11Forwarding", options.x11Forwarding),
      SSHDSetting("AllowAgentForwarding", options.agentForwarding),
      SSHDSetting("AllowTcpForwarding", options.tcpForwarding.rawValue),
      SSHDSetting("PermitTunnel", options.tunnels),
      // Debian's own keyword: taken by every release, printed by `sshd -T` from OpenSSH 10.0p1-2 (Debian 13) on.
      SSHDSetting("DebianBanner", options.debianBanner, isAlwaysKnown: true),
      SSHDSetting("RequiredRSASize", "\(options.requiredRSASize)"),
    ]
    if let sessions = options.maxSessions { settings.append(SSHDSetting("MaxSessions", "\(sessions)")) }
    if options.hostKeys == .ed25519AndRSA {
      settings.append(
        SSHDSetting(
          "HostKey", ["/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_rsa_key"], accumulates: true))
    }
    guard options.modernAlgorithms else { return settings }
    let kex = exchanges.map { known in Self.exchanges(options.keyExchange).filter(known.contains) }
    return settings + [
      SSHDSetting("Ciphers", Self.ciphers.joined(separator: ",")),
      SSHDSetting("MACs", Self.macs.joined(separator: ",")),
      SSHDSetting(
        "KexAlgorithms",
        (kex ?? Self.stockExchanges(options.keyExchange, on: version)).joined(separator: ",")),
      SSHDSetting("HostKeyAlgorithms", Self.hostKeyAlgorithms.joined(separator: ",")),
    ]
  }

  // Every name below but the post-quantum exchanges is known to OpenSSH 8.2 (2020) and later.
  private static let ciphers = [
    "chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-gcm@openssh.com",
    "aes128-ctr",
  ]
  private static let macs = [
    "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "umac-128-etm@openssh.com",
  ]
  private static let hostKeyAlgorithms = [
    "ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com", "rsa-sha2-512-cert-v01@openssh.com",
    "rsa-sha2-256-cert-v01@openssh.com", "ssh-ed25519", "sk-ssh-ed25519@openssh.com", "rsa-sha2-512", "rsa-sha2-256",
  ]

  private static func exchanges(_ choice: KeyExchange) -> [String] {
    let postQuantum = [
      "mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
    ]
    let classic = ["curve25519-sha256", "curve25519-sha256@libssh.org"]
    return choice == .compatible ? postQuantum + classic : postQuantum
  }

  /// What the release's own sshd knows, where it cannot be asked yet.
  private static func stockExchanges(_ choice: KeyExchange, on host: HostFacts?) -> [String] {
    let isNew = host?.system == "debian" && (host.flatMap { Int($0.version) } ?? 0) >= 13
    let hasSuffixless = host?.system == "debian"
    return exchanges(choice).filter {
      switch $0 {
      case "mlkem768x25519-sha256": isNew
      case "sntrup761x25519-sha512": hasSuffixless
      default: true
      }
    }
  }
}
