import HostState

/// A day known already on which an account that is open today is shut. Whoever set it may have meant it, so it stays.
struct AccountEnd {
  let subject: String
  let seen: String
  let wanted: String
  /// Counted from 1970.
  let day: Int

  /// Days before such a day from which on it is said every time, by `verify` as well.
  private static let notice = 30
  /// What lies beyond that is as good as never.
  private static let never = daysSince1970(year: 9999, month: 12, day: 31)

  private static func all(of account: Account) -> [AccountEnd] {
    let name = account.name
    var ends: [AccountEnd] = []
    if let day = account.expires, day < never {
      ends.append(
        AccountEnd(
          subject: "account \(name)", seen: "ends on \(civilDate(daysSince1970: day)), and then no key lets \(name) in",
          wanted: "no end (chage -E -1 \(name))", day: day))
    }
    if let day = account.passwordEnds, day < never {
      ends.append(
        AccountEnd(
          subject: "password of \(name)",
          seen: "over age from \(civilDate(daysSince1970: day)) on, and then no key lets \(name) in",
          wanted: "a new one (passwd \(name)), or no age (chage -M -1 \(name))", day: day))
    }
    return ends
  }

  /// Says what is to come, the nearer the louder.
  static func tell(of account: Account, today: Int, _ proposal: inout Proposal) {
    for end in all(of: account) where end.day > today {
      if end.day - today <= notice {
        proposal.waiting.append(Waiting(end.subject, seen: end.seen, wanted: end.wanted))
      } else {
        proposal.notes.append("\(end.subject): \(end.seen); better: \(end.wanted)")
      }
    }
  }
}
