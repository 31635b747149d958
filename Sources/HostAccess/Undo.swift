import Glibc
import HostState

/// What taking a run back comes to.
public struct UndoPlan: Hashable, Codable, Sendable {
  /// The run and all after it, newest first: a later run may have built on what an earlier one made.
  public var runs: [Int]
  public var findings: [UndoFinding]
  /// Units that are reloaded or restarted once the files that they read are back.
  public var reloads: [String] = []
  /// What it does to the ways in; nil where nothing, and where nobody can tell.
  public var access: UndoAccess?

  public init(runs: [Int], findings: [UndoFinding], reloads: [String] = []) {
    (self.runs, self.findings, self.reloads) = (runs, findings, reloads)
  }

  public var conflicts: [UndoFinding] { findings.filter(\.isConflict) }
  /// What cannot be taken back, since what harden knew of it is gone.
  public var lost: [UndoFinding] { findings.filter(\.isLost) }
  /// Whether nothing is left that could be taken back, nor a daemon that was not told of it yet.
  public var isEmpty: Bool { isPutBack && reloads.isEmpty && lost.isEmpty }
  /// Whether nothing is left to be put back, and at most a daemon to be told.
  public var isPutBack: Bool {
    !findings.contains { ($0.isTakenBack && $0.fate != .reloaded) || $0.isConflict }
  }
}

extension Executor {
  /// What undoing a run and everything after it would do; changes nothing.
  ///
  /// - Parameter force: whether what somebody else changed since is to be overwritten too: it is named all the same.
  /// - Throws: a `Diagnostic` when there is no such run, or its journal cannot be read.
  public func undoPlan(_ run: Int, force: Bool = false) throws(Diagnostic) -> UndoPlan {
    var (plan, restorations, journals) = try planned(run)
    let packages = journals.flatMap(\.installed)
    if force, !plan.conflicts.isEmpty { restorations = try planned(run, force: true).restorations }
    plan.findings = UndoRemains(restorations).told(of: plan.findings, overwriting: force)
    plan.findings += PackageServices.runningOn(after: packages, besides: plan.findings, runner)
    if plan.conflicts.isEmpty || force {
      outlook = UndoForesight(restorations, journals).outlook()
      plan.access = UndoAccess(outlook)
    }
    return plan
  }

  /// What would stop an undo half-way, as far as that can be known before its first step.
  ///
  /// - Throws: a `Diagnostic` when there is no such run, or its journal cannot be read.
  public func undoObstacles(_ run: Int, force: Bool = false) throws(Diagnostic) -> [Diagnostic] {
    let planned = try planned(run, force: force)
    let obstacles = Preflight.look(at: planned.restorations, paths)
    guard obstacles.isEmpty, !force else { return obstacles }
    // What was shown is what is refused.
    let known = outlook ?? UndoForesight(planned.restorations, planned.journals).outlook()
    outlook = nil
    let objection = known?.objection(run)
    return lossObjections(to: planned.plan, run) + (objection.map { [$0] } ?? [])
  }

  private func planned(
    _ run: Int, force: Bool = false
  ) throws(Diagnostic) -> (plan: UndoPlan, restorations: [Restoration], journals: [Journal]) {
    let undoable = try undoable(from: run)
    let (journals, steps, lost) = (undoable.journals, undoable.steps, undoable.lost)
    var planner = RestorationPlanner(ImageCamera(runner: runner), force: force, isAhead: true, goesOnWithoutLost: true)
    let done = journals.flatMap(\.takenBack)
    done.forEach { planner.recall($0) }
    planner.foresee(steps.map(\.step))
    let resting = OwedReloads.resting(after: steps.map(\.step) + done)
    var restorations: [Restoration] = []
    var findings = lost.map(UndoFinding.lostRun)
    var reloads: [String] = []
    for (step, _) in steps {
      if let unit = step.reloadedUnit {
        guard step.isOwedReload, !reloads.contains(unit) else { continue }
        if let gone = unitThatIsGone(unit) {
          findings.append(gone)
        } else if !resting.contains(unit) {
          reloads.append(unit)
        }
        continue
      }
      if case .install(let packages) = step.planned.step.action {
        findings.append(.packagesStay(packages))
        continue
      }
      if case .issueCertificate(let order) = step.planned.step.action { findings.append(.certificateStays(order)) }
      let planned = try planner.plan(step)
      findings += planned.findings
      restorations += planned.restorations
    }
    let isTold = reloads.contains { $0.hasPrefix("ssh.") }
    if !isTold, steps.contains(where: \.step.changesSSHD), isActive(Self.sshd) { reloads.append(Self.sshd) }
    let runs = undoable.runs.isEmpty ? [run] : undoable.runs
    let plan = UndoPlan(runs: runs, findings: Self.condensed(findings), reloads: reloads)
    return (plan, restorations, journals)
  }

  /// Takes back a run and everything after it, newest step first.
  ///
  /// - Parameter force: whether what somebody else changed since is overwritten too; it is moved to the vault first.
  /// - Returns: what became of everything.
  /// - Throws: a `Diagnostic` before anything is done where something was changed since, and at the first thing that
  ///   cannot be put back; undoing again then goes on.
  @discardableResult
  public func undo(
    _ run: Int, force: Bool = false, version: String = "", progress: Progress = { _, _ in }
  ) throws(Diagnostic) -> UndoPlan {
    try lock(progress: progress)
    guard journal == nil else { throw .bug("An undo was asked for while a run is under way.") }
    let (plan, restorations, _) = try planned(run, force: force)
    guard plan.conflicts.isEmpty else { throw .conflicts(run, plan.conflicts) }
    if let obstacle = Preflight.look(at: restorations, paths).first { throw obstacle }
    if !force, let objection = lossObjections(to: plan, run).first { throw objection }
    try endInterrupted(progress)
    let undoable = try undoable(from: run)
    let (journals, steps, lost) = (undoable.journals, undoable.steps, undoable.lost)
    let own = try Journal.begin(
      RunHeader(
        number: 0, kind: .undo, recipe: journals.last?.header.recipe ?? "", inputs: [:], plan: "", started: Self.now,
        version: version, undoes: run), in: paths)
    runLock?.note(run: own.header.number, paths)
    let vault = Vault(directory: paths.vault(ofUndo: own.header.number))
    let ways = WaysIn.now()
    do throws(Diagnostic) {
      var findings = lost.map(UndoFinding.lostRun)
      findings += try takeBack(
        steps, after: journals.flatMap(\.takenBack), conflicts: force ? .overwrite : .stop, vault: vault,
        progress: progress)
      try Journal.giveUp(lost, in: paths)
      try Ledger.prune(paths)
      let left = WaysIn.now()
      if left.isShut(comparedWith: ways) { throw .nobodyGetsIn(left, before: ways) }
      if left.isPowerless(comparedWith: ways) { throw .nobodyBecomesRoot(left, before: ways) }
      try own.append(JournalRecord(kind: .finished, time: Self.now, words: "done", isSuccess: true))
      return UndoPlan(runs: plan.runs, findings: Self.condensed(findings))
    } catch {
      try? own.append(JournalRecord(kind: .finished, time: Self.now, words: error.summary, isSuccess: false))
      throw error
    }
  }

  /// What there is to take back from a run on.
  private struct Undoable {
    /// The applies, newest first.
    let journals: [Journal]
    /// Newest first; those taken back already are left out.
    let steps: [(step: JournaledStep, journal: Journal)]
    /// Runs of which no step is known any more.
    let lost: [Int]
    /// Newest first: those of the steps, and those that no undo took back to its end, which goes on with them.
    let runs: [Int]
  }

  private func undoable(from run: Int) throws(Diagnostic) -> Undoable {
    let all = try Journal.all(in: paths)
    let lost = try Journal.lost(in: paths).filter { $0 >= run }
    let first = all.first { $0.header.number == run }
    guard first != nil || lost.contains(run) else { throw .noSuchRun(run, all) }
    if let first, first.header.kind != .apply { throw .isAnUndo(first.header) }
    let journals = Array(all.filter { $0.header.number >= run && $0.header.kind == .apply }.reversed())
    var steps: [(step: JournaledStep, journal: Journal)] = []
    for journal in journals {
      for step in journal.steps.reversed() where step.isStanding { steps.append((try ended(step), journal)) }
    }
    let undos = all.filter { $0.header.kind == .undo && $0.records.last?.isSuccess == true }
    let left = journals.map(\.header.number).filter { number in
      !undos.contains { $0.header.number > number && ($0.header.undoes ?? 0) <= number }
    }
    let runs = Set(steps.map(\.journal.header.number) + lost + left).sorted(by: >)
    return Undoable(journals: journals, steps: steps, lost: lost, runs: runs)
  }

  /// A step that was cut short with what it has done so far for its end; any other as it is.
  func ended(_ step: JournaledStep) throws(Diagnostic) -> JournaledStep {
    guard step.state == .open else { return step }
    var step = step
    step.after = try ImageCamera(runner: runner).take(scope(of: step.planned.step, before: step.before))
    return step
  }

  /// Makes good what a killed run left open, and lets it end there: nothing goes on under its number.
  private func endInterrupted(_ progress: Progress) throws(Diagnostic) {
    try sweepArming()
    while try Journal.all(in: paths).contains(where: \.isOpen) {
      _ = try recover(progress: progress)
      try finish(.failed(words: "interrupted"))
    }
  }

  /// One finding a subject: where several steps changed one thing, the oldest says how it ends up.
  static func condensed(_ findings: [UndoFinding]) -> [UndoFinding] {
    var order: [String] = []
    var fates: [String: UndoFinding.Fate] = [:]
    for finding in findings {
      guard let known = fates[finding.subject] else {
        order.append(finding.subject)
        fates[finding.subject] = finding.fate
        continue
      }
      switch (known, finding.fate) {
      // What an older step found is there, though what a later one found is not.
      case (.contentsLost, .putBack), (.contentsLost, .removed): fates[finding.subject] = finding.fate
      case (.conflict, _), (.stays, _), (.shut, _): break
      case (_, .asBefore): break
      default: fates[finding.subject] = finding.fate
      }
    }
    return order.compactMap { subject in fates[subject].map { UndoFinding(subject, $0) } }
  }
}

extension Diagnostic {
  fileprivate static func noSuchRun(_ run: Int, _ all: [Journal]) -> Diagnostic {
    let newest = all.last.map { " The newest is run \($0.header.number)." } ?? ""
    return Diagnostic("No such run", detail: "There is no run \(run) on this host.\(newest)", fix: "harden history")
  }

  fileprivate static func isAnUndo(_ header: RunHeader) -> Diagnostic {
    Diagnostic(
      "Nothing to undo",
      detail: "Run \(header.number) took back run \(header.undoes ?? 0). To bring that back, apply its recipe again.",
      fix: "harden apply \(header.recipe)")
  }

  fileprivate static func conflicts(_ run: Int, _ conflicts: [UndoFinding]) -> Diagnostic {
    let names = conflicts.map(\.subject).listed(first: 10)
    return Diagnostic(
      "Changed since",
      detail: "Somebody else changed what run \(run) or a later one had set: \(names). Nothing was taken back.",
      fix: "harden undo \(run) --force")
  }
}
