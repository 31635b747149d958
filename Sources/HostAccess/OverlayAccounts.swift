import Glibc
import HostState

/// `passwd(5)`, `shadow(5)` and `group(5)` as planned changes of the accounts leave them.
struct OverlayAccounts {
  /// The texts that change, by path.
  private(set) var files: [String: String] = [:]
  private var passwd: Table
  private var shadow: Table
  private var group: Table

  init(_ changes: [AccountsChange], lending lent: LentPassword? = nil) {
    self.init(
      changes, lending: lent, passwd: Self.text("/etc/passwd"), shadow: Self.text("/etc/shadow"),
      group: Self.text("/etc/group"))
  }

  init(
    _ changes: [AccountsChange], lending lent: LentPassword? = nil, passwd: String, shadow: String, group: String
  ) {
    (self.passwd, self.shadow, self.group) = (Table(passwd), Table(shadow), Table(group))
    for change in changes { apply(change) }
    if let lent { lend(lent) }
    if changes.isEmpty, lent == nil { return }
    for (path, table, old) in [
      ("/etc/passwd", self.passwd, passwd), ("/etc/shadow", self.shadow, shadow), ("/etc/group", self.group, group),
    ] where table.text != old && !old.isEmpty {
      files[path] = table.text
    }
  }

  private static func text(_ path: String) -> String {
    guard case .read(let text) = SmallFile.text(path) else { return "" }
    return text
  }

  private mutating func apply(_ change: AccountsChange) {
    switch change {
    case .user(let account): put(account)
    case .removeUser(let name):
      passwd[name] = nil
      shadow[name] = nil
    case .group(let name): _ = groupNumber(name)
    case .join(let user, let name):
      _ = groupNumber(name)
      revise(group: name) { if !$0.contains(user) { $0.append(user) } }
    case .leave(let user, let name): revise(group: name) { $0.removeAll { $0 == user } }
    case .comment(let user, let text):
      if let fields = passwd[user], fields.count > 4 { passwd[user]?[4] = text }
    }
  }

  private mutating func put(_ account: Account) {
    var line = passwd[account.name] ?? [account.name, "x", "", "", "", "", ""]
    while line.count < 7 { line.append("") }
    let number = account.uid.map(String.init) ?? (line[2].isEmpty ? passwd.freeNumber() : line[2])
    (line[2], line[5], line[6]) = (number, account.home.text, account.shell)
    if let comment = account.comment { line[4] = comment }
    line[3] = groupNumber(account.group, wish: number)
    passwd[account.name] = line
    var secret = shadow[account.name] ?? [account.name, "!", "19000", "0", "99999", "7", "", "", ""]
    while secret.count < 9 { secret.append("") }
    secret[1] = field(account.password, was: secret[1])
    secret[7] = account.expires.map(String.init) ?? ""
    if account.passwordExpired { secret[2] = "0" } else if secret[2] == "0" { secret[2] = "19000" }
    // What useradd(8) writes for never.
    if account.passwordMaximumAge == nil, let days = Int(secret[4]), days < 99_999 { secret[4] = "99999" }
    shadow[account.name] = secret
  }

  /// Another hash in the place of one that is there: who has no password is to have none.
  private mutating func lend(_ lent: LentPassword) {
    func replace(in table: inout Table) {
      guard let line = table[lent.account], line.count > 1, Account.Password(field: line[1]) == .usable else { return }
      table[lent.account]?[1] = lent.hash
    }
    // passwd(5): `x` sends whoever looks to shadow(5).
    replace(in: &passwd)
    replace(in: &shadow)
  }

  /// A hash that is there stays; where one is planned that nobody knows yet, a valid one that no password matches.
  private func field(_ password: Account.Password, was old: String) -> String {
    switch password {
    case .none: old.hasPrefix("*") ? old : "*"
    case .locked: old.hasPrefix("!") ? old : "!"
    case .usable: old.hasPrefix("$") ? old : "$6$harden$" + String(repeating: ".", count: 86)
    case .empty: ""
    case .doubtful, .unknown: old
    }
  }

  /// The number of a group as text, which is made where it is missing.
  private mutating func groupNumber(_ name: String, wish: String? = nil) -> String {
    if let line = group[name], line.count > 2 { return line[2] }
    let isFree = wish.map { wish in !group.lines.contains { $0.count > 2 && $0[2] == wish } } ?? false
    let number = isFree ? wish ?? "" : group.freeNumber()
    group[name] = [name, "x", number, ""]
    return number
  }

  private mutating func revise(group name: String, _ change: (inout [String]) -> Void) {
    guard var line = group[name], line.count > 3 else { return }
    var members = line[3].split(separator: ",").map(String.init)
    change(&members)
    line[3] = members.joined(separator: ",")
    group[name] = line
  }

  // MARK: Owners

  /// A planned entry with the numbers of its owner, who may be planned as well.
  func entry(_ planned: PlannedEntry) throws(OverlayHelper.Failure) -> OverlayEntry {
    switch planned {
    case .file(let contents, let mode, let owner):
      let (user, group) = try numbers(owner)
      return OverlayEntry(.file(contents: Array(contents.utf8)), mode: mode_t(mode.rawValue), user: user, group: group)
    case .directory(let mode, let owner):
      let (user, group) = try numbers(owner)
      return OverlayEntry(.directory, mode: mode_t(mode.rawValue), user: user, group: group)
    case .link(let target): return OverlayEntry(.link(target: target))
    case .removed: return OverlayEntry(.removed)
    }
  }

  private func numbers(_ owner: Owner) throws(OverlayHelper.Failure) -> (uid_t, gid_t) {
    guard let user = passwd[owner.user].flatMap({ $0.count > 2 ? uid_t($0[2]) : nil }) ?? Owners.user(owner.user),
      let group = group[owner.group].flatMap({ $0.count > 2 ? gid_t($0[2]) : nil }) ?? Owners.group(owner.group)
    else { throw OverlayHelper.Failure("no such user or group: \(owner)") }
    return (user, group)
  }
}

/// Lines of colon-separated fields, the first of which names the line.
private struct Table {
  private(set) var lines: [[String]]

  init(_ text: String) {
    lines = text.lines.map {
      $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    }
  }

  var text: String { lines.map { $0.joined(separator: ":") + "\n" }.joined() }

  subscript(name: String) -> [String]? {
    get { lines.first { $0.first == name } }
    set {
      let place = lines.firstIndex { $0.first == name }
      switch (place, newValue) {
      case (let place?, let line?): lines[place] = line
      case (let place?, nil): lines.remove(at: place)
      case (nil, let line?): lines.append(line)
      case (nil, nil): break
      }
    }
  }

  /// The lowest number of ordinary users that is above all given ones (login.defs: 1000 to 60000).
  func freeNumber() -> String {
    let taken = lines.compactMap { $0.count > 2 ? Int($0[2]) : nil }.filter { (1000..<60_000).contains($0) }
    return String((taken.max() ?? 999) + 1)
  }
}
