import Glibc
import HostState

/// What the ledger says of runs: it is written once a step is done, and the journal says so by then.
struct LedgerTestimony {
  /// Addresses of resources by the run that made something of theirs last.
  private let addresses: [Int: Set<String>]

  /// A ledger that cannot be read says nothing; whoever needs it finds out.
  init(_ paths: StatePaths) {
    let entries = (try? Ledger.load(paths))?.entries ?? [:]
    addresses = entries.filter { $0.value.run > 0 }
      .reduce(into: [:]) { $0[$1.value.run, default: []].insert($1.key) }
  }

  var runs: Set<Int> { Set(addresses.keys) }

  func agrees(with journal: Journal) -> Bool {
    guard let known = addresses[journal.header.number] else { return true }
    return known.isSubset(of: journal.records.compactMap(\.planned?.address))
  }
}

extension Journal {
  /// Runs that did something, and of which nothing more is known: their journal is gone, or what tells how to read it.
  static func lost(in paths: StatePaths) throws(Diagnostic) -> [Int] {
    let testimony = LedgerTestimony(paths)
    var lost: [Int] = []
    for number in Set(try numbers(in: paths)).union(testimony.runs).sorted() {
      let directory = directory(number, in: paths)
      guard try SafeFiles.status(directory / "header.json") == nil else { continue }
      // One that was killed as it began has an empty journal, and no header yet.
      let size = try SafeFiles.status(directory / "journal")?.st_size ?? 0
      if testimony.runs.contains(number) || size > 0 { lost.append(number) }
    }
    return lost
  }

  /// Goes on without runs that are lost: the ledger names them no more, and what is left of them lies in the vault.
  static func giveUp(_ lost: [Int], in paths: StatePaths) throws(Diagnostic) {
    guard !lost.isEmpty else { return }
    var ledger = try Ledger.load(paths)
    for (address, entry) in ledger.entries where lost.contains(entry.run) { ledger.entries[address]?.run = 0 }
    try ledger.save(paths)
    for number in lost {
      let directory = directory(number, in: paths)
      guard try SafeFiles.status(directory) != nil else { continue }
      try StatePaths.makeDirectory(paths.vault)
      let aside = paths.vault / "run-\(directory.name)"
      guard rename(directory.text, aside.text) == 0 else { throw .file("move aside", directory, errno) }
    }
  }
}

extension RunSummary {
  /// The numbers of runs that did something here, and whose journal is gone.
  ///
  /// - Throws: a `Diagnostic` when that cannot be told.
  public static func lost(_ paths: StatePaths = .standard) throws(Diagnostic) -> [Int] { try Journal.lost(in: paths) }
}

extension UndoFinding {
  /// A run of which nobody knows any more what it did.
  static func lostRun(_ number: Int) -> UndoFinding { UndoFinding("run \(number)", .journalLost) }
}

extension Diagnostic {
  /// Why runs cannot be taken back.
  ///
  /// - Parameter isReverted: whether all else was taken back all the same.
  static func runsLost(
    _ numbers: [Int], undoing run: Int, _ paths: StatePaths, isReverted: Bool = false
  ) -> Diagnostic {
    let names = numbers.map { Journal.directory($0, in: paths).text }.joined(separator: ", ")
    return Diagnostic(
      "Journal lost",
      detail: "harden changed this host in run \(numbers.map(String.init).joined(separator: ", ")), and what it did is "
        + "not known any more: \(names) is gone, or no header.json in it. "
        + (isReverted
          ? "What that run did stays. Restore it from a backup; with --force it is given up."
          : "Nothing was taken back. Restore it from a backup; with --force all else is taken back, and what that run "
            + "did stays."),
      fix: "harden undo \(run) --force")
  }
}
