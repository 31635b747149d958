/// An account and what it may do.
///
///     User("deploy", role: .administrator, keys: [key])
///     User("www-data", role: .service)
///     User("root", role: .consoleOnly)
///
/// Keys are owned line by line: the declared ones are there, those that harden put there and that are declared no longer
/// go, other people's stay and are told, unless the list is `exclusive`. Which lines are harden's is remembered in
/// `/etc/harden/keys`, never in the line itself.
public struct User: Resource {
  public enum Role: String, Hashable, Codable, Sendable {
    /// Gets in over SSH by key, and may become root through sudo.
    case administrator
    /// Runs a daemon: no shell, no password, no keys, no sudo.
    case service
    /// Root at the provider's console and nowhere else. Its password is never written.
    case consoleOnly
  }

  let name: String
  let role: Role
  let keys: [PublicKey]
  let exclusive: Bool

  /// `exclusive`: keys that are not declared are removed, whoever put them there.
  public init(_ name: String, role: Role, keys: [PublicKey] = [], exclusive: Bool = false) {
    (self.name, self.role, self.keys, self.exclusive) = (name, role, keys, exclusive)
  }

  public var address: String { "user:\(name)" }

  public var grants: Grants {
    role == .administrator ? Grants(administrators: [.init(name: name, keys: keys)]) : Grants()
  }

  public static var examples: [User] {
    let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJzV2ixhLYdqnkaGFVPvGhGQ0oLGvAE2Mzq1xkq0fB1d you@laptop"
    let keys = (try? PublicKey(line: line)).map { [$0] } ?? []
    return [
      User("deploy", role: .administrator, keys: keys), User("www-data", role: .service),
      User("gunicorn", role: .service), User("root", role: .consoleOnly),
    ]
  }

  public func probes(given known: Observations) -> Set<Probe> {
    switch role {
    case .administrator: administratorProbes(known)
    case .service: serviceProbes(known)
    case .consoleOnly: consoleProbes(known)
    }
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    switch role {
    case .administrator: try administratorProposal(host)
    case .service: try serviceProposal(host)
    case .consoleOnly: try consoleProposal(host)
    }
  }

  var subject: String { "user \(name)" }
}

extension Account {
  /// What can be said of an account by its name alone, before it is made.
  static func planned(_ name: String, home: Path? = nil, shell: String = "/bin/bash") -> Account {
    Account(
      name: name, uid: nil, group: name, home: home ?? Path("/home/\(name)"), shell: shell, password: .none)
  }

  var owner: Owner { Owner(name, group) }
}

/// Changes of one account by the tools of Debian's `passwd` package.
struct AccountSteps {
  let before: Account
  private(set) var account: Account
  private(set) var changes: [Change] = []
  private(set) var steps: [Step] = []

  init(_ account: Account) { (before, self.account) = (account, account) }

  /// Runs a tool, after which the account is as `revise` leaves it.
  mutating func run(
    _ tool: Path, _ arguments: [String], change: Change, title: String, revise: (inout Account) -> Void
  ) {
    revise(&account)
    changes.append(change)
    steps.append(
      Step(
        .run(command: Command(tool, arguments + [account.name])), risk: change.risk,
        requires: [.account(account.name)], effects: [.accounts(change: .user(account: account))],
        footprint: Footprint(accounts: [account.name]), title: title))
  }

  /// No password that anybody could type. `*`, not `!`: with `UsePAM no` sshd refuses keys of an account that has `!`.
  mutating func dropPassword(risk: Risk) {
    run(
      "/usr/sbin/usermod", ["-p", "*"],
      change: Change(
        "user \(account.name)", "password", from: account.password.words, to: "none", risk: risk),
      title: "take the password of \(account.name)"
    ) { $0.password = .none }
  }

  mutating func setShell(_ shell: String, risk: Risk) {
    run(
      "/usr/sbin/usermod", ["-s", shell],
      change: Change(
        "user \(account.name)", "shell", from: account.shell.isEmpty ? "/bin/sh" : account.shell, to: shell,
        risk: risk),
      title: "set the shell of \(account.name)"
    ) { $0.shell = shell }
  }
}

extension Account.Password {
  var words: String {
    switch self {
    case .none: "none"
    case .locked: "locked"
    case .usable: "set"
    case .doubtful: "set, or none"
    case .empty: "empty"
    case .unknown: "unknown"
    }
  }
}
