import Glibc
import HostAccess
import HostState
import Planning
import RecipeDSL

/// Asks and plans in turns, until the plan stands.
///
/// Each plan starts from nothing known, so it is the host as it is now that it speaks of.
final class Session {
  let host: any Respondent
  /// Whether what cannot be read is left out and named, instead of ending the plan.
  let isPartial: Bool
  /// What was left out of the last plan, and why.
  private(set) var unreadable: [Diagnostic] = []
  /// Inquiries of each round of the last plan.
  private(set) var rounds: [Int] = []
  private(set) var known = Observations()
  /// Whether applications are asked what they say of themselves.
  private let asksApplications: Bool
  /// Asked in the first round, whether needed or not.
  private let foreseen: Set<Inquiry>
  /// What the last plan's resources look at first.
  private var foresight: () -> Set<Inquiry> = { [] }

  /// What is not asked again in this run, and why.
  private var assumed: [Inquiry: Answer<Fact>] = [:]

  /// What harden made on this host so far.
  private let ledger: (() throws(Diagnostic) -> Ledger)?

  init(
    _ host: any Respondent, isPartial: Bool = false, foreseen: Set<Inquiry> = [], asksApplications: Bool = false,
    ledger: (() throws(Diagnostic) -> Ledger)? = nil
  ) {
    (self.host, self.isPartial, self.ledger) = (host, isPartial, ledger)
    self.asksApplications = asksApplications
    self.foreseen = foreseen.union([Inquiry(.host), Inquiry(.operator)])
  }

  /// What the last plan asked of the host as it is.
  var asked: Foreseen { Foreseen(Set(known.known.keys.filter(\.overlay.isEmpty).map(\.probe))) }

  /// What differs now between the recipe and the host.
  ///
  /// - Parameters:
  ///   - steps: steps that are taken for done, by what they say of themselves; for hosts that are not real.
  ///   - isAgain: whether what the plan before this one looked at is asked at once. That saves rounds; `asked` is then
  ///     more than the plan needs.
  func plan(_ choice: RecipeChoice, after steps: [Step] = [], isAgain: Bool = false) throws(Failure) -> Plan {
    if steps.isEmpty { known = Observations(asksApplications: asksApplications) }
    (unreadable, rounds) = ([], [])
    for step in steps { known.fold(step) }
    var desired = choice.recipe.state
    if let ledger { desired = desired.endingFormer(try diagnosed(ledger)) }
    ask(isAgain ? foreseen.union(foresight()) : foreseen)
    try checkSystem()
    while true {
      switch Planner(desired, recipe: choice.name, inputs: choice.inputs).plan(given: known) {
      case .needs(let inquiries):
        guard rounds.count < 50 else { throw Failure(.endless(inquiries)) }
        ask(inquiries)
      case .failed(let diagnostics):
        let blind = isPartial ? diagnostics.filter(\.isUnreadable) : []
        guard !blind.isEmpty, blind.count == diagnostics.count else { throw Failure(diagnostics) }
        unreadable += blind
        let addresses = Set(blind.compactMap(\.address))
        desired = desired.without(addresses)
      case .plan(var plan):
        plan.changedInputs = choice.changedInputs
        // An apply begins with the packages: what is asked while they are missing is no guide to the plan after them.
        foresight = { [desired, known] in
          let resources = desired.sections.flatMap { $0.declarations.map(\.resource) }
          return Set(resources.flatMap { $0.probes(given: known) }.filter { !$0.isCandidate }.map { Inquiry($0) })
        }
        return plan
      }
    }
  }

  /// Why no declared administrator gets in on the host as it is now; nil where one does, or that cannot be told.
  ///
  /// What the last plan knew is left as it is.
  func stranding(_ choice: RecipeChoice) -> Diagnostic? {
    let desired = choice.recipe.state
    for attempt in 1...2 {
      var now = Observations()
      var found: Diagnostic?
      for _ in 0..<50 {
        let standing = AccessStanding(desired, given: now)
        found = standing.stranding
        guard !standing.needs.isEmpty else { break }
        now.learn(host.answers(to: standing.needs))
      }
      guard let found else { return nil }
      if attempt == 2 { return found }
      // A daemon that is just being told of something may be back in a moment.
      usleep(1_500_000)
    }
    return nil
  }

  /// Takes a probe for unanswerable from now on.
  func assume(_ setback: Setback) { assumed[Inquiry(setback.probe)] = .unreadable(reason: setback.reason) }

  /// Whether the host is as a step that was just done says, and as the last plan knew it otherwise.
  ///
  /// False as well where a step leaves what cannot be asked for in a word.
  func isAsStated(_ step: Step) -> Bool {
    var expected = known
    expected.fold(step)
    var inquiries: Set<Inquiry> = []
    for effect in step.effects {
      switch effect {
      case .accounts: inquiries.insert(Inquiry(.accounts))
      case .unit(let name, _, _): inquiries.insert(Inquiry(.unit(name: name)))
      case .answers(let probe, .there), .answers(let probe, .absent): inquiries.insert(Inquiry(probe))
      case .answers, .moves, .listens, .closes: return false
      }
    }
    let answers = host.answers(to: inquiries)
    known.learn(answers)
    return !answers.isEmpty
      && answers.allSatisfy { inquiry, seen in expected.answer(inquiry.probe).map { seen.bears(out: $0) } ?? false }
  }

  /// Puts the inquiries to the host, all at the same time.
  private func ask(_ inquiries: Set<Inquiry>) {
    rounds.append(inquiries.count)
    var inquiries = inquiries
    // apt's answers speak of all that are asked about at once, so a further one asks about all of them again.
    if inquiries.contains(where: \.probe.isCandidate) {
      inquiries.formUnion(known.known.keys.filter(\.probe.isCandidate))
    }
    known.learn(host.answers(to: inquiries.filter { assumed[$0] == nil }))
    known.learn(assumed)
  }

  /// - Throws: a `Failure` where the host is neither Debian nor Ubuntu.
  private func checkSystem() throws(Failure) {
    switch try diagnosed({ () throws(Diagnostic) in try known.host() }) {
    case .there(let facts) where ["debian", "ubuntu"].contains(facts.system): return
    case .there(let facts): throw Failure(.otherSystem(facts.prettyName))
    case .unreadable(let reason): throw Failure(.unknownSystem(reason))
    case .absent, .moved: throw Failure(.unknownSystem("/etc/os-release is not there"))
    }
  }
}

extension Answer<Fact> {
  /// Whether this is what was foreseen; useradd(8) picks the numbers of accounts.
  fileprivate func bears(out foreseen: Answer<Fact>) -> Bool {
    guard case .there(.accounts(let seen)) = self, case .there(.accounts(var accounts)) = foreseen else {
      return self == foreseen
    }
    for (name, account) in accounts.users where account.uid == nil {
      accounts.users[name]?.uid = seen.users[name]?.uid
    }
    return seen == accounts
  }
}

extension DesiredState {
  fileprivate func without(_ addresses: Set<String>) -> DesiredState {
    DesiredState(
      sections: sections.map { section in
        SectionState(
          name: section.name, why: section.why,
          declarations: section.declarations.filter { !addresses.contains($0.resource.address) })
      })
  }
}

extension Diagnostic {
  fileprivate var isUnreadable: Bool { kind == .unreadable && address != nil }

  fileprivate static func endless(_ inquiries: Set<Inquiry>) -> Diagnostic {
    let some = inquiries.prefix(3).map { "\($0.probe)" }.joined(separator: "; ")
    return .bug("After 50 rounds of questions the plan still needs more: \(some).")
  }

  fileprivate static func otherSystem(_ name: String) -> Diagnostic {
    Diagnostic(
      "Neither Debian nor Ubuntu",
      detail: "This is \(name). harden knows the packages, paths and defaults of Debian and Ubuntu alone, and on "
        + "anything else it would do damage.")
  }

  fileprivate static func unknownSystem(_ reason: String) -> Diagnostic {
    Diagnostic(
      "System not known",
      detail: "harden could not tell which system this is (\(reason)). It knows Debian and Ubuntu alone.",
      fix: "cat /etc/os-release")
  }
}
