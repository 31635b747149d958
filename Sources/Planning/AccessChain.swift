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

  private let host: Observations
  private(set) var needs: Set<Inquiry> = []

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
      let daemon = try sshd(for: account, accounts, listeners, visitor)
      try packets(visitor, ports: daemon.ports)
      try admission(of: account, accounts, daemon.effective, visitor)
      let key = try key(of: administrator, account, accounts, daemon.effective, visitor)
      try openAccount(account, accounts, daemon.effective)
      try sudo(account)
      return .whole(key: key)
    } catch {
      switch error {
      case .needs: return nil
      case .broken(let link, let why): return .broken(link: link, why: why)
      case .unknown(let why): return .unknown(why: why)
      }
    }
  }

  private enum Stop: Error {
    case needs
    case unknown(String)
    case broken(link: String, why: String)

    static func broken(_ link: String, _ why: String) -> Stop { .broken(link: link, why: why) }
  }
}

// MARK: Asking

extension AccessChain {
  private mutating func answer(_ probe: Probe) throws(Stop) -> Answer<Fact> {
    guard let answer = host.answer(probe) else {
      needs.insert(host.inquiry(for: probe))
      throw .needs
    }
    return answer
  }

  private mutating func there<Value>(
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

  private mutating func status(_ path: Path) throws(Stop) -> FileStatus? {
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
    let connection = inquest.connection(account.name)
    let result = try there(.output(question: inquest.question(connection)), "sshd's configuration", \.asOutput)
    guard let effective = SSHDaemon.effective(result) else {
      throw .broken("sshd", "sshd refuses its configuration: \(result.errors.prefix(200))")
    }
    return (effective, inquest.ports)
  }

  private mutating func packets(_ visitor: Operator, ports: [UInt16]) throws(Stop) {
    let filter = try there(.packetFilter, "the packet filter", \.asPacketFilter)
    var reasons: [String] = []
    for port in ports {
      let address = visitor.address ?? SSHDInquest.unknownAddress
      switch filter.verdict(onNewConnectionTo: port, from: address, to: visitor.localAddress) {
      case .admitted: return
      case .dropped(let rule): reasons.append("port \(port) from \(visitor.address ?? "anywhere") by \(rule)")
      case .unknown(let why): throw .unknown("the packet filter: \(why)")
      }
    }
    throw .broken("packet filter", "a packet to sshd is dropped (\(reasons.joined(separator: "; ")))")
  }

  /// Whom sshd admits: sshd_config(5), AllowUsers and its like. DenyUsers beats AllowUsers, both lists must match.
  private func admission(
    of account: Account, _ accounts: Accounts, _ effective: SSHDEffective, _ visitor: Operator
  ) throws(Stop) {
    let groups = accounts.groups(of: account.name)
    func names(_ keyword: String) -> [String] {
      (effective.settings[keyword] ?? []).flatMap { $0.split(separator: " ").map(String.init) }
    }
    func matches(_ pattern: String) -> Bool {
      let parts = pattern.split(separator: "@", maxSplits: 1).map(String.init)
      guard SSHDMatch.matches(parts[0], [account.name]) else { return false }
      guard parts.count == 2 else { return true }
      return visitor.address.map { SSHDMatch.matches(parts[1], [$0]) } ?? false
    }
    if let pattern = names("denyusers").first(where: matches) {
      throw .broken("sshd", "DenyUsers \(pattern) shuts \(account.name) out")
    }
    let allowed = names("allowusers")
    if !allowed.isEmpty, !allowed.contains(where: matches) {
      throw .broken("sshd", "AllowUsers \(allowed.joined(separator: " ")) leaves \(account.name) out")
    }
    if let pattern = names("denygroups").first(where: { SSHDMatch.matches($0, Array(groups)) }) {
      throw .broken("sshd", "DenyGroups \(pattern) shuts \(account.name) out")
    }
    let allowedGroups = names("allowgroups")
    if !allowedGroups.isEmpty, !allowedGroups.contains(where: { SSHDMatch.matches($0, Array(groups)) }) {
      throw .broken("sshd", "AllowGroups \(allowedGroups.joined(separator: " ")) leaves \(account.name) out")
    }
    if account.uid == 0, ["no", "forced-commands-only"].contains(effective["permitrootlogin"] ?? "") {
      throw .broken("sshd", "PermitRootLogin refuses every account with uid 0")
    }
    guard effective["pubkeyauthentication"] != "no" else { throw .broken("sshd", "PubkeyAuthentication is off") }
    let methods = (effective["authenticationmethods"] ?? "any").split(separator: " ")
    guard methods.contains("any") || methods.contains("publickey") else {
      throw .broken("sshd", "AuthenticationMethods \(methods.joined(separator: " ")) asks for more than a key")
    }
    if let command = effective["forcecommand"], command != "none" {
      throw .broken("sshd", "ForceCommand \(command) gives no shell")
    }
    if let refused = effective["refuseconnection"], refused == "yes" {
      throw .broken("sshd", "RefuseConnection is on")
    }
  }

  private mutating func key(
    of administrator: Grants.Administrator, _ account: Account, _ accounts: Accounts, _ effective: SSHDEffective,
    _ visitor: Operator
  ) throws(Stop) -> String {
    if let revoked = effective["revokedkeys"], revoked != "none", try status(Path(revoked)) == nil {
      throw .broken("key", "RevokedKeys \(revoked) is not there, and sshd then refuses every key")
    }
    guard !administrator.keys.isEmpty else { throw .broken("key", "no key is declared for \(account.name)") }
    var reasons: [String] = []
    for file in effective.keyFiles(of: account) {
      guard let found = try status(file) else {
        reasons.append("\(file) is not there")
        continue
      }
      let text = try there(.contents(path: file), file.text, \.asText)
      let entries = AuthorizedKeys(text).entries
      for key in administrator.keys {
        guard let entry = entries.first(where: { $0.key?.blob == key.blob }) else { continue }
        if let objection = KeyOptions(entry.options).objection(from: visitor.address, today: accounts.today) {
          reasons.append("\(file): \(objection)")
          continue
        }
        if effective["strictmodes"] != "no",
          let objection = try strictModes(file, found, account, accounts)
        {
          reasons.append(objection)
          continue
        }
        return key.fingerprint
      }
    }
    if reasons.isEmpty { reasons = ["none of \(account.name)'s declared keys stands in its key file"] }
    throw .broken("key", reasons.joined(separator: "; "))
  }

  /// sshd(8), StrictModes, with Debian's patch: group-writable is let pass where the group has no other member.
  private mutating func strictModes(
    _ file: Path, _ status: FileStatus, _ account: Account, _ accounts: Accounts
  ) throws(Stop) -> String? {
    var path = file
    while true {
      guard let found = try self.status(path) else { return "\(path) is not there" }
      if found.owner.user != account.name && found.owner.user != "root" {
        return "\(path) belongs to \(found.owner.user)"
      }
      if StrictModes.mended(found, accounts) != found.mode {
        return "\(path) is writable by others than \(account.name) (\(found.mode) \(found.owner))"
      }
      if path == account.home || path == "/" || !path.isWithin(account.home) { return nil }
      path = path.parent
    }
  }

  private mutating func openAccount(
    _ account: Account, _ accounts: Accounts, _ effective: SSHDEffective
  ) throws(Stop) {
    if let day = account.expires, day <= accounts.today {
      throw .broken("account", "\(account.name) expired (chage -E -1 \(account.name))")
    }
    if account.passwordExpired {
      throw .broken("account", "\(account.name) must change its password first, which a key login cannot do")
    }
    if account.password == .locked && effective["usepam"] == "no" {
      throw .broken("account", "\(account.name)'s password is locked, and with UsePAM no that refuses keys, too")
    }
    let shell = account.shell.isEmpty ? "/bin/sh" : account.shell
    if ["nologin", "false"].contains(Path(shell).name) {
      throw .broken("account", "\(account.name)'s shell is \(shell)")
    }
    guard try status(Path(shell)) != nil else {
      throw .broken("account", "\(account.name)'s shell \(shell) does not exist")
    }
    guard try status("/etc/nologin") == nil || account.uid == 0 else {
      throw .broken("account", "/etc/nologin keeps everybody but root out")
    }
  }

  private mutating func sudo(_ account: Account) throws(Stop) {
    guard account.uid != 0 else { return }
    let result: CommandResult
    switch try answer(.output(question: UserSudo.question(account.name))) {
    case .there(.output(let found)): result = found
    case .moved: return
    case .absent: throw .broken("sudo", "sudo is not installed")
    default: throw .unknown("sudo's rules could not be read")
    }
    let rights = SudoRights(result.output)
    guard rights.everything else { throw .broken("sudo", "\(account.name) may not use sudo for everything") }
    guard rights.withoutPassword || account.password == .usable else {
      throw .broken("sudo", "sudo wants a password of \(account.name), who has none")
    }
  }
}

extension Fact {
  fileprivate var asOperator: Operator? { if case .operator(let value) = self { value } else { nil } }
  fileprivate var asAccounts: Accounts? { if case .accounts(let value) = self { value } else { nil } }
  fileprivate var asListeners: [Listener]? { if case .listeners(let value) = self { value } else { nil } }
  fileprivate var asPacketFilter: PacketFilter? { if case .packetFilter(let value) = self { value } else { nil } }
  fileprivate var asOutput: CommandResult? { if case .output(let value) = self { value } else { nil } }
  fileprivate var asText: String? { if case .text(let value) = self { value } else { nil } }
}
