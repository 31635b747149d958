import HostState

extension Executor {
  /// Puts back what a resource did in this run, newest step first: a resource is the unit of failure.
  ///
  /// - Returns: the numbers of the steps that were taken back, and what became of everything, one finding a subject.
  /// - Throws: a `Diagnostic` at the first thing that cannot be put back.
  @discardableResult
  public func putBack(
    _ address: String, progress: Progress = { _, _ in }
  ) throws(Diagnostic) -> (steps: [Int], findings: [UndoFinding]) {
    guard let journal else { return ([], []) }
    let steps = journal.steps.filter { step in
      step.planned.address == address && (step.state == .done || step.isFailedReload)
    }
    // Without force: what somebody else changed meanwhile is theirs, and is named.
    let findings = try takeBack(steps.map { ($0, journal) }, conflicts: .leave, vault: nil, progress: progress)
    return (steps.map(\.number), Self.condensed(findings))
  }

  /// Takes back what a step did before it failed. What is wrong with that, nil where nothing is.
  func takeBackFailed(_ number: Int, after: Image, _ journal: Journal) -> Diagnostic? {
    guard var step = journal.steps.last(where: { $0.number == number }) else { return nil }
    step.after = after
    // A daemon is told again once the files it reads are back; until then it cannot be helped.
    if step.reloadedUnit != nil { return nil }
    do throws(Diagnostic) {
      var planner = RestorationPlanner(ImageCamera(runner: runner), force: true)
      let (restorations, _) = try planner.plan(step)
      _ = try restorer(journal, vault: nil).restore(restorations)
      try writeOut(step.planned.step, step.before, after)
      return nil
    } catch {
      return error
    }
  }

  func restorer(_ journal: Journal, vault: Vault?, isAtBoot: Bool = false) -> Restorer {
    Restorer(
      camera: ImageCamera(runner: runner), blobs: journal.blobs, vault: vault, isAtBoot: isAtBoot,
      run: { self.start($0) })
  }

  /// What becomes of what somebody else changed since.
  enum Conflicts {
    case overwrite
    /// They were all looked for before the first step: one that comes up now ends it, before the step that it is in.
    case stop
    /// It stays, and is told.
    case leave
  }

  /// Takes steps back in the order given, each when the daemons that read what it wrote have been told of the last one.
  ///
  /// A reload is taken back by another one, once the files it had read are back.
  ///
  /// - Parameters:
  ///   - done: the steps that an earlier undo took back before it was cut short, the newest first.
  ///   - failed: told of what cannot be put back, and then the rest goes on; nil stops at the first.
  func takeBack(
    _ steps: [(step: JournaledStep, journal: Journal)], after done: [JournaledStep] = [], conflicts: Conflicts,
    vault: Vault?, progress: Progress, failed: ((Diagnostic) -> Void)? = nil
  ) throws(Diagnostic) -> [UndoFinding] {
    var findings: [UndoFinding] = []
    // What was looked at as a whole beforehand goes on without what is lost; a revert keeps other ways in for it.
    var planner = RestorationPlanner(
      ImageCamera(runner: runner), force: conflicts == .overwrite,
      goesOnWithoutLost: failed == nil && conflicts != .leave)
    done.forEach { planner.recall($0) }
    let ordered = steps.sorted(by: Self.isNewer)
    planner.foresee(ordered.map(\.step))
    var reloads = OwedReloads(steps.map(\.step), after: done)
    var ways = HeldWays(steps.map(\.step))
    let failedToTell: ((Diagnostic) -> Void)? = failed.map { failed in
      { trouble in
        ways.failedToTell()
        failed(trouble)
      }
    }
    for (step, journal) in ordered {
      try tellSSHD(&reloads, before: step, progress, failedToTell)
      if let unit = step.reloadedUnit {
        // An older reload of the same unit ends the stretch of files that the newer one had read.
        findings += try make(&reloads, progress, failedToTell) { $0.reloadedUnit == unit }
        reloads.add(step, journal)
        continue
      }
      if step.planned.step.risk.concernsAccess {
        findings += try make(&reloads, progress, failedToTell) { $0.planned.address != step.planned.address }
      }
      guard !ways.holds(step) else {
        progress("\(step.planned.address), step \(step.number), stays: it is what still leads in", nil)
        continue
      }
      progress("take back \(step.planned.address), step \(step.number)", nil)
      do throws(Diagnostic) {
        let (restorations, found) = try planner.plan(step)
        if conflicts == .stop, let conflict = found.first(where: \.isConflict) { throw .changedMeanwhile(conflict) }
        let stayed = try takeBack(step, journal, restorations, vault: vault, isDogged: failed != nil)
        reloads.putBack(step)
        findings += found.filter { finding in !stayed.contains { $0.subject == finding.subject } } + stayed
        // A revert does not hang on a note of what is harden's.
        do throws(Diagnostic) { try Ledger.regain(step.disowned, in: paths) } catch { if failed == nil { throw error } }
        try journal.append(JournalRecord(kind: .takenBack, time: Self.now, step: step.number))
      } catch {
        guard let failed else { throw error }
        ways.failed(step)
        failed(error)
      }
    }
    findings += try make(&reloads, progress, failed) { _ in true }
    try tellSSHD(&reloads, before: nil, progress, failed)
    return findings
  }

  private static func isNewer(
    _ left: (step: JournaledStep, journal: Journal), _ right: (step: JournaledStep, journal: Journal)
  ) -> Bool {
    (left.journal.header.number, left.step.number) > (right.journal.header.number, right.step.number)
  }

  /// Carries out what was planned for a step, and says what had to stay after all.
  private func takeBack(
    _ step: JournaledStep, _ journal: Journal, _ restorations: [Restoration], vault: Vault?, isDogged: Bool
  ) throws(Diagnostic) -> [UndoFinding] {
    if case .install(let packages) = step.planned.step.action {
      return [.packagesStay(packages)]
    }
    var vault = vault
    vault?.foreign = Set(restorations.filter(\.isForeign).map(\.item))
    // What is taken back whatever comes does not hang on a note of it.
    do throws(Diagnostic) { try vault?.note(restorations) } catch { if !isDogged { throw error } }
    try keepSecrets(of: step)
    let restorer = restorer(journal, vault: vault)
    let stayed =
      isDogged ? try restorer.restoreDoggedly(restorations) : try restorer.restore(restorations)
    try writeOut(step.planned.step, step.before, step.after ?? step.before)
    return stayed
  }
}

extension Journal {
  /// The steps that were taken back, the newest first.
  var takenBack: [JournaledStep] { steps.reversed().filter { $0.state == .takenBack } }

  /// The packages that were installed, which stay.
  var installed: [String] {
    steps.flatMap { step -> [String] in
      guard case .install(let packages) = step.planned.step.action, step.state != .failed else { return [] }
      return packages
    }
  }
}

extension Diagnostic {
  fileprivate static func changedMeanwhile(_ conflict: UndoFinding) -> Diagnostic {
    var found = ""
    if case .conflict(let words) = conflict.fate { found = " (\(words))" }
    return Diagnostic(
      "Changed meanwhile",
      detail: "\(conflict.subject) is not as it was when this undo began\(found). The undo stopped before it: what was "
        + "taken back by then stays so, and what older steps had made is left as it is.",
      fix: "Look who changes it, then undo again; with --force it is overwritten, and a copy kept.")
  }
}
