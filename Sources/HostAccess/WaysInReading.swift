import HostState

/// Asks a host who gets in, round by round.
struct WaysInReading {
  private(set) var known: Observations
  private let prober: Prober
  /// Whether sshd will listen where its files say, and not where it does.
  private let isForeseen: Bool

  init(_ known: Observations, _ prober: Prober, isForeseen: Bool = false) {
    (self.known, self.prober, self.isForeseen) = (known, prober, isForeseen)
  }

  private static let wrappers: [Path] = ["/etc/hosts.allow", "/etc/hosts.deny"]
  private static let accessConf: Path = "/etc/security/access.conf"
  private static let closed: [Path] = ["/etc/nologin", "/run/nologin"]
  private static let socket = "ssh.socket"
  /// Ubuntu's, which makes the socket's addresses out of sshd's files, and the file with which harden overrules it.
  private static let socketGenerator: Path = "/usr/lib/systemd/system-generators/sshd-socket-generator"
  private static let socketDropIn: Path = "/etc/systemd/system/ssh.socket.d/harden.conf"
  /// Nobody would look at more accounts than these.
  private static let most = 50

  private mutating func ask(_ probes: Set<Probe>) {
    let missing = known.unanswered(probes)
    if !missing.isEmpty { known.learn(prober.answers(to: missing)) }
  }

  mutating func look() -> WaysIn {
    let texts = Self.wrappers + PAMStack.files + [Self.accessConf]
    ask(
      Set(
        [.accounts, .listeners, .operator, .host, .packetFilter, .unit(name: Self.socket)]
          + texts.map { .contents(path: $0) } + Self.closed.map { .file(path: $0) }))
    guard let accounts = (try? known.accounts())?.value, let listeners = (try? known.listeners())?.value else {
      return WaysIn(isKnown: false)
    }
    let visitor = (try? known.operator())?.value
    let ports = ports(listeners)
    var ways = WaysIn()
    if !isForeseen {
      ways.doors = doors(for: visitor, ports)
      ways.obstacle = obstacle(to: visitor, ports)
      if ways.obstacle != nil { return ways }
    }

    let arguments = SSHDListener.arguments(of: listeners)
    let candidates = accounts.users.values.filter(\.canLogIn).sorted { ($0.uid ?? 0, $0.name) < ($1.uid ?? 0, $1.name) }
    let questions = candidates.prefix(Self.most).map { account in
      (account: account, question: connection(account, accounts, visitor, ports).question(to: arguments))
    }
    ask(Set(questions.map { .output(question: $0.question) }))
    var judged: [(account: Account, effective: SSHDEffective)] = []
    var anybodys: SSHDEffective?
    for (account, question) in questions {
      guard case .there(.output(let result))? = known.answer(.output(question: question)),
        let effective = SSHDEffective.of(result)
      else { return WaysIn(isKnown: false) }
      anybodys = anybodys ?? effective
      if isOpen(account, accounts, effective, visitor) { judged.append((account, effective)) }
    }
    if isForeseen, let effective = anybodys {
      ways.doors = doors(for: visitor, foreseenPorts(effective))
      if !isSocket, !judged.isEmpty { ways.obstacle = obstacle(to: visitor, effective.ports) }
      if ways.obstacle != nil { return ways }
    }
    ask(Set(judged.flatMap { $0.effective.keyFiles(of: $0.account) }.map { .contents(path: $0) }))

    let overlay = known.inquiry(for: .output(question: Question(Command("/usr/sbin/sshd"), reads: ["/"]))).overlay
    var offers: [(name: String, shown: String, offer: KeyOffer)] = []
    for (account, effective) in judged {
      let admission = SSHDAdmission(of: account, accounts, effective, from: visitor?.address)
      if case .refused = admission.byPassword {} else { ways.means[account.name, default: .init()].password = true }
      if case .refused = admission.byKey { continue }
      guard account.objectionToKeys(usesPAM: effective["usepam"] != "no") == nil else { continue }
      let keys = DeclaredKeys(of: account, effective, known)
      if keys.mayBeOthers { ways.means[account.name, default: .init()].keys.append("that no file names, perhaps") }
      guard visitor?.address != nil else {
        for key in keys.offered { ways.means[account.name, default: .init()].keys.append(keys.shown(key)) }
        continue
      }
      let visit = connection(account, accounts, visitor, ports)
      offers += keys.offered.map { key in
        (
          account.name, keys.shown(key),
          KeyOffer(
            key, of: account.name, options: arguments,
            over: VisitorConnection(from: visit.address, to: visit.localAddress, port: visit.localPort),
            and: overlay)
        )
      }
    }
    // sshd itself knows best whether it takes a key; one that cannot be offered may be taken.
    let tried = (offers.filter { ways.means[$0.name] == nil } + offers.filter { ways.means[$0.name] != nil })
      .prefix(Self.most)
    for (offered, outcome) in zip(tried, AccessRehearsal.run(tried.map { .key(offer: $0.offer) })) {
      if case .refused = outcome { continue }
      ways.means[offered.name, default: .init()].keys.append(offered.shown)
    }
    ways.accounts = Set(ways.means.keys)
    findMasters(judged.map(\.account).filter { ways.accounts.contains($0.name) }, accounts, &ways)
    return ways
  }

  /// Who of those that get in is root, or becomes it.
  private mutating func findMasters(_ admitted: [Account], _ accounts: Accounts, _ ways: inout WaysIn) {
    if let root = accounts.users["root"], root.password.opens || root.password == .unknown,
      root.closure(on: accounts.today) == nil
    {
      ways.masters = Set(admitted.map(\.name))
    }
    ways.masters.formUnion(admitted.filter { $0.uid == 0 }.map(\.name))
    let others = admitted.filter { $0.uid != 0 }
    func question(_ account: Account) -> Probe { .output(question: SudoRights.question(account.name)) }
    ask(Set(others.map(question)))
    for account in others {
      guard case .there(.output(let result))? = known.answer(question(account)) else { continue }
      // What sudo does not tell may be everything.
      let rights = SudoRights(result.output)
      let isKnown = SudoRights.complaint(result) == nil
      let isMaster =
        rights.everything && rights.futility == nil
        && (rights.withoutPassword || rights.obstacle(to: account, accounts) == nil)
      if !isKnown || isMaster { ways.masters.insert(account.name) }
      if isKnown, isMaster {
        ways.means[account.name]?.sudo = rights.withoutPassword ? "without password" : "with password"
      }
    }
  }

  private func connection(
    _ account: Account, _ accounts: Accounts, _ visitor: Operator?, _ ports: [UInt16]
  ) -> SSHConnection {
    let own = (try? known.host())?.value?.addresses.first
    return SSHConnection(
      user: account.name, groups: accounts.groups(of: account.name),
      address: visitor?.address ?? SSHConnection.unknownAddress,
      localAddress: visitor?.localAddress ?? own ?? "127.0.0.1", localPort: ports.first ?? 22)
  }

  private var isSocket: Bool { (try? known.unit(Self.socket))?.value?.isActive ?? false }

  /// Where sshd listens once it has read its files anew; none where a socket unit listens for it that nobody can tell of.
  private mutating func foreseenPorts(_ effective: SSHDEffective) -> [UInt16] {
    guard isSocket else { return effective.ports }
    ask([.file(path: Self.socketGenerator), .contents(path: Self.socketDropIn)])
    if case .there(.text(let text))? = known.answer(.contents(path: Self.socketDropIn)) {
      return Set(UnitText.of(text).listenStreams.map(\.port)).sorted()
    }
    guard case .there? = known.answer(.file(path: Self.socketGenerator)) else { return [] }
    return effective.ports
  }

  /// What becomes of a connection to each port from where the operator came, or from anywhere.
  private func doors(for visitor: Operator?, _ ports: [UInt16]) -> [UInt16: WaysIn.Door] {
    var doors: [UInt16: WaysIn.Door] = [:]
    for port in ports {
      guard let filter = (try? known.packetFilter())?.value else {
        doors[port] = .unknown
        continue
      }
      let address = visitor?.address
      switch filter.verdict(
        onNewConnectionTo: port, from: address ?? SSHConnection.unknownAddress, to: visitor?.localAddress)
      {
      case .admitted: doors[port] = .open
      case .dropped(let rule): doors[port] = .shut(by: rule)
      case .unknown: doors[port] = address.map { tried(port, filter, from: $0, visitor) } ?? .unknown
      }
    }
    return doors
  }

  private func tried(
    _ port: UInt16, _ filter: PacketFilter, from address: String, _ visitor: Operator?
  ) -> WaysIn.Door {
    let trial = PacketTrial(filter, ports: [port], from: address, to: visitor?.localAddress)
    switch AccessRehearsal.run([.packet(trial: trial)]).first {
    case .passed?: return .open
    case .refused(let rule)?: return .shut(by: rule)
    default: return .unknown
    }
  }

  /// What sshd listens on, itself or through its socket unit.
  private mutating func ports(_ listeners: [Listener]) -> [UInt16] {
    let own = SSHDListener.daemons(of: listeners)
    let held = isSocket ? listeners.filter { $0.transport == "tcp" && $0.process == "systemd" } : []
    return Set((own + held).map(\.port)).sorted()
  }

  /// What keeps everybody out who comes from there.
  private func obstacle(to visitor: Operator?, _ ports: [UInt16]) -> String? {
    if ports.isEmpty { return "nothing listens for SSH" }
    guard let address = visitor?.address, let filter = (try? known.packetFilter())?.value else { return nil }
    var (rule, isUnknown) = (String?.none, false)
    for port in ports {
      switch filter.verdict(onNewConnectionTo: port, from: address, to: visitor?.localAddress) {
      case .admitted: return nil
      case .dropped(let by): rule = rule ?? by
      case .unknown: isUnknown = true
      }
    }
    if isUnknown {
      let trial = PacketTrial(filter, ports: ports, from: address, to: visitor?.localAddress)
      guard case .refused(let by)? = AccessRehearsal.run([.packet(trial: trial)]).first else { return nil }
      rule = by
    }
    return rule.map { "the packet filter drops what comes from \(address) (\($0))" }
  }

  /// Whether the account is open to somebody who shows what sshd asks for.
  private func isOpen(
    _ account: Account, _ accounts: Accounts, _ effective: SSHDEffective, _ visitor: Operator?
  ) -> Bool {
    let admission = SSHDAdmission(of: account, accounts, effective, from: visitor?.address)
    for verdict in [admission.lists, admission.shell] { if case .refused = verdict { return false } }
    if account.closure(on: accounts.today) != nil { return false }
    func text(_ path: Path) -> String { (try? known.contents(path))?.value ?? "" }
    let isClosed = Self.closed.contains { path in
      if case .there(.file)? = known.answer(.file(path: path)) { return true }
      return false
    }
    if isClosed, account.uid != 0 { return false }
    let rules = AccessRules(user: account.name, groups: accounts.groups(of: account.name), address: visitor?.address)
    if case .refused = rules.wrappers(allow: text(Self.wrappers[0]), deny: text(Self.wrappers[1])) { return false }
    guard effective["usepam"] != "no", PAMStack.modules(PAMStack.files.map(text)).contains("pam_access.so") else {
      return true
    }
    if case .refused = rules.accessConf(text(Self.accessConf)) { return false }
    return true
  }
}

/// The keys that an account's key files hold.
private struct DeclaredKeys {
  /// As `ssh -i` takes them: `ssh-ed25519 AAAA…`.
  var offered: [String] = []
  private var comments: [String: String] = [:]
  /// Whether a key may be taken that stands in no file that was read, or that cannot be offered.
  var mayBeOthers: Bool

  /// More keys of one account are not tried.
  private static let most = 5

  init(of account: Account, _ effective: SSHDEffective, _ known: Observations) {
    mayBeOthers = ["authorizedkeyscommand", "trustedusercakeys"].contains { !["none", nil].contains(effective[$0]) }
    for file in effective.keyFiles(of: account) {
      switch known.answer(.contents(path: file)) {
      case .there(.text(let text)):
        for line in text.lines { add(line) }
      // A link is followed by sshd, and not by whoever asks for text.
      case .absent, nil: break
      default: mayBeOthers = true
      }
    }
    if offered.count > Self.most { mayBeOthers = true }
  }

  private mutating func add(_ line: Substring) {
    let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }
    guard let first = words.first, !first.hasPrefix("#") else { return }
    guard let place = words.indices.dropLast().first(where: { words[$0 + 1].hasPrefix("AAAA") }),
      !words[..<place].contains(where: { $0.contains("cert-authority") })
    else {
      mayBeOthers = mayBeOthers || words.contains { $0.contains("cert-authority") }
      return
    }
    let key = "\(words[place]) \(words[place + 1])"
    offered.append(key)
    comments[key] = words[(place + 2)...].joined(separator: " ")
  }

  /// Fingerprint and comment.
  func shown(_ key: String) -> String {
    KeyFingerprint.shown(String(key.split(separator: " ").last ?? ""), comment: comments[key] ?? "")
  }
}
