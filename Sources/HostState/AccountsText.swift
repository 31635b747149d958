/// `passwd(5)`, `shadow(5)` and `group(5)` as text; password hashes are judged here and go no further.
extension Accounts {
  /// Nil for `shadow` where it cannot be read.
  package init(passwd: String, shadow: String?, groups: String, loginDefinitions: String, today: Int) {
    var members: [String: [String]] = [:]
    var groupNames: [Substring: String] = [:]
    for fields in Self.records(in: groups) where fields.count >= 4 {
      members[String(fields[0])] = fields[3].split(separator: ",").map(String.init)
      if groupNames[fields[2]] == nil { groupNames[fields[2]] = String(fields[0]) }
    }
    var shadowed: [Substring: [Substring]] = [:]
    for fields in Self.records(in: shadow ?? "") where fields.count >= 2 && shadowed[fields[0]] == nil {
      shadowed[fields[0]] = fields
    }
    var users: [String: Account] = [:]
    var firstByNumber: [Int: String] = [:]
    for fields in Self.records(in: passwd) where fields.count >= 7 && users[String(fields[0])] == nil {
      var account = Account(
        name: String(fields[0]), uid: Int(fields[2]), group: groupNames[fields[3]] ?? String(fields[3]),
        home: Path(String(fields[5])), shell: String(fields[6]), password: .unknown,
        comment: String(fields[4]))
      if fields[1] != "x" {
        account.password = Account.Password(field: fields[1])
      } else if let entry = shadowed[fields[0]] {
        account.password = Account.Password(field: entry[1])
        account.expires = Self.number(entry, 7)
        account.passwordExpired = Self.mustChange(entry, today)
        // 99999 is what useradd(8) writes for never.
        account.passwordMaximumAge = Self.number(entry, 4).flatMap { 0..<99_999 ~= $0 ? $0 : nil }
        if let days = account.passwordMaximumAge, let changed = Self.number(entry, 2), !account.passwordExpired {
          let (end, isAbsurd) = changed.addingReportingOverflow(days + 1)
          account.passwordEnds = isAbsurd ? nil : end
        }
      } else if shadow != nil {
        account.password = .none
      }
      if let number = account.uid {
        account.twin = firstByNumber[number]
        firstByNumber[number] = firstByNumber[number] ?? account.name
      }
      users[account.name] = account
    }
    self.init(users: users, groups: members, today: today, newHomeMode: Self.homeMode(loginDefinitions))
  }

  /// Last change 0, or longer ago than the password may be old.
  private static func mustChange(_ entry: [Substring], _ today: Int) -> Bool {
    guard let changed = number(entry, 2) else { return false }
    if changed == 0 { return true }
    guard let oldest = number(entry, 4), oldest >= 0 else { return false }
    let (age, isAbsurd) = today.subtractingReportingOverflow(changed)
    return !isAbsurd && age > oldest
  }

  private static func number(_ entry: [Substring], _ place: Int) -> Int? {
    entry.count > place ? Int(entry[place]) : nil
  }

  /// `HOME_MODE`, else what `UMASK` leaves of 0777 (useradd(8)).
  private static func homeMode(_ loginDefinitions: String) -> FileMode {
    var umask: UInt16 = 0o022
    for line in loginDefinitions.lines where !line.hasPrefix("#") {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count >= 2, let value = UInt16(words[1], radix: 8) else { continue }
      if words[0] == "HOME_MODE" { return FileMode(value) }
      if words[0] == "UMASK" { umask = value }
    }
    return FileMode(0o777 & ~umask)
  }

  package static func records(in text: String) -> [[Substring]] {
    text.split(separator: "\n").compactMap { line in
      line.hasPrefix("#") || line.hasPrefix("+") || line.hasPrefix("-")
        ? nil : line.split(separator: ":", omittingEmptySubsequences: false)
    }
  }
}
