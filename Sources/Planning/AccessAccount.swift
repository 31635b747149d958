import HostState
import Resources

// MARK: Account and sudo

extension AccessChain {
  private mutating func text(_ path: Path) throws(Stop) -> String {
    guard try status(path) != nil else { return "" }
    return try there(.contents(path: path), path.text, \.asText)
  }

  /// Debian's sshd asks the TCP wrappers: hosts_access(5).
  mutating func wrappers(of account: Account, _ accounts: Accounts, _ visitor: Operator) throws(Stop) {
    let deny = try text("/etc/hosts.deny")
    let rules = AccessRules(user: account.name, groups: accounts.groups(of: account.name), address: visitor.address)
    switch rules.wrappers(allow: try text("/etc/hosts.allow"), deny: deny) {
    case .admitted: return
    case .refused(let rule): throw .broken("TCP wrappers", rule)
    case .unknown(let rule): throw .unknown("whether this concerns you: \(rule)")
    }
  }

  /// What PAM's modules say beside the account's own expiry.
  mutating func modules(
    of account: Account, _ accounts: Accounts, _ effective: SSHDEffective, _ visitor: Operator
  ) throws(Stop) {
    guard effective["usepam"] == "yes" else { return }
    var texts: [String] = []
    for file in PAMStack.files { texts.append(try text(file)) }
    let modules = PAMStack.modules(texts)
    if modules.contains("pam_access.so") {
      let rules = AccessRules(user: account.name, groups: accounts.groups(of: account.name), address: visitor.address)
      switch rules.accessConf(try text("/etc/security/access.conf")) {
      case .admitted: break
      case .refused(let rule): throw .broken("account", "pam_access shuts \(account.name) out by \(rule)")
      case .unknown(let rule): throw .unknown("pam_access decides by \(rule)")
      }
    }
    if let module = modules.first(where: PAMStack.unforeseeable.contains) {
      throw .unknown("PAM asks \(module) about every login, and only a login itself shows its answer")
    }
  }

  mutating func openAccount(
    _ account: Account, _ accounts: Accounts, _ effective: SSHDEffective
  ) throws(Stop) {
    if let closure = account.closure(on: accounts.today) { throw .broken("account", closure) }
    if let objection = account.objectionToKeys(usesPAM: effective["usepam"] != "no") {
      throw .broken("account", objection)
    }
    let shell = account.shell.isEmpty ? "/bin/sh" : account.shell
    guard try status(Path(shell)) != nil else {
      throw .broken("account", "\(account.name)'s shell \(shell) does not exist")
    }
    for file: Path in ["/etc/nologin", "/run/nologin"] where account.uid != 0 {
      guard try status(file) == nil else { throw .broken("account", "\(file) keeps everybody but root out") }
    }
  }

  mutating func sudo(_ account: Account) throws(Stop) {
    guard account.uid != 0 else { return }
    let result: CommandResult
    switch try answer(.output(question: UserSudo.question(account.name))) {
    case .there(.output(let found)): result = found
    case .moved: return
    case .absent: throw .broken("sudo", "sudo is not installed")
    default: throw .unknown("sudo's rules could not be read")
    }
    if let complaint = SudoRights.complaint(result) { throw .unknown("sudo does not answer: \(complaint)") }
    let rights = SudoRights(result.output)
    guard rights.everything else { throw .broken("sudo", "\(account.name) may not use sudo for everything") }
    if let futility = rights.futility { throw .broken("sudo", futility) }
    guard !rights.withoutPassword else { return }
    let accounts = try there(.accounts, "the accounts", \.asAccounts)
    if let obstacle = rights.obstacle(to: account, accounts) { throw .broken("sudo", obstacle) }
  }
}
