/// What runs a daemon: an account that nobody logs in to.
extension User {
  private static let noShell = "/usr/sbin/nologin"
  /// Groups whose members Debian or Ubuntu let become root.
  static let powerfulGroups = ["admin", "sudo", "wheel"]

  func serviceProbes(_ known: Observations) -> Set<Probe> {
    var probes: Set<Probe> = [.accounts, .package(name: "sudo")]
    guard case .there(.accounts(let accounts))? = known.answer(.accounts), let account = accounts.users[name] else {
      return probes
    }
    probes.formUnion([.file(path: keyFile(account)), .contents(path: keyFile(account))])
    if (try? known.hasPackage("sudo")) == true { probes.insert(.output(question: UserSudo.question(name))) }
    return probes
  }

  func serviceProposal(_ host: Observations) throws(Diagnostic) -> Proposal {
    guard let accounts = try host.accounts().known("the list of accounts") else { throw .noAccounts }
    guard let account = accounts.users[name] else { return makeService() }
    guard account.uid != 0 else { throw .rootAsService(name) }
    var proposal = Proposal()
    var steps = AccountSteps(account)
    if account.canLogIn { steps.setShell(Self.noShell, risk: .closes) }
    if account.password.opens { steps.dropPassword(risk: .closes) }
    proposal.changes += steps.changes
    proposal.steps += steps.steps
    for group in Self.powerfulGroups where accounts.groups[group]?.contains(name) == true {
      proposal.changes.append(Change(subject, "group", from: group, to: nil, risk: .closes))
      proposal.steps.append(
        Step(
          .run(command: Command("/usr/bin/gpasswd", ["-d", name, group])), risk: .closes,
          requires: [.account(name)], effects: [.accounts(change: .leave(user: name, group: group))],
          footprint: Footprint(accounts: [group]), title: "take \(name) out of group \(group)"))
    }
    try removeKeys(account, &proposal, on: host)
    try tellOfSudo(&proposal, on: host)
    return proposal
  }

  private func makeService() -> Proposal {
    let account = Account.planned(name, home: "/nonexistent", shell: Self.noShell)
    let command = Command(
      "/usr/sbin/useradd",
      ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", Self.noShell, "-p", "*", name])
    return Proposal(
      changes: [Change(subject, from: nil, to: "service, no shell, no password")],
      steps: [
        Step(
          .run(command: command), effects: [.accounts(change: .user(account: account))],
          footprint: Footprint(accounts: [name]), title: "make the account \(name)")
      ])
  }

  private func keyFile(_ account: Account) -> Path { account.home / ".ssh/authorized_keys" }

  private func removeKeys(
    _ account: Account, _ proposal: inout Proposal, on host: Observations
  ) throws(Diagnostic) {
    let file = keyFile(account)
    guard let status = try host.file(file).known(file.text) else { return }
    guard case .file = status.kind, let text = try host.contents(file).known(file.text) else {
      proposal.notes.append("\(file) is a link or no file; whether \(name) has keys was not read.")
      return
    }
    let entries = AuthorizedKeys(text).entries.filter(\.isKeyLine)
    guard !entries.isEmpty else { return }
    for entry in entries {
      proposal.changes.append(
        Change(subject, "key", from: entry.key?.shown ?? "a line of \(file)", to: nil, risk: .closes))
    }
    proposal.steps.append(Step(.remove(path: file, check: nil), risk: .closes))
  }

  /// Rules that others wrote for it are told; whether they are needed is theirs to say.
  private func tellOfSudo(_ proposal: inout Proposal, on host: Observations) throws(Diagnostic) {
    guard try host.hasPackage("sudo"), let result = try host.output(UserSudo.question(name)).value else { return }
    for rule in SudoRights(result.output).rules {
      proposal.notes.append("\(name) may use sudo: \(rule). See: sudo -l -U \(name)")
    }
  }
}

extension Diagnostic {
  fileprivate static func rootAsService(_ name: String) -> Diagnostic {
    Diagnostic(
      "A service with uid 0",
      detail: "\(name) has uid 0, so whatever runs as it is root, and taking its shell would take root's.",
      fix: "Let the service run as an account of its own.", address: "user:\(name)")
  }
}
