import HostAccess
import HostState
import Planning
import Reporting

/// Carries a plan out, and plans again after every act whose outcome only the host itself knows, unless the host answers
/// just what the step said it would.
///
/// What is left by then is compared with what was shown: a change that was not shown is asked for, and without anybody
/// to ask the loop stops. The approved plan is the ceiling.
final class ApplyLoop {
  /// Plans from the host as it is now.
  private let session: Session
  private let choice: RecipeChoice
  private let executor: Executor
  /// Asked about a plan with changes that were not shown; false stops.
  private let approves: (Plan, [Change]) -> Bool
  private let progress: (Int, Int, PlannedStep, StepProgress) -> Void
  /// Told of changes that a plan announced, before they are made.
  private let announces: ([Change], [Waiting]) -> Void
  /// Called before what may take longer than an open window has left.
  private let holdWindow: () throws(Diagnostic) -> Void
  /// Called before each step that concerns access; what it throws ends the loop before that step.
  private let guardAccess: () throws(Diagnostic) -> Void
  /// Called once, with the steps that are left, before the first one that closes a way in; tells whether somebody's whole
  /// way in was tried.
  private let rehearse: ([PlannedStep]) throws(Failure) -> Bool
  /// Called once all is done, with the last step that closed a way in; tells what shuts the operator out now.
  private let lookBack: (PlannedStep) -> Diagnostic?
  /// Called at the end, where something was closed; tells why no administrator gets in as the host is now.
  private let stranding: () -> Diagnostic?
  /// Whether a step was begun that closes a way in.
  private(set) var hasClosed = false
  /// Whether a step that concerns access failed, had no effect, or led to where nobody gets in.
  private(set) var accessFailed = false
  /// Whether no administrator gets in at the end.
  private(set) var isStranded = false
  private var outcome: ApplyOutcome
  private var shown: Approved
  private var isProved = false
  /// What failed without ending the run.
  private var setback: Diagnostic?
  /// The last plan made on the way, while nothing was done since.
  private var latest: Plan?

  init(
    _ plan: Plan, of choice: RecipeChoice, in session: Session, by executor: Executor,
    approves: @escaping (Plan, [Change]) -> Bool,
    announces: @escaping ([Change], [Waiting]) -> Void, holdWindow: @escaping () throws(Diagnostic) -> Void,
    guardAccess: @escaping () throws(Diagnostic) -> Void, rehearse: @escaping ([PlannedStep]) throws(Failure) -> Bool,
    lookBack: @escaping (PlannedStep) -> Diagnostic?, stranding: @escaping () -> Diagnostic?,
    progress: @escaping (Int, Int, PlannedStep, StepProgress) -> Void
  ) {
    (self.session, self.choice) = (session, choice)
    (self.announces, self.holdWindow) = (announces, holdWindow)
    (self.guardAccess, self.rehearse) = (guardAccess, rehearse)
    (self.lookBack, self.stranding) = (lookBack, stranding)
    self.executor = executor
    self.approves = approves
    self.progress = progress
    outcome = ApplyOutcome(plan: plan, done: [], left: plan.steps)
    shown = Approved(plan)
  }

  /// Does the steps one by one until all are done, one fails or somebody asks to stop.
  func run() -> ApplyOutcome {
    let start = ContinuousClock.now
    do throws(Failure) {
      while let next = try nextStep() {
        guard !Interruption.isRequested else {
          outcome.isInterrupted = true
          break
        }
        if next.step.risk == .closes, !isProved {
          // Everything that the proof looks at is there by now; what was foreseen is seen.
          if latest == nil { try adopt(try session.plan(choice, isAgain: true), after: nil) }
          // What was tried from end to end needs no proof by what is known of its parts.
          let isTried = try rehearse(outcome.left)
          if !isTried, let unproved = latest?.access.unproved.first { throw Failure(.unproved(unproved)) }
          isProved = true
          continue
        }
        if next.step.risk.concernsAccess { try arm() }
        try carryOut(next)
      }
    } catch {
      outcome.failure = error.diagnostics.first
    }
    outcome.failure = outcome.failure ?? setback
    // However it ended: what came about beside the steps may shut out whom they let in.
    if hasClosed, !accessFailed, let reason = stranding() {
      (accessFailed, isStranded) = (true, true)
      outcome.failure = reason
    }
    outcome.time = ContinuousClock.now - start
    return outcome
  }

  /// What is to be done next; once all is done, what the last plan announced and the host now asks for.
  private func nextStep() throws(Failure) -> PlannedStep? {
    if let next = outcome.left.first { return next }
    let afterwards = try session.plan(choice)
    outcome.afterwards = afterwards
    if !afterwards.access.refusals.isEmpty, hasClosed {
      accessFailed = true
      throw Failure(afterwards.access.refusals)
    }
    // The rules that came of it may be others than were planned: a script of ufw's has its own.
    if let last = outcome.done.last(where: \.step.choosesVisitors), let reason = lookBack(last) {
      accessFailed = true
      throw Failure(reason)
    }
    let addresses = afterwards.sections.flatMap(\.items).filter { !$0.changes.isEmpty }.map(\.address)
    guard !afterwards.isSettled, afterwards.access.refusals.isEmpty, shown.announced.isSuperset(of: addresses),
      !afterwards.steps.contains(where: { $0.step.risk.concernsAccess }),
      // Nothing is done twice: what has not settled by then does not settle.
      !afterwards.steps.contains(where: { step in
        step.step.reloadedUnit == nil && outcome.done.contains { $0.step == step.step }
      })
    else { return nil }
    announces(afterwards.changes, afterwards.waiting)
    outcome.followed += afterwards.changes
    shown.add(afterwards)
    outcome.left = afterwards.steps
    latest = afterwards
    return outcome.left.first
  }

  private func arm() throws(Failure) {
    do throws(Diagnostic) { try guardAccess() } catch {
      // Without its revert, what is changed already does not stay.
      accessFailed = hasClosed
      throw Failure(error)
    }
  }

  private func carryOut(_ next: PlannedStep) throws(Failure) {
    let number = outcome.done.count + 1
    let total = outcome.done.count + outcome.left.count
    let start = ContinuousClock.now
    if next.step.setback != nil {
      try diagnosed(holdWindow)
    }
    progress(number, total, next, .started)
    if next.step.risk == .closes { hasClosed = true }
    do throws(Diagnostic) {
      try executor.carryOut(next.step, address: next.address, section: next.section) { [progress] in
        progress(number, total, next, .working(percent: $1, doing: $0))
      }
    } catch {
      progress(number, total, next, .failed)
      if next.step.risk.concernsAccess { accessFailed = true }
      guard let known = next.step.setback else { return try putBack(next, because: error) }
      return try goOn(without: next, knowing: known, because: error)
    }
    progress(number, total, next, .done(after: ContinuousClock.now - start))
    outcome.done.append(next)
    outcome.left.removeFirst()
    latest = nil
    guard mustPlanAgain(after: next) else { return }
    try adopt(try session.plan(choice, isAgain: true), after: next)
  }

  private func mustPlanAgain(after done: PlannedStep) -> Bool {
    switch done.step.action {
    case .install, .updatePackageLists, .issueCertificate: return true
    case .run:
      // What a resource does in several commands is looked at once it is through with them.
      if let next = outcome.left.first, next.address == done.address, case .run = next.step.action,
        next.step.risk == done.step.risk
      {
        return false
      }
      return !session.isAsStated(done.step)
    default: return false
    }
  }

  /// The rest does not hang on it: planned again with that in mind, it is done to its end.
  private func goOn(
    without failed: PlannedStep, knowing known: Setback, because cause: Diagnostic
  ) throws(Failure) {
    var cause = cause
    cause.address = cause.address ?? failed.address
    setback = setback ?? cause
    session.assume(known)
    try adopt(try session.plan(choice, isAgain: true), after: nil)
  }

  /// A resource is the unit of failure: what it did is put back, the rest stays.
  private func putBack(_ failed: PlannedStep, because cause: Diagnostic) throws(Failure) {
    var cause = cause
    cause.address = cause.address ?? failed.address
    do throws(Diagnostic) {
      let findings = try executor.putBack(failed.address).findings
      outcome.remains = findings.filter { $0.isConflict || $0.isStaying }
      outcome.putBack = outcome.done.filter { $0.address == failed.address }
      outcome.done.removeAll { $0.address == failed.address }
    } catch {
      throw Failure([cause, error])
    }
    throw Failure(cause)
  }

  /// Goes on with what the host itself still needs.
  private func adopt(_ plan: Plan, after last: PlannedStep?) throws(Failure) {
    guard plan.access.refusals.isEmpty else {
      // Seen after a way in was closed, this is what the revert is for.
      accessFailed = hasClosed
      throw Failure(plan.access.refusals)
    }
    if let last,
      let again = plan.steps.first(where: { $0.step.action == last.step.action && $0.address == last.address })
    {
      if last.step.risk.concernsAccess { accessFailed = true }
      throw Failure(.noEffect(again, plan))
    }
    let unseen = shown.unseen(in: plan)
    let announced = unseen.filter { shown.hasAnnounced($0, in: plan) }
    if !announced.isEmpty, announced.count == unseen.count {
      announces(announced, [])
      outcome.followed += announced
      shown.add(plan)
    } else if !unseen.isEmpty {
      guard approves(plan, unseen) else { throw Failure(.notShown(unseen)) }
      shown.add(plan)
    }
    outcome.left = withOwedReloads(plan)
    latest = plan
  }

  /// The plan's steps, and the reloads still to come of what is declared no more: once its files are gone nothing tells of
  /// it any longer, but the daemon runs on with what it had read.
  private func withOwedReloads(_ plan: Plan) -> [PlannedStep] {
    let declared = Set(plan.sections.flatMap(\.items).map(\.address))
    var steps = plan.steps
    for owed in outcome.left {
      guard let unit = owed.step.reloadedUnit, !declared.contains(owed.address),
        !steps.contains(where: { $0.step.reloadedUnit == unit })
      else { continue }
      let place = owed.step.risk.concernsAccess ? steps.firstIndex { $0.step.risk == .closes } : 0
      steps.insert(owed, at: place ?? steps.count)
    }
    return steps
  }
}

extension Diagnostic {
  fileprivate static func unproved(_ why: String) -> Diagnostic {
    Diagnostic(
      "Access not proved",
      detail: "The next step may close a way in, and whether you could still get in afterwards cannot be shown: "
        + "\(why). What is done so far closed nothing.",
      fix: "Mend what is said above, then run: harden apply")
  }

  fileprivate static func noEffect(_ step: PlannedStep, _ plan: Plan) -> Diagnostic {
    let left = plan.sections.flatMap(\.items).first { $0.address == step.address }?.changes.first
    let wish = left.map { "\($0.subject) \($0.property): \($0.before ?? "nothing") → \($0.after ?? "nothing")" }
    return Diagnostic(
      "A step had no effect",
      detail: "“\(Report.title(of: step.step))” ended well, but the host still needs it"
        + "\(wish.map { " (\($0))" } ?? ""). Something else on this host decides it, or takes it back.",
      address: step.address)
  }

  fileprivate static func notShown(_ changes: [Change]) -> Diagnostic {
    let list = changes.prefix(5).map { "\($0.subject) \($0.property): → \($0.after ?? "gone")" }
    return Diagnostic(
      "The host needs changes that were not shown",
      detail: "Planned again on the way, these came up: \(list.joined(separator: "; ")). Nobody approved of them, so "
        + "nothing more was done.",
      fix: "harden plan")
  }
}
