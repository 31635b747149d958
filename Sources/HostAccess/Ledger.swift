import HostState

/// What harden made on this host, by resource: what is declared no more is taken away by it, and nothing else ever is.
///
/// Packages, homes, trees and secrets are never in it.
public struct Ledger: Hashable, Codable, Sendable {
  public struct Entry: Hashable, Codable, Sendable {
    /// Files and links beneath `/etc` and `/usr/local` that were not there before.
    public var files: [Path] = []
    /// Accounts and groups that were not there before.
    public var accounts: [String] = []
    /// Accounts that were let into a group, or were given a umask; nil in what older releases wrote.
    public var given: [String]?
    /// The run that added last.
    public var run: Int
  }
  static let currentFormat = 1
  public var format = Ledger.currentFormat
  /// By address of the resource.
  public var entries: [String: Entry] = [:]

  /// - Throws: a `Diagnostic` when it is damaged or of a newer harden.
  public static func load(_ paths: StatePaths = .standard) throws(Diagnostic) -> Ledger {
    guard let bytes = try SafeFiles.read(paths.ledger) else { return Ledger() }
    return try StateFile.decoded(
      bytes, newest: currentFormat, newer: { .newer(paths.ledger, $0) }, damaged: .damaged(paths.ledger))
  }

  public func save(_ paths: StatePaths = .standard) throws(Diagnostic) {
    try StatePaths.makeDirectory(paths.state)
    try StateFile.write(self, to: paths.ledger)
  }

  /// Notes what a step made, and forgets what it removed.
  static func record(
    _ step: Step, address: String, before: Image, after: Image, run: Int, in paths: StatePaths
  ) throws(Diagnostic) {
    var (made, gone, accounts) = ([Path](), [Path](), [String]())
    let (given, taken) = gifts(step, before, after)
    let isFile: Bool
    switch step.action {
    case .write, .link, .remove, .run: isFile = true
    default: isFile = false
    }
    for item in Set(before.values.keys).union(after.values.keys).sorted() {
      switch item {
      case .path(let text) where isFile:
        let path = Path(text)
        guard path.isWithin("/etc") || path.isWithin("/usr/local") else { continue }
        if case .entry(let entry) = after[item], before[item] == .absent, entry.kind == .file || entry.kind == .link {
          made.append(path)
        }
        if after[item] == .absent { gone.append(path) }
      case .line("passwd", let name) where before[item] == .absent && after[item] != .absent: accounts.append(name)
      default: break
      }
    }
    guard !made.isEmpty || !gone.isEmpty || !accounts.isEmpty || !given.isEmpty || !taken.isEmpty else { return }
    var ledger = try load(paths)
    for key in ledger.entries.keys {
      ledger.entries[key]?.files.removeAll { gone.contains($0) || made.contains($0) }
      if taken.contains(key) { ledger.entries[key]?.given = nil }
      if let entry = ledger.entries[key], entry.isEmpty { ledger.entries[key] = nil }
    }
    if !made.isEmpty || !accounts.isEmpty || given.contains(address) {
      var entry = ledger.entries[address] ?? Entry(run: run)
      entry.files = Set(entry.files).union(made).sorted()
      entry.accounts = Set(entry.accounts).union(accounts).sorted()
      if given.contains(address) { entry.given = [address] }
      entry.run = run
      ledger.entries[address] = entry
    }
    try ledger.save(paths)
  }

  /// What a step gave to accounts that were there, and took from them, by the address of who gives it.
  private static func gifts(_ step: Step, _ before: Image, _ after: Image) -> (given: Set<String>, taken: Set<String>) {
    var (given, taken): (Set<String>, Set<String>) = ([], [])
    for item in Set(before.values.keys).union(after.values.keys) {
      let (name, had, has): (String, Bool, Bool)
      switch item {
      case .member("group", let group, let user):
        (name, had, has) = ("member:\(user):\(group)", before[item] != .absent, after[item] != .absent)
      case .line("passwd", let user):
        (name, had, has) = ("umask:\(user)", before[item].saysUmask, after[item].saysUmask)
      default: continue
      }
      if has && !had { given.insert(name) }
      if had && !has { taken.insert(name) }
    }
    return (given, taken)
  }

  /// Drops what is not on the host any more, after an undo.
  static func prune(_ paths: StatePaths) throws(Diagnostic) {
    var ledger = try load(paths)
    let before = ledger
    let (passwd, group) = (lines(of: "passwd"), lines(of: "group"))
    let users = Set(passwd.map { $0[0] })
    for (address, entry) in ledger.entries {
      var kept = entry
      kept.files = []
      for path in entry.files where try SafeFiles.status(path) != nil { kept.files.append(path) }
      kept.accounts = entry.accounts.filter(users.contains)
      if entry.given != nil, !isGiven(address, passwd + group) { kept.given = nil }
      ledger.entries[address] = kept.isEmpty ? nil : kept
    }
    if ledger != before { try ledger.save(paths) }
  }
}

extension Ledger {
  private static func lines(of file: String) -> [[String]] {
    SafeFiles.lines(of: AccountImages.path(file)).map(AccountImages.fields)
  }

  /// Whether an account still has what it was given, by the lines of passwd and group.
  private static func isGiven(_ address: String, _ lines: [[String]]) -> Bool {
    let words = address.split(separator: ":").map(String.init)
    return lines.contains { line in
      if words.count == 3, words[0] == "member" {
        return line.count == 4 && line[0] == words[2] && AccountImages.members(line[3]).contains(words[1])
      }
      return words.count == 2 && line.count == 7 && line[0] == words[1] && givesUmask(line[4])
    }
  }
}

/// Whether the comment of a line of passwd gives a umask: pam_umask(8).
private func givesUmask(_ comment: String) -> Bool {
  comment.split(separator: ",").contains { $0.lowercased().hasPrefix("umask=") }
}

extension Ledger.Entry {
  fileprivate var isEmpty: Bool { files.isEmpty && accounts.isEmpty && given == nil }
}

extension ImageValue {
  fileprivate var saysUmask: Bool {
    guard case .text(let line) = self else { return false }
    let fields = AccountImages.fields(line[...])
    return fields.count > 4 && givesUmask(fields[4])
  }
}

extension Diagnostic {
  fileprivate static func newer(_ path: Path, _ format: Int) -> Diagnostic {
    Diagnostic(
      "State of a newer harden",
      detail: "\(path) is written in format \(format), and this harden knows formats up to \(Ledger.currentFormat).",
      fix: "Use the harden that made it, or a newer one.")
  }

  fileprivate static func damaged(_ path: Path) -> Diagnostic {
    Diagnostic(
      "State damaged", detail: "\(path) is not as harden wrote it: what harden made here is not known any more.",
      fix: "Restore \(path) from a backup, or move it aside: harden then owns nothing that it finds.")
  }
}
