/// An account that belongs to a further group.
///
///     GroupMember("deploy", of: "www-data")
///
/// Who runs `manage.py` must read what only the web server's group may read, and write where the web server writes. It
/// holds from the next login on. One that left the recipe goes again, if harden made it (`FormerMember`).
public struct GroupMember: Resource {
  let user: String
  let group: String

  public init(_ user: String, of group: String) { (self.user, self.group) = (user, group) }

  public var address: String { "member:\(user):\(group)" }

  public static var examples: [GroupMember] { [GroupMember("nobody", of: "www-data")] }

  public func probes(given known: Observations) -> Set<Probe> { [.accounts] }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    // An account that is not there yet is somebody else's to make; the step waits for it.
    let accounts = try host.accounts().known("the accounts")
    if let accounts, accounts.groups(of: user).contains(group) { return .nothing }
    // Root's own group, and those that Debian lets become root or read every secret.
    guard !["root", "shadow", "disk", "docker", "lxd", "sudo"].contains(group) else { throw .asGoodAsRoot(user, group) }
    let step = Step(
      .run(command: Command("/usr/sbin/usermod", ["-a", "-G", group, user])),
      requires: [.account(user), .group(group)], effects: [.accounts(change: .join(user: user, group: group))],
      footprint: Footprint(accounts: [user, group]), title: "let \(user) join \(group)")
    return Proposal(changes: [Change("user \(user)", "group \(group)", from: "no", to: "member")], steps: [step])
  }
}

extension Diagnostic {
  fileprivate static func asGoodAsRoot(_ user: String, _ group: String) -> Diagnostic {
    Diagnostic(
      "Group as good as root",
      detail: "A member of \(group) is root in all but name. harden gives that to administrators alone, through sudo.",
      fix: "User(\"\(user)\", role: .administrator, keys: [key])")
  }
}
