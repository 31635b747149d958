/// An administrator whom the recipe no longer declares: the keys and rules that harden gave go, the home stays.
///
///     FormerUser("deploy")
///
/// The recipe's author never writes this one: it is declared from the ledger of what harden made.
public struct FormerUser: Resource {
  let name: String

  public init(_ name: String) { self.name = name }

  public var address: String { "former-user:\(name)" }

  public static var examples: [FormerUser] { [FormerUser("deploy"), FormerUser("sync")] }

  private var ledger: Path { UserKeys.ledger(name) }
  private var rule: Path { UserSudo.file(name) }

  public func probes(given known: Observations) -> Set<Probe> {
    var probes: Set<Probe> = [.accounts, .operator, .file(path: ledger), .contents(path: ledger), .file(path: rule)]
    guard case .there(.accounts(let accounts))? = known.answer(.accounts) else { return probes }
    if let account = accounts.users[name] {
      probes.formUnion(UserKeys.probes(account, known))
    }
    return probes
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    guard let accounts = try host.accounts().known("the list of accounts") else { throw .noAccounts }
    let account = accounts.users[name]
    var proposal = Proposal()
    let isRemembered = try host.file(ledger) != .absent
    let hasRule = try host.file(rule) != .absent
    guard isRemembered || hasRule else { return proposal }
    if let account {
      var keys = UserKeys(account, subject: "user \(name)")
      keys.isFormer = true
      try keys.settle(keys: [], exclusive: false, &proposal, on: host)
    }
    if hasRule {
      proposal.changes.append(
        Change("user \(name)", "sudo", from: "given by harden", to: nil, risk: .closes, warning: "no longer declared"))
      proposal.steps.append(Step(.remove(path: rule, check: SudoersCheck.command), risk: .closes))
    }
    if isRemembered {
      proposal.steps.append(Step(.remove(path: ledger, check: nil), risk: .closes))
    }
    if let account, account.uid != 0 {
      shut(account, isOperator: try host.operator().value?.login == name, &proposal)
    }
    if proposal.changes.isEmpty {
      proposal.changes.append(Change("user \(name)", from: "declared", to: nil, warning: "no longer declared"))
    }
    return proposal
  }

  /// No password that could still be typed, and last of all no session that goes on.
  private func shut(_ account: Account, isOperator: Bool, _ proposal: inout Proposal) {
    var steps = AccountSteps(account)
    if account.password.opens { steps.dropPassword(risk: .closes) }
    proposal.changes += steps.changes
    proposal.steps += steps.steps
    guard !isOperator else {
      proposal.notes.append(
        "You are logged in as \(name), so that account's sessions are left to you: loginctl terminate-user \(name)")
      return
    }
    // loginctl ends with 1 where there is no session to end.
    proposal.steps.append(
      Step(
        .run(command: Command("/usr/bin/loginctl", ["terminate-user", name], accepted: [0, 1])), risk: .closes,
        effects: [.accounts(change: .user(account: steps.account))], footprint: Footprint(accounts: [name]),
        title: "end the sessions of \(name)"))
  }
}
