/// One line of `passwd(5)` with what `shadow(5)` says of it; the hash itself never leaves the prober.
public struct Account: Hashable, Codable, Sendable {
  public enum Password: String, Hashable, Codable, Sendable {
    /// `*` or another field that no password matches: keys still work.
    case none
    /// Begins with `!`: with `UsePAM no` sshd refuses keys too.
    case locked
    case usable
    /// Letters as crypt(5)'s oldest schemes, DES and its kin, have them: it may be one, or a password that was written
    /// there instead of its hash.
    case doubtful
    /// An empty field: no password is asked for.
    case empty
    /// `/etc/shadow` could not be read.
    case unknown
  }
  public let name: String
  /// Nil for a planned account: `useradd` picks it.
  public var uid: Int?
  public var group: String
  public var home: Path
  public var shell: String
  public var password: Password
  /// Days since 1970 after which the account is closed (`chage -E`).
  public var expires: Int?
  /// Whether a login now would demand a new password or be refused for an over-age one.
  public var passwordExpired: Bool
  /// Days that a password may be old (`chage -M`); nil where it never is over age.
  public var passwordMaximumAge: Int?
  /// Day, counted from 1970, from which on the password is over age; nil where it never is, and where it is already.
  public var passwordEnds: Int?
  /// The field that passwd(5) calls a comment; nil where nobody has looked, or as it was.
  public var comment: String?
  /// An account with the same number that stands before this one in passwd(5): who asks by number, sudo among them, gets
  /// that one.
  public var twin: String?

  public init(
    name: String, uid: Int?, group: String, home: Path, shell: String, password: Password, expires: Int? = nil,
    passwordExpired: Bool = false, passwordMaximumAge: Int? = nil, comment: String? = nil
  ) {
    self.name = name
    self.uid = uid
    self.group = group
    self.home = home
    self.shell = shell
    self.password = password
    self.expires = expires
    self.passwordExpired = passwordExpired
    self.passwordMaximumAge = passwordMaximumAge
    self.comment = comment
  }
}

extension Account {
  /// Whether a login gets a shell. An empty one is `/bin/sh`: passwd(5).
  package var canLogIn: Bool {
    !["nologin", "false", "sync", "halt", "shutdown"].contains(shell.split(separator: "/").last ?? "sh")
  }
}

/// `passwd(5)`, `shadow(5)` and `group(5)` together.
public struct Accounts: Hashable, Codable, Sendable {
  public var users: [String: Account]
  /// Supplementary members of each group, as `/etc/group` lists them.
  public var groups: [String: [String]]
  /// Day of today, counted from 1970, to hold `expires` against.
  public var today: Int
  /// `HOME_MODE` of `/etc/login.defs`, or what its absence means (0755).
  public var newHomeMode: FileMode

  public init(users: [String: Account], groups: [String: [String]], today: Int, newHomeMode: FileMode = 0o755) {
    (self.users, self.groups, self.today, self.newHomeMode) = (users, groups, today, newHomeMode)
  }

  public func groups(of user: String) -> Set<String> {
    var names = Set(groups.filter { $0.value.contains(user) }.keys)
    if let primary = users[user]?.group { names.insert(primary) }
    return names
  }
}

/// One planned change of the accounts; changes of different steps add up.
public enum AccountsChange: Hashable, Codable, Sendable {
  /// Makes the account, or replaces its fields.
  case user(account: Account)
  case removeUser(name: String)
  case group(name: String)
  case join(user: String, group: String)
  case leave(user: String, group: String)
  /// Of an account that is there.
  case comment(user: String, text: String)

  public func apply(to accounts: inout Accounts) {
    switch self {
    case .user(var account):
      account.comment = account.comment ?? accounts.users[account.name]?.comment ?? ""
      accounts.users[account.name] = account
      if accounts.groups[account.group] == nil { accounts.groups[account.group] = [] }
    case .removeUser(let name): accounts.users[name] = nil
    case .group(let name): if accounts.groups[name] == nil { accounts.groups[name] = [] }
    case .join(let user, let group):
      var members = accounts.groups[group] ?? []
      if !members.contains(user) { members.append(user) }
      accounts.groups[group] = members
    case .leave(let user, let group): accounts.groups[group]?.removeAll { $0 == user }
    case .comment(let user, let text): accounts.users[user]?.comment = text
    }
  }
}

extension [AccountsChange] {
  /// Those that one account's own lines and groups come from.
  func concerning(_ name: String) -> [AccountsChange] {
    var groups: Set<String> = []
    for change in self {
      switch change {
      case .user(let account) where account.name == name: groups.insert(account.group)
      case .join(name, let group): groups.insert(group)
      default: break
      }
    }
    return filter { change in
      switch change {
      case .user(let account): account.name == name
      case .removeUser(let user), .join(let user, _), .leave(let user, _), .comment(let user, _): user == name
      case .group(let group): groups.contains(group)
      }
    }
  }
}
