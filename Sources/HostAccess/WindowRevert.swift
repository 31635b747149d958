import Glibc
import HostState

/// What became of a revert.
public struct RevertOutcome: Hashable, Codable, Sendable {
  /// The runs that were taken back, newest first.
  public var runs: [Int]
  public var findings: [UndoFinding]
  /// What could not be put back, and whether somebody can get in.
  public var troubles: [Diagnostic]
}

extension Executor {
  /// Takes back all that a window holds, newest step first, so that ways in come first; never refuses.
  ///
  /// What somebody else changed since is moved to the vault; what cannot be put back is told, and the rest goes on.
  /// Steps that concern access are the last of a run as far as nothing depends on them, so strictly the newest first is
  /// also ways in first, through states that were there before. To be called with the lock held.
  ///
  /// - Parameter cause: in words that follow “taken back: ”.
  public func revert(
    _ window: ConfirmWindow, cause: String, version: String, progress: Progress = { _, _ in }
  ) -> RevertOutcome {
    var outcome = RevertOutcome(runs: [], findings: [], troubles: [])
    do throws(Diagnostic) {
      _ = try recover(progress: progress)
    } catch {
      outcome.troubles.append(error)
    }
    do throws(Diagnostic) { try finish(.failed(words: cause)) } catch { outcome.troubles.append(error) }
    journal = nil
    // Room for what follows, on a disk that is full.
    try? SafeFiles.remove(paths.windowReserve)
    var own: Journal?
    // Without a journal it is taken back all the same: who is shut out cannot make room for one.
    do throws(Diagnostic) { own = try revertJournal(window, cause, version) } catch { outcome.troubles.append(error) }
    if let own { runLock?.note(run: own.header.number, paths) }
    takeBack(window, own, &outcome, progress)
    let lost = ((try? Journal.lost(in: paths)) ?? []).filter { $0 >= window.run }
    if !lost.isEmpty { outcome.troubles.append(.runsLost(lost, undoing: window.run, paths, isReverted: true)) }
    if let trouble = lookThatSomebodyListens(progress) { outcome.troubles.append(trouble) }
    let words = outcome.troubles.first?.summary ?? "done"
    do throws(Diagnostic) {
      try own?.append(
        JournalRecord(kind: .finished, time: Self.now, words: words, isSuccess: outcome.troubles.isEmpty))
    } catch {
      outcome.troubles.append(error)
    }
    return outcome
  }

  /// The journal of a revert: that of the last attempt, where it is made again.
  private func revertJournal(
    _ window: ConfirmWindow, _ cause: String, _ version: String
  ) throws(Diagnostic) -> Journal {
    if let last = try lastAttempt(window, cause) { return last }
    return try Journal.begin(
      RunHeader(
        number: 0, kind: .undo, recipe: revertible(window).last?.header.recipe ?? "", inputs: [:], plan: "",
        started: Self.now, version: version, undoes: window.run, cause: cause), in: paths)
  }

  private func lastAttempt(_ window: ConfirmWindow, _ cause: String) throws(Diagnostic) -> Journal? {
    guard let last = try Journal.all(in: paths).last, last.header.kind == .undo, last.header.undoes == window.run,
      last.header.cause == cause, last.records.last?.isSuccess != true
    else { return nil }
    return last
  }

  private func takeBack(
    _ window: ConfirmWindow, _ own: Journal?, _ outcome: inout RevertOutcome, _ progress: Progress
  ) {
    let number = own?.header.number ?? nextNumber
    let vault = Vault(directory: paths.vault(ofUndo: number))
    // What fails the first time may have stood in another one's way.
    for attempt in 1...2 {
      let journals = revertible(window)
      if attempt == 1 { outcome.runs = journals.map(\.header.number).reversed() }
      var troubles: [Diagnostic] = []
      let findings = try? takeBack(
        steps(of: journals), after: journals.reversed().flatMap(\.takenBack), conflicts: .overwrite, vault: vault,
        progress: progress, failed: { troubles.append($0) })
      outcome.findings = Self.condensed(outcome.findings + (findings ?? []))
      if troubles.isEmpty { break }
      if attempt == 2 { outcome.troubles += troubles }
    }
    try? Ledger.prune(paths)
  }

  private var nextNumber: Int { (try? Journal.nextNumber(in: paths)) ?? 1 }

  /// Puts back files, accounts' lines among them, and nothing that runs: for a boot, before anything reads them.
  ///
  /// What others had changed goes where the revert of the rest keeps it as well.
  ///
  /// - Parameter cause: that of the revert of the rest, which comes later.
  public func revertFiles(_ window: ConfirmWindow, cause: String) -> [Diagnostic] {
    var troubles: [Diagnostic] = []
    try? SafeFiles.remove(paths.windowReserve)
    let attempt = (try? lastAttempt(window, cause)) ?? nil
    var vault = Vault(directory: paths.vault(ofUndo: attempt?.header.number ?? nextNumber))
    var planner = RestorationPlanner(ImageCamera(runner: runner), force: true)
    let steps = steps(of: revertible(window))
    planner.foresee(steps.map(\.step))
    var ways = HeldWays(steps.map(\.step))
    for (step, journal) in steps where !step.isInstallOrReload && !ways.holds(step) {
      do throws(Diagnostic) {
        let (restorations, _) = try planner.plan(step)
        vault.foreign = Set(restorations.filter(\.isForeign).map(\.item))
        let files = restorations.filter(\.isOfFiles)
        try? vault.note(files)
        try keepSecrets(of: step)
        _ = try restorer(journal, vault: vault, isAtBoot: true).restoreDoggedly(files)
      } catch {
        ways.failed(step)
        troubles.append(error)
      }
    }
    return troubles
  }

  /// The runs that the window holds, oldest first, as far as their journals can be read.
  private func revertible(_ window: ConfirmWindow) -> [Journal] {
    let numbers = (try? Journal.numbers(in: paths)) ?? []
    return numbers.filter { $0 >= window.run }.compactMap { try? Journal.open($0, in: paths) }
      .filter { $0.header.kind == .apply }
  }

  /// Their steps, newest first; what an open one did so far counts as done.
  private func steps(of journals: [Journal]) -> [(step: JournaledStep, journal: Journal)] {
    journals.reversed().flatMap { journal in
      journal.steps.reversed().filter(\.isStanding).map { step in ((try? ended(step)) ?? step, journal) }
    }
  }

  /// Whether someone listens for SSH, where that is meant to run; it is started if not.
  private func lookThatSomebodyListens(_ progress: Progress) -> Diagnostic? {
    let units = ["ssh.socket", "ssh.service"].filter { unit in
      let state = properties(unit, ["LoadState", "UnitFileState", "ActiveState"])
      return state["LoadState"] == "loaded"
        && (state["UnitFileState"] == "enabled" || Self.isUp(state["ActiveState"]))
    }
    guard !units.isEmpty else { return nil }
    for attempt in 0..<3 {
      for _ in 0..<20 {
        if isListening(units) { return nil }
        usleep(100_000)
      }
      guard attempt < 2 else { break }
      for unit in units {
        progress("nobody listens for SSH: start \(unit)", nil)
        _ = start(Command(Self.systemctl, ["reset-failed", "--", unit]))
        _ = start(Command(Self.systemctl, ["reload-or-restart", "--", unit], timeLimit: 60))
      }
    }
    return .nobodyListens(units)
  }

  private func isListening(_ units: [String]) -> Bool {
    units.contains { unit in
      unit.hasSuffix(".socket") ? isActive(unit) : !Listening.ports(of: unit, runner).isEmpty
    }
  }
}

extension JournaledStep {
  fileprivate var isInstallOrReload: Bool {
    switch planned.step.action {
    case .install, .updatePackageLists, .reload: true
    default: false
    }
  }
}

extension Restoration {
  /// What lies on disk, rather than in the kernel or in systemd's mind.
  fileprivate var isOfFiles: Bool {
    switch item {
    case .path, .attributes, .line, .member: true
    case .activity, .listening, .sysctl, .rules, .table: false
    }
  }
}

extension Diagnostic {
  fileprivate static func nobodyListens(_ units: [String]) -> Diagnostic {
    Diagnostic(
      "Nobody listens for SSH",
      detail: "Everything was taken back, and \(units.joined(separator: " and ")) does not listen. Only the console "
        + "leads in.",
      fix: "systemctl status \(units.joined(separator: " "))")
  }
}
