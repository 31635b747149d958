/// Root, who gets in at the provider's console and nowhere else. That sshd refuses root is `SSHDaemon`'s to say.
extension User {
  func consoleProbes(_ known: Observations) -> Set<Probe> {
    var probes: Set<Probe> = [.accounts]
    guard case .there(.accounts(let accounts))? = known.answer(.accounts), let account = accounts.users[name] else {
      return probes
    }
    probes.insert(.contents(path: account.home / ".ssh/authorized_keys"))
    return probes
  }

  func consoleProposal(_ host: Observations) throws(Diagnostic) -> Proposal {
    guard let accounts = try host.accounts().known("the list of accounts") else { throw .noAccounts }
    guard let account = accounts.users[name] else { throw .noSuchAccount(name) }
    guard account.uid == 0 else { throw .notRoot(name) }
    var notes = ["console: \(console(account))"]
    let file = account.home / ".ssh/authorized_keys"
    if let text = try host.contents(file).value {
      let keys = AuthorizedKeys(text).entries.compactMap(\.key)
      notes += keys.map { "\(name)'s key \($0.shown) stays; sshd takes none where root may not log in." }
    }
    return Proposal(notes: notes)
  }

  /// Nobody's password is written here: the owner may need it when everything else fails.
  private func console(_ account: Account) -> String {
    switch account.password {
    case .usable: "\(name)'s password is set"
    case .doubtful: "\(name)'s password is set, or none (letters as of crypt's DES). Run: passwd \(name)"
    case .empty: "\(name)'s password is empty: whoever sits there is root. Run: passwd \(name)"
    case .none, .locked: "locked, run: passwd \(name)"
    case .unknown: "unknown, /etc/shadow could not be read"
    }
  }
}

extension Diagnostic {
  fileprivate static func noSuchAccount(_ name: String) -> Diagnostic {
    Diagnostic(
      "No such account", detail: "There is no account \(name) on this host, so no console lets it in.",
      fix: "getent passwd 0", address: "user:\(name)")
  }

  fileprivate static func notRoot(_ name: String) -> Diagnostic {
    Diagnostic(
      "Only root is for the console",
      detail: "\(name) is not root. What keeps root out over SSH is PermitRootLogin, which holds for uid 0 alone.",
      fix: "Declare it as .administrator or .service, or leave it out of AllowUsers.", address: "user:\(name)")
  }
}
