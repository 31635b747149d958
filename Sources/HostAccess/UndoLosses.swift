import HostState

extension Executor {
  /// Why it is not done without force, where something of it is lost.
  func lossObjections(to plan: UndoPlan, _ run: Int) -> [Diagnostic] {
    var objections: [Diagnostic] = []
    let lost = Dictionary(grouping: plan.lost, by: \.fate)
    if lost[.journalLost] != nil {
      objections.append(.runsLost(lostRuns(from: run), undoing: run, paths))
    }
    if let files = lost[.contentsLost] { objections.append(.contentsLost(files.map(\.subject), undoing: run)) }
    return objections
  }

  private func lostRuns(from run: Int) -> [Int] {
    ((try? Journal.lost(in: paths)) ?? []).filter { $0 >= run }
  }
}

extension Diagnostic {
  fileprivate static func contentsLost(_ files: [String], undoing run: Int) -> Diagnostic {
    return Diagnostic(
      "Kept files lost",
      detail: "What these held before harden changed them was kept in /var/lib/harden/runs, and is gone or damaged: "
        + "\(files.listed(first: 10)). Nothing was taken back. Restore the blobs of run \(run) and of later ones from a backup; "
        + "with --force all else is taken back, and these stay as they are.",
      fix: "harden undo \(run) --force")
  }
}
