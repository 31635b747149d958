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
