import HostState

extension StatePaths {
  /// Why what harden made here is not known any more, though it was; nil where nothing is missing.
  ///
  /// Nothing is wrong with the host by that, so nobody is kept from anything: but what is declared no more stays.
  public func loss() -> Diagnostic? {
    do throws(Diagnostic) {
      if try SafeFiles.status(state) == nil {
        // An apply makes it before all else, and the recipe is remembered at its end.
        return try SafeFiles.status(recipe) == nil ? nil : .stateLost(state, recipe)
      }
      guard try SafeFiles.status(ledger) == nil else { return nil }
      let runs = try Journal.all(in: self).filter(\.madeSomething).map(\.header.number)
      return runs.isEmpty ? nil : .ledgerLost(ledger, runs)
    } catch {
      // Whoever needs what cannot be read says so.
      return nil
    }
  }
}

extension Journal {
  /// Whether the ledger must have been told of one of its steps that stand.
  fileprivate var madeSomething: Bool {
    steps.contains { step in
      guard let after = step.after, step.state == .done else { return false }
      return !LedgerChange(step.planned.step, before: step.before, after: after).isEmpty
    }
  }
}

extension Diagnostic {
  fileprivate static func stateLost(_ state: Path, _ recipe: Path) -> Diagnostic {
    Diagnostic(
      "State lost",
      detail: "\(recipe) says that harden was applied here, and \(state) is not there: what was made then, and how all "
        + "was before, is not known any more. It cannot be taken back, and what is declared no more stays.",
      fix: "Restore \(state) from a backup.")
  }

  fileprivate static func ledgerLost(_ ledger: Path, _ runs: [Int]) -> Diagnostic {
    Diagnostic(
      "Ledger lost",
      detail: "\(ledger) is not there, though run \(runs.map(String.init).listed(first: 5)) made something here: what "
        + "is declared no more stays, since it is not known any more to be harden's.",
      fix: "Restore \(ledger) from a backup.")
  }
}
