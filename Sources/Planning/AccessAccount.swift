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
    try sudoProgram(account)
    let rights = SudoRights(result.output)
    guard rights.everything else { throw .broken("sudo", "\(account.name) may not use sudo for everything") }
    if let futility = rights.futility { throw .broken("sudo", futility) }
    guard !rights.withoutPassword else { return }
    let accounts = try there(.accounts, "the accounts", \.asAccounts)
    if let obstacle = rights.obstacle(to: account, accounts) { throw .broken("sudo", obstacle) }
  }

  /// Whether the account may run sudo's program, and that makes root: `dpkg-statoverride` keeps it for a group's members.
  private mutating func sudoProgram(_ account: Account) throws(Stop) {
    let path: Path = "/usr/bin/sudo"
    // A link is one to another implementation; whom an access list names is not looked up.
    guard case .there(.file(let program)) = try answer(.file(path: path)), program.kind == .file,
      program.grants?.isEmpty != false
    else { return }
    let (mode, owner) = (program.mode.rawValue, program.owner)
    let what = "\(path) is \(program.mode) \(owner.user):\(owner.group)"
    guard owner.user == "root", mode & 0o4000 != 0 else {
      throw .broken(
        "sudo",
        "\(what), and only root's own with the setuid bit makes root: chown root \(path); chmod 4755 \(path)")
    }
    let accounts = try there(.accounts, "the accounts", \.asAccounts)
    let isMember = accounts.groups(of: account.name).contains(owner.group)
    guard mode & (isMember ? 0o010 : 0o001) == 0 else { return }
    throw .broken(
      "sudo",
      isMember
        ? "\(what), and group \(owner.group), which \(account.name) is in, may not run it: chmod g+x \(path)"
        : "\(what), and \(account.name) is not in group \(owner.group): add \(account.name) to it before "
          + "(adduser --disabled-password \(account.name) where there is no such account yet; "
          + "usermod -aG \(owner.group) \(account.name)), or let everybody run it (chmod 4755 \(path))")
  }
}
