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
    if !isForeseen, let obstacle = obstacle(to: visitor, ports) { return WaysIn(obstacle: obstacle) }

    let arguments = SSHDListener.arguments(of: listeners)
    let candidates = accounts.users.values.filter(\.canLogIn).sorted { ($0.uid ?? 0, $0.name) < ($1.uid ?? 0, $1.name) }
    let questions = candidates.prefix(Self.most).map { account in
      (account: account, question: connection(account, accounts, visitor, ports).question(to: arguments))
    }
    ask(Set(questions.map { .output(question: $0.question) }))
    var judged: [(account: Account, effective: SSHDEffective)] = []
    for (account, question) in questions {
      guard case .there(.output(let result))? = known.answer(.output(question: question)),
        let effective = SSHDEffective.of(result)
      else { return WaysIn(isKnown: false) }
      if isOpen(account, accounts, effective, visitor) { judged.append((account, effective)) }
    }
    if isForeseen, (try? known.unit(Self.socket))?.value?.isActive != true, let effective = judged.first?.effective,
      let obstacle = obstacle(to: visitor, effective.ports)
    {
      return WaysIn(obstacle: obstacle)
    }
    ask(Set(judged.flatMap { $0.effective.keyFiles(of: $0.account) }.map { .contents(path: $0) }))

    let overlay = known.inquiry(for: .output(question: Question(Command("/usr/sbin/sshd"), reads: ["/"]))).overlay
    var ways = WaysIn()
    var offers: [(name: String, offer: KeyOffer)] = []
    for (account, effective) in judged {
      let admission = SSHDAdmission(of: account, accounts, effective, from: visitor?.address)
      if case .refused = admission.byPassword {} else { ways.accounts.insert(account.name) }
      if case .refused = admission.byKey { continue }
      guard account.objectionToKeys(usesPAM: effective["usepam"] != "no") == nil else { continue }
      let keys = DeclaredKeys(of: account, effective, known)
      if keys.mayBeOthers || visitor?.address == nil && !keys.offered.isEmpty { ways.accounts.insert(account.name) }
      guard visitor?.address != nil else { continue }
      let visit = connection(account, accounts, visitor, ports)
      offers += keys.offered.map { key in
        (
          account.name,
          KeyOffer(
            key, of: account.name, options: arguments,
            over: VisitorConnection(from: visit.address, to: visit.localAddress, port: visit.localPort),
            and: overlay)
        )
      }
    }
    // sshd itself knows best whether it takes a key; one that cannot be offered may be taken.
    let tried = offers.filter { !ways.accounts.contains($0.name) }.prefix(Self.most)
    for ((name, _), outcome) in zip(tried, AccessRehearsal.run(tried.map { .key(offer: $0.offer) })) {
      if case .refused = outcome { continue }
      ways.accounts.insert(name)
    }
    ways.masters = masters(judged.map(\.account).filter { ways.accounts.contains($0.name) }, accounts)
    return ways
  }

  /// Who of those that get in is root, or becomes it.
  private mutating func masters(_ admitted: [Account], _ accounts: Accounts) -> Set<String> {
    if let root = accounts.users["root"], [.usable, .empty, .unknown].contains(root.password),
      root.closure(on: accounts.today) == nil
    {
      return Set(admitted.map(\.name))
    }
    var masters = Set(admitted.filter { $0.uid == 0 }.map(\.name))
    let others = admitted.filter { $0.uid != 0 }
    func question(_ account: Account) -> Probe { .output(question: SudoRights.question(account.name)) }
    ask(Set(others.map(question)))
    for account in others {
      guard case .there(.output(let result))? = known.answer(question(account)) else { continue }
      // What sudo does not tell may be everything.
      let rights = SudoRights(result.output)
      let isMaster =
        SudoRights.complaint(result) != nil
        || (rights.everything && rights.futility == nil
          && (rights.withoutPassword || rights.obstacle(to: account, accounts) == nil))
      if isMaster { masters.insert(account.name) }
    }
    return masters
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

  /// What sshd listens on, itself or through its socket unit.
  private mutating func ports(_ listeners: [Listener]) -> [UInt16] {
    let own = SSHDListener.daemons(of: listeners)
    let isSocket = (try? known.unit(Self.socket))?.value?.isActive ?? false
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
    offered.append("\(words[place]) \(words[place + 1])")
  }
}
