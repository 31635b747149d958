import HostState
import Resources

/// One administrator's way in, link by link, in one state of the host.
///
/// Source address → packet filter → listening port → sshd's settings → key, its options and the modes that StrictModes
/// wants → account, shell, expiry → sudo. The first broken link is named.
struct AccessChain {
  enum Verdict: Equatable {
    /// All links hold; says which key.
    case whole(key: String)
    case broken(link: String, why: String)
    /// A link could not be looked at; the plan says so, and takes nothing as proved.
    case unknown(why: String)
  }

  let host: Observations
  var needs: Set<Inquiry> = []

  init(in host: Observations) { self.host = host }

  /// Nil as long as something has to be asked first.
  mutating func verdict(on administrator: Grants.Administrator) -> Verdict? {
    do throws(Stop) {
      let visitor = try there(.operator, "who runs harden", \.asOperator)
      let accounts = try there(.accounts, "the accounts", \.asAccounts)
      let listeners = try there(.listeners, "the listening sockets", \.asListeners)
      guard let account = accounts.users[administrator.name] else {
        throw .broken("account", "\(administrator.name) does not exist")
      }
      askAtOnce(about: account)
      let daemon = try sshd(for: account, accounts, listeners, visitor)
      try hostKeys(daemon.effective)
      try packets(visitor, ports: daemon.ports, listeners)
      try tunnel(of: visitor)
      try wrappers(of: account, accounts, visitor)
      try admission(of: account, accounts, daemon.effective, visitor)
      let key = try key(of: administrator, account, accounts, daemon.effective, visitor)
      try durability(of: key.file)
      try sandbox(of: account, keys: key.file, visitor)
      try nextStart(visitor)
      try nextFilter(visitor, ports: daemon.ports)
      try openAccount(account, accounts, daemon.effective)
      try modules(of: account, accounts, daemon.effective, visitor)
      try sudo(account)
      return .whole(key: key.fingerprint)
    } catch {
      switch error {
      case .needs: return nil
      case .broken(let link, let why): return .broken(link: link, why: why)
      case .unknown(let why): return .unknown(why: why)
      }
    }
  }

  enum Stop: Error {
    case needs
    case unknown(String)
    case broken(link: String, why: String)

    static func broken(_ link: String, _ why: String) -> Stop { .broken(link: link, why: why) }
  }
}

// MARK: Asking

extension AccessChain {
  /// Whatever the links look at and that can be named by now, so that it is asked in one round.
  private mutating func askAtOnce(about account: Account) {
    var probes: Set<Probe> = [
      .packetFilter, .output(question: SSHDSandbox.question), .contents(path: MountTable.path),
      .contents(path: FileSystemTable.path), .file(path: BootMounts.container),
    ]
    probes.formUnion(UnitFiles(of: "ssh.service", host).probes)
    probes.formUnion(Self.targetProbes)
    let texts: [Path] = ["/etc/hosts.allow", "/etc/hosts.deny"] + PAMStack.files
    for path in texts { probes.formUnion([.file(path: path), .contents(path: path)]) }
    let shell = account.shell.isEmpty ? "/bin/sh" : account.shell
    for path: Path in ["/etc/nologin", "/run/nologin", Path(shell)] { probes.insert(.file(path: path)) }
    if account.uid != 0 {
      probes.formUnion([.output(question: UserSudo.question(account.name)), .file(path: "/usr/bin/sudo")])
    }
    needs.formUnion(host.unanswered(probes))
  }

  /// Likewise for a key file, and the directories that lead to it.
  mutating func askAtOnce(aboutKeysIn files: [Path]) {
    var probes: Set<Probe> = []
    for file in files {
      probes.insert(.contents(path: file))
      var path = file
      while path != "/" {
        probes.insert(.file(path: path))
        path = path.parent
      }
      probes.insert(.file(path: "/"))
    }
    needs.formUnion(host.unanswered(probes))
  }

  /// Goes on only once all of these are known.
  mutating func demand(_ probes: Set<Probe>) throws(Stop) {
    let missing = host.unanswered(probes)
    guard !missing.isEmpty else { return }
    needs.formUnion(missing)
    throw .needs
  }

  mutating func answer(_ probe: Probe) throws(Stop) -> Answer<Fact> {
    guard let answer = host.answer(probe) else {
      needs.insert(host.inquiry(for: probe))
      throw .needs
    }
    return answer
  }

  mutating func there<Value>(
    _ probe: Probe, _ what: String, _ extract: (Fact) -> Value?
  ) throws(Stop) -> Value {
    switch try answer(probe) {
    case .there(let fact):
      guard let value = extract(fact) else { throw .unknown("\(what) was answered by a fact of another kind") }
      return value
    case .absent: throw .unknown("\(what) is not there")
    case .unreadable(let reason): throw .unknown("\(what) could not be read: \(reason)")
    case .moved: throw .unknown("\(what) is known only once the packages are there")
    }
  }

  mutating func status(_ path: Path) throws(Stop) -> FileStatus? {
    switch try answer(.file(path: path)) {
    case .there(.file(let status)): return status
    case .absent: return nil
    default: throw .unknown("\(path) could not be read")
    }
  }
}

// MARK: Links

extension AccessChain {
  private mutating func sshd(
    for account: Account, _ accounts: Accounts, _ listeners: [Listener], _ visitor: Operator
  ) throws(Stop) -> (effective: SSHDEffective, ports: [UInt16]) {
    guard let inquest = SSHDInquest(host) else {
      needs.formUnion(host.unanswered(SSHDInquest.groundwork))
      throw .needs
    }
    let missing = host.unanswered(inquest.probes)
    guard missing.isEmpty else {
      needs.formUnion(missing)
      throw .needs
    }
    guard !inquest.ports.isEmpty else { throw .broken("port", "nothing listens for SSH") }
    if let obstacle = inquest.socket.obstacle { throw .broken("port", obstacle) }
    let result = try there(.output(question: inquest.question(for: account)), "sshd's configuration", \.asOutput)
    guard let effective = SSHDEffective.of(result) else {
      throw .broken("sshd", "sshd refuses its configuration: \(result.errors.prefix(200))")
    }
    let open = try reachable(inquest.ports, listeners, visitor)
    if inquest.socketIsActive {
      try socketWillListen(inquest, effective, visitor)
    } else {
      try willListen(effective, visitor)
    }
    return (effective, open)
  }
}

extension Fact {
  var asOperator: Operator? { if case .operator(let value) = self { value } else { nil } }
  var asAccounts: Accounts? { if case .accounts(let value) = self { value } else { nil } }
  var asListeners: [Listener]? { if case .listeners(let value) = self { value } else { nil } }
  var asPacketFilter: PacketFilter? { if case .packetFilter(let value) = self { value } else { nil } }
  var asOutput: CommandResult? { if case .output(let value) = self { value } else { nil } }
  var asText: String? { if case .text(let value) = self { value } else { nil } }
}
