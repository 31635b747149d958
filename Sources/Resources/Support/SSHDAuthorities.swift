/// Ways in that no key file shows: certificates, and a program that tells sshd keys (sshd_config(5)).
enum SSHDAuthorities {
  private static let trusted = "TrustedUserCAKeys"
  private static let command = "AuthorizedKeysCommand"

  static func probes(_ answers: [SSHDInquest.Judged], _ known: Observations) -> Set<Probe> {
    Set(
      answers.compactMap { $0.effective.set(trusted) }.flatMap { LinkedText.probes(of: Path($0), given: known) })
  }

  /// - Parameter daemon: whom they let in once that is in force.
  static func notes(
    _ inquest: SSHDInquest, _ answers: [SSHDInquest.Judged], under daemon: SSHDaemon, _ host: Observations
  ) -> [String] {
    var notes: [String] = []
    for keyword in [trusted, command] {
      for judged in answers {
        guard let value = judged.effective.set(keyword),
          let visitors = keyword == command ? "whoever “\(value)” tells a key of" : holders(of: Path(value), host)
        else { continue }
        let accounts = inquest.logins.filter { account in
          guard let own = answers.of(account), own.set(keyword) == value else { return false }
          return daemon.admits(account, inquest.accounts, own)
        }
        let line = inquest.files.line(deciding: keyword, value: value, for: judged.connection)
        let names = (accounts.isEmpty ? ["nobody"] : accounts.map(\.name)).listed(first: 5)
        let terms = keyword == trusted ? principals(judged.effective) : ""
        let note = "\(visitors) gets in as \(names)\(terms): \(keyword) \(value), \(closing(line, inquest))"
        if !notes.contains(note) { notes.append(note) }
      }
    }
    return notes
  }

  /// A line of an account's own.
  static func note(
    of account: Account, _ key: PublicKey, _ options: String, in file: Path, line: Int
  ) -> String {
    "\(account.name) lets in \(key.shownAsAuthority): \(options) in \(file):\(line). "
      + "To close it: sed -i '\(line)s/^/#/' \(Command.quoted(file.text))"
  }

  /// Nil where the file names no authority, and sshd lets in nobody by it.
  private static func holders(of file: Path, _ host: Observations) -> String? {
    switch LinkedText(of: file, host) {
    case .absent: return nil
    case .asks, .unreadable: return "whoever has a certificate signed by an authority that could not be read"
    case .there(let text, _):
      // sshd takes no options there.
      let keys = AuthorizedKeys(text).entries.filter(\.options.isEmpty).compactMap(\.key)
      guard let first = keys.first else { return nil }
      return ([first.shownAsAuthority] + keys.dropFirst().map(\.shown)).joined(separator: " or ")
    }
  }

  /// Which names in a certificate open an account, where it is not the account's own.
  private static func principals(_ effective: SSHDEffective) -> String {
    let sources = ["AuthorizedPrincipalsFile", "AuthorizedPrincipalsCommand"].compactMap { keyword in
      effective.set(keyword).map { "\(keyword) \($0)" }
    }
    return sources.isEmpty ? "" : ", by the names of \(sources.joined(separator: " and "))"
  }

  private static func closing(_ line: SSHDConfigLine?, _ inquest: SSHDInquest) -> String {
    guard let line else {
      return "set on the daemon's command line. Where it stands: "
        + "grep SSHD_OPTS \(SSHDInquest.serviceDefaults); systemctl cat ssh.service"
    }
    let verb = inquest.socketIsActive ? "restart" : "reload"
    return "set by \(line.place). To close it: \(line.commentingOut); systemctl \(verb) ssh"
  }
}

extension SSHDEffective {
  /// The value of a keyword that names nothing by “none”.
  fileprivate func set(_ keyword: String) -> String? { self[keyword].flatMap { $0 == "none" ? nil : $0 } }
}

extension [SSHDInquest.Judged] {
  /// The settings in force for an account: nobody's, who is asked for last, where it was not asked for itself.
  func of(_ account: Account) -> SSHDEffective? {
    (first { $0.connection.user == account.name } ?? last)?.effective
  }
}

extension SSHDInquest {
  /// The accounts that have a shell to log in with, by name.
  var logins: [Account] { accounts.users.values.filter(\.canLogIn).sorted { $0.name < $1.name } }
}

extension SSHDaemon {
  /// Whether it leaves the account a way in, the settings of today being these.
  fileprivate func admits(_ account: Account, _ accounts: Accounts, _ today: SSHDEffective) -> Bool {
    if account.closure(on: accounts.today) != nil || account.uid == 0 && rootLogin == .never { return false }
    if let allowUsers {
      return allowUsers.contains { Wildcard(String($0.prefix { $0 != "@" })).matches(account.name) }
    }
    if case .refused = SSHDAdmission(of: account, accounts, today, from: nil).lists { return false }
    return true
  }
}
