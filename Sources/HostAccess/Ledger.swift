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
    guard !made.isEmpty || !gone.isEmpty || !accounts.isEmpty else { return }
    var ledger = try load(paths)
    for key in ledger.entries.keys {
      ledger.entries[key]?.files.removeAll { gone.contains($0) || made.contains($0) }
      if let entry = ledger.entries[key], entry.files.isEmpty, entry.accounts.isEmpty { ledger.entries[key] = nil }
    }
    if !made.isEmpty || !accounts.isEmpty {
      var entry = ledger.entries[address] ?? Entry(run: run)
      entry.files = Set(entry.files).union(made).sorted()
      entry.accounts = Set(entry.accounts).union(accounts).sorted()
      entry.run = run
      ledger.entries[address] = entry
    }
    try ledger.save(paths)
  }

  /// Drops what is not on the host any more, after an undo.
  static func prune(_ paths: StatePaths) throws(Diagnostic) {
    var ledger = try load(paths)
    let before = ledger
    let users = Set(SafeFiles.lines(of: "/etc/passwd").map { String($0.prefix { $0 != ":" }) })
    for (address, entry) in ledger.entries {
      var kept = entry
      kept.files = []
      for path in entry.files where try SafeFiles.status(path) != nil { kept.files.append(path) }
      kept.accounts = entry.accounts.filter(users.contains)
      ledger.entries[address] = kept.files.isEmpty && kept.accounts.isEmpty ? nil : kept
    }
    if ledger != before { try ledger.save(paths) }
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
