/// A membership that harden made for an earlier recipe or input and that is declared no more: it goes.
///
///     FormerMember("deploy", of: "www-data")
///
/// The recipe's author never writes this one: it is declared from the ledger of what harden made. Who was let into the
/// web server's group reads the site's secrets, by his timers too, until he is let out again. What runs by then keeps
/// the group until it ends (credentials(7)).
public struct FormerMember: Resource {
  let user: String
  let group: String

  public init(_ user: String, of group: String) { (self.user, self.group) = (user, group) }

  /// From the address of the membership, `member:deploy:www-data`; nil where it is that of something else.
  public init?(member address: String) {
    let words = address.split(separator: ":").map(String.init)
    guard words.count == 3, words[0] == "member" else { return nil }
    (user, group) = (words[1], words[2])
  }

  public var address: String { "former-member:\(user):\(group)" }

  public static var examples: [FormerMember] { [FormerMember("nobody", of: "www-data")] }

  public func probes(given known: Observations) -> Set<Probe> { [.accounts] }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    let accounts = try host.accounts().known("the accounts")
    guard let accounts, accounts.users[user] != nil, accounts.groups[group]?.contains(user) == true else {
      return .nothing
    }
    let step = Step(
      .run(command: Command("/usr/bin/gpasswd", ["-d", user, group])),
      effects: [.accounts(change: .leave(user: user, group: group))], footprint: Footprint(accounts: [user, group]),
      title: "take \(user) out of \(group)")
    let change = Change("user \(user)", "group \(group)", from: "member", to: nil, warning: "no longer declared")
    return Proposal(changes: [change], steps: [step])
  }
}
