/// The file mode creation mask that an account's sessions start with.
///
///     Umask("deploy", 0o022)
///
/// Debian 13 gives an account whose group bears its own name the umask 002, and tools that set modes by it (`pip`) then
/// leave programs that the group may write, in folders whose group is the web server's. It is said in the account's
/// comment, which pam_umask(8) reads before anything else, and holds from the next login on.
public struct Umask: Resource {
  let user: String
  let mask: FileMode

  public init(_ user: String, _ mask: FileMode) { (self.user, self.mask) = (user, mask) }

  public var address: String { "umask:\(user)" }

  public static var examples: [Umask] { [Umask("nobody", 0o022)] }

  public func probes(given known: Observations) -> Set<Probe> { [.accounts] }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    guard FileMode(0o777).contains(mask) else { throw .notAMask(mask) }
    // An account that is not there yet is somebody else's to make; the step waits for it.
    let comment = try host.accounts().known("the accounts")?.users[user]?.comment ?? ""
    let wanted = Self.key + text
    let found = comment.split(separator: ",").last { $0.lowercased().hasPrefix(Self.key) }
    if let found, found == wanted { return .nothing }
    let new = Self.replacing(comment, with: wanted)
    let step = Step(
      .run(command: Command("/usr/sbin/usermod", ["-c", new, user])), requires: [.account(user)],
      effects: [.accounts(change: .comment(user: user, text: new))], footprint: Footprint(accounts: [user]),
      title: "give \(user) the umask \(text)")
    let before = found.map { String($0.dropFirst(Self.key.count)) }
    return Proposal(
      changes: [Change("user \(user)", "umask", from: before, to: text)], steps: [step])
  }

  fileprivate static let key = "umask="

  /// Three octal digits, as umask(1) writes it.
  private var text: String { String(mask.description.dropFirst()) }

  /// The fifth field is for whatever is not a name, a room or a telephone (chfn(1)).
  private static func replacing(_ comment: String, with word: String) -> String {
    var fields = comment.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      .filter { !$0.lowercased().hasPrefix(key) }
    while fields.count < 4 { fields.append("") }
    return (fields + [word]).joined(separator: ",")
  }
}

/// A umask that harden gave an account for an earlier recipe or input and that is declared no more: it goes.
///
///     FormerUmask("deploy")
///
/// The recipe's author never writes this one: it is declared from the ledger of what harden made.
public struct FormerUmask: Resource {
  let user: String

  public init(_ user: String) { self.user = user }

  public var address: String { "former-umask:\(user)" }

  public static var examples: [FormerUmask] { [FormerUmask("nobody")] }

  public func probes(given known: Observations) -> Set<Probe> { [.accounts] }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    guard let comment = try host.accounts().known("the accounts")?.users[user]?.comment else { return .nothing }
    var fields = comment.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard let found = fields.last(where: { $0.lowercased().hasPrefix(Umask.key) }) else { return .nothing }
    fields.removeAll { $0.lowercased().hasPrefix(Umask.key) }
    let new = fields.allSatisfy(\.isEmpty) ? "" : fields.joined(separator: ",")
    let step = Step(
      .run(command: Command("/usr/sbin/usermod", ["-c", new, user])),
      effects: [.accounts(change: .comment(user: user, text: new))], footprint: Footprint(accounts: [user]),
      title: "take the umask from \(user)")
    let before = String(found.dropFirst(Umask.key.count))
    let change = Change("user \(user)", "umask", from: before, to: nil, warning: "no longer declared")
    return Proposal(changes: [change], steps: [step])
  }
}

extension Diagnostic {
  fileprivate static func notAMask(_ mask: FileMode) -> Diagnostic {
    Diagnostic(
      "Not a umask", detail: "\(mask) has more than the nine permission bits that a umask can take away.",
      fix: "Umask(\"deploy\", 0o022)")
  }
}
