/// Who else can get in: keys, certificates, second accounts with uid 0, rules for sudo that others wrote. Told, never touched.
enum SSHDVisitors {
  private static let sudoers: Path = "/etc/sudoers.d"
  /// Accounts whose keys are read; hosts with more have their list cut, and it says so.
  private static let most = 20

  /// Methods of sshd_config(5) that ask for neither a key nor a password that this host knows.
  private static let methods = [
    (keyword: "HostbasedAuthentication", who: "hosts that this one knows vouch for their users (shosts.equiv)"),
    (keyword: "GSSAPIAuthentication", who: "a Kerberos ticket for an account here lets in"),
  ]

  static func probes(_ inquest: SSHDInquest, _ known: Observations) -> Set<Probe> {
    var probes: Set<Probe> = [.names(directory: sudoers)]
    for name in rules(known) { probes.insert(.contents(path: sudoers / name)) }
    let answers = (try? inquest.answers(known)) ?? []
    for account in holders(inquest) {
      probes.formUnion(keyFiles(account, answers).map { .contents(path: $0) })
      probes.insert(.contents(path: UserKeys.ledger(account.name)))
    }
    return probes.union(SSHDAuthorities.probes(answers, known))
  }

  static func notes(
    _ inquest: SSHDInquest, _ answers: [SSHDInquest.Judged], under daemon: SSHDaemon, isStale: Bool,
    _ host: Observations
  ) throws(Diagnostic) -> [String] {
    var notes: [String] = []
    let when = isStale ? "once sshd reads its files" : "today"
    let effective = answers.first?.effective
    let holders = holders(inquest)
    for account in holders {
      // What harden itself put there is the recipe's; told is what others did.
      let declared = KeyLedger(try host.contents(UserKeys.ledger(account.name)).value ?? "").keys
      var keys: [PublicKey] = []
      var authorities: [String] = []
      for file in keyFiles(account, answers) {
        guard let text = try host.contents(file).value else { continue }
        for (index, entry) in AuthorizedKeys(text).entries.enumerated() {
          guard let key = entry.key, !declared.contains(key.blob) else { continue }
          if entry.isAuthority {
            authorities.append(SSHDAuthorities.note(of: account, key, entry.options, in: file, line: index + 1))
          } else if !keys.contains(where: { $0.blob == key.blob }) {
            keys.append(key)
          }
        }
      }
      if !keys.isEmpty {
        notes.append(
          "\(account.name) holds \(keys.count == 1 ? "a key" : "\(keys.count) keys"): "
            + keys.map(\.shown).joined(separator: ", "))
      }
      notes += authorities
    }
    notes += SSHDAuthorities.notes(inquest, answers, under: daemon, host)
    let login = inquest.logins.count
    if login > holders.count {
      notes.append("\(login - holders.count) more accounts can log in; their keys were not read.")
    }
    if let effective,
      ["PasswordAuthentication", "KbdInteractiveAuthentication"].contains(where: { effective[$0] == "yes" })
    {
      for account in holders where account.password.opens {
        let isRoot = account.uid == 0
        if isRoot, effective["PermitRootLogin"] != "yes" { continue }
        let withSudo = inquest.accounts.groups(of: account.name).contains("sudo") && !isRoot
        notes.append("\(account.name) gets in by password \(when)\(withSudo ? ", and has sudo" : "").")
      }
    }
    for method in methods where answers.contains(where: { $0.effective[method.keyword] == "yes" }) {
      notes.append("\(method.keyword) is on: \(method.who).")
    }
    let second = inquest.accounts.users.values.filter { $0.uid == 0 && $0.name != "root" }.map(\.name).sorted()
    for name in second { notes.append("\(name) has uid 0: it is root by another name.") }
    for name in rules(host) {
      guard let text = try host.contents(sudoers / name).value else { continue }
      for line in SudoersText.rules(text) { notes.append("\(sudoers / name) gives sudo: \(line)") }
    }
    for path in inquest.files.files {
      guard let status = try host.file(path).value, status.kind == .file else { continue }
      if status.owner.user != "root" || status.mode.rawValue & 0o022 != 0 {
        notes.append(
          "\(path) is \(status.mode) \(status.owner): whoever can write it decides who gets in. "
            + "Run: chown root:root \(path); chmod 644 \(path)")
      }
    }
    return notes
  }

  private static func holders(_ inquest: SSHDInquest) -> [Account] {
    Array(inquest.logins.prefix(most))
  }

  /// Where sshd looks for the account's keys; the usual file where it cannot be asked yet.
  private static func keyFiles(_ account: Account, _ answers: [SSHDInquest.Judged]) -> [Path] {
    answers.of(account)?.keyFiles(of: account) ?? [account.home / ".ssh/authorized_keys"]
  }

  /// sudoers(5): names with a dot or ending in `~` are not read.
  private static func rules(_ known: Observations) -> [String] {
    guard case .there(.names(let names))? = known.answer(.names(directory: sudoers)) else { return [] }
    return names.filter { !$0.contains(".") && !$0.hasSuffix("~") && !SudoersText.isHardens($0) && $0 != "README" }
  }
}
