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
    let change = LedgerChange(step, before: before, after: after)
    guard !change.isEmpty else { return }
    var ledger = try load(paths)
    for key in ledger.entries.keys {
      ledger.entries[key]?.files.removeAll { change.gone.contains($0) || change.made.contains($0) }
      if change.taken.contains(key) { ledger.entries[key]?.given = nil }
      if let entry = ledger.entries[key], entry.isEmpty { ledger.entries[key] = nil }
    }
    let isGiven = change.given.contains(address)
    if !change.made.isEmpty || !change.accounts.isEmpty || isGiven {
      var entry = ledger.entries[address] ?? Entry(run: run)
      entry.files = Set(entry.files).union(change.made).sorted()
      entry.accounts = Set(entry.accounts).union(change.accounts).sorted()
      if isGiven { entry.given = [address] }
      entry.run = run
      ledger.entries[address] = entry
    }
    try ledger.save(paths)
  }

  /// What the ledger holds of what a step removed, nil for nothing: once the step is taken back, it is harden's again.
  static func disowned(
    by step: Step, before: Image, after: Image, in paths: StatePaths
  ) throws(Diagnostic) -> [String: Entry]? {
    let change = LedgerChange(step, before: before, after: after)
    guard !change.gone.isEmpty || !change.taken.isEmpty else { return nil }
    var disowned: [String: Entry] = [:]
    for (address, entry) in try load(paths).entries {
      var lost = Entry(run: entry.run)
      lost.files = entry.files.filter(change.gone.contains)
      if change.taken.contains(address) { lost.given = entry.given }
      if !lost.isEmpty { disowned[address] = lost }
    }
    return disowned.isEmpty ? nil : disowned
  }

  /// Notes again what a step had removed that was taken back.
  static func regain(_ disowned: [String: Entry]?, in paths: StatePaths) throws(Diagnostic) {
    guard let disowned, !disowned.isEmpty else { return }
    var ledger = try load(paths)
    let files = Set(disowned.values.flatMap(\.files))
    for key in ledger.entries.keys { ledger.entries[key]?.files.removeAll(where: files.contains) }
    for (address, lost) in disowned {
      var entry = ledger.entries[address] ?? Entry(run: lost.run)
      entry.files = Set(entry.files).union(lost.files).sorted()
      entry.given = entry.given ?? lost.given
      ledger.entries[address] = entry
    }
    ledger.entries = ledger.entries.filter { !$0.value.isEmpty }
    try ledger.save(paths)
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
      return words.count == 2 && line.count == 7 && line[0] == words[1] && LedgerChange.givesUmask(line[4])
    }
  }
}

extension Ledger.Entry {
  fileprivate var isEmpty: Bool { files.isEmpty && accounts.isEmpty && given == nil }
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
