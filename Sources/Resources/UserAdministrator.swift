/// The way in: an account that sshd admits by key and that sudo makes root.
extension User {
  func administratorProbes(_ known: Observations) -> Set<Probe> {
    var probes: Set<Probe> = [.accounts, .host]
    guard case .there(.accounts(let accounts))? = known.answer(.accounts) else { return probes }
    let account = accounts.users[name] ?? .planned(name)
    if accounts.users[name] == nil { probes.insert(.output(question: elsewhere)) }
    probes.insert(.file(path: account.home))
    if !account.shell.isEmpty { probes.insert(.file(path: Path(account.shell))) }
    probes.formUnion(UserKeys.probes(account, known))
    probes.formUnion(UserSudo.probes(account, isThere: accounts.users[name] != nil, known))
    return probes
  }

  func administratorProposal(_ host: Observations) throws(Diagnostic) -> Proposal {
    guard let accounts = try host.accounts().known("the list of accounts") else { throw .noAccounts }
    var proposal = Proposal()
    let account: Account
    if let found = accounts.users[name] {
      guard found.uid != 0 else { throw .rootAsAdministrator(name) }
      if let twin = found.twin { throw .twin(found, twin) }
      // Debian's policy, 9.2.2: up to 999 are accounts of the system and its services, 65534 is nobody.
      let isService = (found.uid ?? 1000) < 1000 && !found.canLogIn || found.uid == 65534
      guard !isService else { throw .serviceAsAdministrator(name, found) }
      account = try mend(found, accounts, &proposal, on: host)
    } else {
      account = try make(accounts, &proposal, on: host)
    }
    // sudo first: a key that leaves may close the way in, and is not to do so before the new one is whole.
    try UserSudo(account, subject: subject, isNew: accounts.users[name] == nil).grant(&proposal, on: host)
    var keys = UserKeys(account, subject: subject)
    keys.isNew = accounts.users[name] == nil
    try keys.settle(keys: self.keys, exclusive: exclusive, &proposal, on: host)
    if self.keys.isEmpty { proposal.notes.append("\(name): the recipe declares no key, so it guarantees no way in.") }
    return proposal
  }

  /// Whether somebody else than `/etc/passwd` has the account: nsswitch.conf(5).
  private var elsewhere: Question {
    Question(Command("/usr/bin/getent", ["passwd", name], accepted: [0, 2]), reads: [])
  }

  /// An account that is not there yet.
  private func make(
    _ accounts: Accounts, _ proposal: inout Proposal, on host: Observations
  ) throws(Diagnostic) -> Account {
    if case .there(let result) = try host.output(elsewhere), result.status == 0,
      result.output.hasPrefix(name + ":")
    {
      throw .accountElsewhere(name)
    }
    let account = Account.planned(name)
    // useradd(8) ends with 9 where a group of that name is there, unless it is told to take it.
    let group = accounts.groups[name] == nil ? [] : ["-g", name]
    let home = try host.file(account.home).known(account.home.text)
    guard home == nil || home?.kind == .directory else { throw .homeIsNoDirectory(name, account.home) }
    var effects: [Effect] = [.accounts(change: .user(account: account))]
    if home == nil {
      effects.append(
        .answers(
          probe: .file(path: account.home),
          answer: .there(value: .file(FileStatus(kind: .directory, mode: 0o700, owner: account.owner)))))
    }
    let keys = self.keys.map(\.shown)
    let named = keys.isEmpty ? "" : ", key \(keys.joined(separator: " and "))"
    proposal.changes.append(
      Change(subject, from: nil, to: "administrator, sudo without password\(named)", risk: .opens))
    proposal.steps.append(
      Step(
        .run(
          command: Command(
            "/usr/sbin/useradd",
            // Whatever the host's defaults are (useradd -D, login.defs): no other home, no end of the account, and no
            // password that is over age one day, which refuses keys as well.
            [
              "-m", "-d", account.home.text, "-K", "HOME_MODE=0700", "-K", "PASS_MAX_DAYS=-1", "-e", "", "-f", "-1",
              "-s", account.shell, "-p", "*",
            ] + group + [name])),
        effects: effects, footprint: Footprint(trees: [account.home], accounts: [name]),
        title: "make the account \(name)"))
    // useradd leaves a directory that is there already as it is.
    if let home { try settleHome(account, home, accounts, &proposal) }
    return account
  }

  /// What keeps an account that is there from logging in.
  private func mend(
    _ found: Account, _ accounts: Accounts, _ proposal: inout Proposal, on host: Observations
  ) throws(Diagnostic) -> Account {
    var steps = AccountSteps(found)
    if found.password == .locked || found.password == .empty { steps.dropPassword(risk: .none) }
    if let expires = found.expires, expires <= accounts.today {
      steps.run(
        "/usr/bin/chage", ["-E", "-1"],
        change: Change(subject, "account", from: "expired", to: "open", risk: .opens), title: "open \(name) again"
      ) { $0.expires = nil }
    }
    if found.passwordExpired {
      // sshd asks for a new password even after a key login, and without a terminal it ends there.
      steps.run(
        "/usr/bin/chage", ["-d", "\(accounts.today)"],
        change: Change(subject, "password change", from: "forced at the next login", to: "not forced", risk: .opens),
        title: "let \(name) log in without a new password"
      ) {
        $0.passwordExpired = false
        $0.passwordEnds = $0.passwordMaximumAge.map { accounts.today + $0 + 1 }
      }
    }
    if let days = found.passwordMaximumAge, steps.account.password != .usable {
      // sshd refuses the keys of an account whose password is over age, and nobody can renew one that there is not.
      steps.run(
        "/usr/bin/chage", ["-M", "-1"],
        change: Change(subject, "password age", from: "\(days) days at most", to: "without limit"),
        title: "let \(name)'s keys outlast a password's age"
      ) {
        $0.passwordMaximumAge = nil
        $0.passwordEnds = nil
      }
    }
    if try !hasWorkingShell(found, on: host) { steps.setShell("/bin/bash", risk: .opens) }
    proposal.changes += steps.changes
    proposal.steps += steps.steps
    AccountEnd.tell(of: steps.account, today: accounts.today, &proposal)
    if let home = try host.file(found.home).known(found.home.text) {
      try settleHome(found, home, accounts, &proposal)
    } else {
      guard found.home != "/", found.home != "/nonexistent" else { throw .noHome(name, found.home) }
      proposal.changes.append(Change(subject, "home", from: nil, to: "\(found.home) 0700", risk: .opens))
      proposal.steps.append(
        Step(
          .makeDirectory(path: found.home, mode: 0o700, owner: found.owner), risk: .opens,
          requires: [.account(name)]))
    }
    return steps.account
  }

  /// passwd(5): an empty shell is `/bin/sh`. sshd takes an account whose shell is not there for no account at all.
  private func hasWorkingShell(_ account: Account, on host: Observations) throws(Diagnostic) -> Bool {
    guard account.canLogIn else { return false }
    guard !account.shell.isEmpty else { return true }
    return try host.file(Path(account.shell)) != .absent
  }

  private func settleHome(
    _ account: Account, _ status: FileStatus, _ accounts: Accounts, _ proposal: inout Proposal
  ) throws(Diagnostic) {
    guard status.kind == .directory else { throw .homeIsNoDirectory(name, account.home) }
    var status = status
    if status.owner.user != name {
      // Only a home of one's own is given away: never /srv, /var/www or somebody else's.
      guard account.home.parent == "/home", accounts.users[status.owner.user].map({ $0.uid == 0 }) ?? true else {
        throw .homeOfOthers(account, accounts, status.owner)
      }
      proposal.changes.append(
        Change(
          subject, "owner of \(account.home)", from: "\(status.owner)", to: "\(account.owner)", risk: .opens))
      proposal.steps.append(
        Step(
          .setOwner(path: account.home, owner: account.owner), risk: .opens, requires: [.account(name)]))
      status = FileStatus(kind: status.kind, mode: status.mode, owner: account.owner)
    }
    let safe = StrictModes.mended(status, accounts)
    if safe != status.mode {
      proposal.changes.append(
        Change(
          subject, "mode of \(account.home)", from: "\(status.mode)", to: "\(safe)", risk: .opens,
          warning: "sshd takes no key from a home that others can write"))
      proposal.steps.append(Step(.setMode(path: account.home, mode: safe), risk: .opens))
    }
  }
}

/// What sshd's `StrictModes` wants of a home and a key file, as Debian patches it (user-group-modes.patch).
package enum StrictModes {
  /// The mode without what sshd refuses: writing by others, and by a group that has a member besides the owner.
  package static func mended(_ status: FileStatus, _ accounts: Accounts) -> FileMode {
    var bits = status.mode.rawValue & ~0o002
    if bits & 0o020 != 0, !isPrivate(status.owner, accounts) { bits &= ~0o020 }
    return FileMode(bits)
  }

  private static func isPrivate(_ owner: Owner, _ accounts: Accounts) -> Bool {
    let primary = accounts.users.values.filter { $0.group == owner.group }.map(\.name)
    let members = Set(primary + (accounts.groups[owner.group] ?? []))
    return members == [owner.user]
  }
}

extension Diagnostic {
  static var noAccounts: Diagnostic {
    Diagnostic(
      "No accounts", detail: "/etc/passwd is not there, so nothing can be said about who may log in.",
      fix: "ls -l /etc/passwd")
  }

  fileprivate static func rootAsAdministrator(_ name: String) -> Diagnostic {
    Diagnostic(
      "Root is no administrator's account",
      detail: "\(name) has uid 0. An administrator logs in as themselves and becomes root through sudo, so that root "
        + "needs no way in over SSH.",
      fix: "Declare another name as administrator, and User(\"\(name)\", role: .consoleOnly).",
      address: "user:\(name)")
  }

  fileprivate static func serviceAsAdministrator(_ name: String, _ account: Account) -> Diagnostic {
    Diagnostic(
      "A service's account is no administrator's",
      detail:
        "\(name) has uid \(account.uid ?? 0) and the shell \(account.shell): it belongs to a service of the system. "
        + "With a shell and sudo, whoever takes that service over would be root.",
      fix: "Declare another name as administrator; it need not be there yet.", address: "user:\(name)")
  }

  fileprivate static func homeIsNoDirectory(_ name: String, _ home: Path) -> Diagnostic {
    Diagnostic(
      "Home is not a directory",
      detail:
        "\(home) of \(name) is a link or a file. sshd follows links and judges what lies behind them, which harden "
        + "does not change.",
      fix: "usermod -d \"$(realpath \(Command.quoted(home.text)))\" \(name)", address: "user:\(name)")
  }

  fileprivate static func accountElsewhere(_ name: String) -> Diagnostic {
    Diagnostic(
      "Account of a directory",
      detail: "\(name) stands in no line of /etc/passwd, but this host knows the account from elsewhere (LDAP, SSSD "
        + "and the like, by /etc/nsswitch.conf): useradd makes none of that name, and harden cannot answer for one "
        + "that is not this host's own.",
      fix: "grep passwd /etc/nsswitch.conf; getent passwd \(name)", address: "user:\(name)")
  }

  fileprivate static func noHome(_ name: String, _ home: Path) -> Diagnostic {
    Diagnostic(
      "No home", detail: "\(name) has \(home) for a home, so sshd finds no key of theirs.",
      fix: "usermod -d /home/\(name) \(name)", address: "user:\(name)")
  }

  fileprivate static func twin(_ account: Account, _ twin: String) -> Diagnostic {
    Diagnostic(
      "Two accounts with one number",
      detail:
        "\(account.name) has the number \(account.uid.map { "\($0)" } ?? "?") of \(twin), which stands before it in "
        + "/etc/passwd. sudo and all else that asks who somebody is by number takes \(account.name) for \(twin): no rule "
        + "of sudo's for \(account.name) would hold.",
      fix: "usermod -u NUMBER \(account.name)", address: "user:\(account.name)")
  }

  /// Never `usermod -m`: it moves what the other one has there along, and gives none of it away.
  fileprivate static func homeOfOthers(_ account: Account, _ accounts: Accounts, _ owner: Owner) -> Diagnostic {
    let (name, home) = (account.name, account.home)
    let usual = Path("/home/\(name)")
    let isThere = accounts.users[name] != nil
    let fix: String
    if isThere, home != usual {
      fix = "usermod -d \(usual) \(name)"
    } else if accounts.users[owner.user]?.home == home {
      fix = "usermod -m -d /home/\(owner.user) \(owner.user)"
    } else {
      fix = "mv \(Command.quoted(home.text)) \(Command.quoted("\(home).\(owner.user)"))"
    }
    return Diagnostic(
      "Home belongs to somebody else",
      detail:
        "\(home)\(isThere ? " of \(name)" : ", where \(name) is to live,") belongs to \(owner). sshd takes no key "
        + "from there, and giving it away could break what \(owner.user) does with it.",
      fix: fix, address: "user:\(name)")
  }
}
