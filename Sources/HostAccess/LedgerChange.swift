import HostState

/// What a step makes harden's own, and what of that it takes away.
struct LedgerChange {
  /// Files and links beneath `/etc` and `/usr/local` that were not there before.
  var made: Set<Path> = []
  /// Those that are not there any more.
  var gone: Set<Path> = []
  /// Accounts and groups that were not there before.
  var accounts: Set<String> = []
  /// What accounts that were there were let into or given, by the address of the resource that gives it.
  var given: Set<String> = []
  /// What was taken from them, by the same address.
  var taken: Set<String> = []

  var isEmpty: Bool { made.isEmpty && gone.isEmpty && accounts.isEmpty && given.isEmpty && taken.isEmpty }

  init(_ step: Step, before: Image, after: Image) {
    let writesFiles: Bool
    switch step.action {
    case .write, .link, .remove, .run: writesFiles = true
    default: writesFiles = false
    }
    for item in Set(before.values.keys).union(after.values.keys) {
      switch item {
      case .path(let text) where writesFiles:
        let path = Path(text)
        guard path.isWithin("/etc") || path.isWithin("/usr/local") else { continue }
        if case .entry(let entry) = after[item], before[item] == .absent, entry.kind == .file || entry.kind == .link {
          made.insert(path)
        }
        if after[item] == .absent { gone.insert(path) }
      case .line("passwd", let user):
        if before[item] == .absent, after[item] != .absent { accounts.insert(user) }
        note("umask:\(user)", had: before[item].saysUmask, has: after[item].saysUmask)
      case .member("group", let group, let user):
        note("member:\(user):\(group)", had: before[item] != .absent, has: after[item] != .absent)
      default: break
      }
    }
  }

  private mutating func note(_ gift: String, had: Bool, has: Bool) {
    if has && !had { given.insert(gift) }
    if had && !has { taken.insert(gift) }
  }

  /// Whether the comment of a line of passwd gives a umask: pam_umask(8).
  static func givesUmask(_ comment: String) -> Bool {
    comment.split(separator: ",").contains { $0.lowercased().hasPrefix("umask=") }
  }
}

extension ImageValue {
  fileprivate var saysUmask: Bool {
    guard case .text(let line) = self else { return false }
    let fields = AccountImages.fields(line[...])
    return fields.count > 4 && LedgerChange.givesUmask(fields[4])
  }
}
