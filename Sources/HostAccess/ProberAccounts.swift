import Glibc
import HostState

/// Names by number, from `/etc/passwd` and `/etc/group`.
struct AccountNames {
  var users: [UInt32: String] = [:]
  var groups: [UInt32: String] = [:]

  /// The number as text where nobody has it.
  func owner(user: UInt32, group: UInt32) -> Owner {
    Owner(users[user] ?? String(user), groups[group] ?? String(group))
  }

  static func read() -> AccountNames {
    var names = AccountNames()
    for fields in AccountsReading.records("/etc/passwd") where fields.count >= 4 {
      if let number = UInt32(fields[2]), names.users[number] == nil { names.users[number] = String(fields[0]) }
    }
    for fields in AccountsReading.records("/etc/group") where fields.count >= 3 {
      if let number = UInt32(fields[2]), names.groups[number] == nil { names.groups[number] = String(fields[0]) }
    }
    return names
  }
}

/// `passwd(5)`, `shadow(5)` and `group(5)`; password hashes are judged here and go no further.
enum AccountsReading {
  static func answer() -> Answer<Fact> {
    let passwd: String
    switch SmallFile.text("/etc/passwd") {
    case .read(let text): passwd = text
    case .absent: return .unreadable(reason: "there is no /etc/passwd")
    case .unreadable(let reason): return .unreadable(reason: "/etc/passwd: \(reason)")
    }
    var shadow: String?
    if case .read(let text) = SmallFile.text("/etc/shadow") { shadow = text }
    var loginDefinitions = ""
    if case .read(let text) = SmallFile.text("/etc/login.defs") { loginDefinitions = text }
    var groups = ""
    if case .read(let text) = SmallFile.text("/etc/group") { groups = text }
    return .there(
      value: .accounts(
        Accounts(
          passwd: passwd, shadow: shadow, groups: groups, loginDefinitions: loginDefinitions, today: time(nil) / 86_400)
      ))
  }

  static func records(_ path: String) -> [[Substring]] {
    guard case .read(let text) = SmallFile.text(path) else { return [] }
    return Accounts.records(in: text)
  }
}
