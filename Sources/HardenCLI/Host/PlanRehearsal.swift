import HostAccess
import HostState
import Planning
import Resources

/// What can be tried of a plan without opening a session: every declared key is offered to the planned sshd, and a
/// connection is made through the planned packet filter.
///
/// A plan without steps that concern access tries nothing, and neither does anybody but root.
struct PlanRehearsal {
  /// More administrators, keys of one and states of the packet filter than these are not tried.
  static let (mostAdministrators, mostKeys, mostStates) = (5, 3, 4)

  let choice: RecipeChoice
  let administrators: [Grants.Administrator]

  init(_ choice: RecipeChoice) { (self.choice, administrators) = (choice, choice.administrators) }

  /// The plan with what was tried of it, and with a refusal where that failed.
  func tried(_ plan: Plan, knowing known: Observations) -> Plan {
    guard plan.visitor?.isRoot ?? false, plan.access.refusals.isEmpty else { return plan }
    var plan = plan
    let told = run(plan.steps, knowing: known)
    plan.access.rehearsals = told.links
    plan.access.refusals = told.refusals
    return plan
  }

  /// Tries what these steps come to. A failure is a refusal where one of them closes a way in.
  func run(_ steps: [PlannedStep], knowing known: Observations) -> Told {
    var told = Told(steps)
    guard steps.contains(where: \.step.risk.concernsAccess), !administrators.isEmpty else { return told }
    let visitor = (try? known.operator())?.value
    let offers = offers(steps, known)
    let trials = trials(steps, known, visitor)
    let boots = trials.last.map { bootTrials(like: $0, known) } ?? []
    var outcomes = AccessRehearsal.run(
      offers.map { .key(offer: $0.offer) } + (trials + boots.map(\.trial)).map { .packet(trial: $0.trial) })
    for boot in boots.reversed() {
      if let outcome = outcomes.popLast() { tell(boot, outcome, visitor, &told) }
    }
    tell(offers, Array(outcomes.prefix(offers.count)), visitor, &told)
    if trials.isEmpty, let ignorance = Self.ignorance(of: visitor), filters(steps, known) {
      told.addNotTried(.packet, "a packet to sshd", ignorance)
    }
    let packets = Array(outcomes.dropFirst(offers.count))
    tell(trials, packets, visitor, &told)
    told.letsPacketsIn =
      trials.isEmpty ? !filters(steps, known) : packets.allSatisfy { if case .passed = $0 { true } else { false } }
    if !steps.contains(where: { $0.step.risk == .closes }) { told.refusals = [] }
    return told
  }

  /// What the rehearsals came to.
  struct Told {
    private let steps: [PlannedStep]
    var links: [RehearsedLink] = []
    var refusals: [Diagnostic] = []
    /// Administrators with a key that sshd takes.
    var accepted: Set<String> = []
    /// Whether the operator's packets come through in every state that was looked at.
    var letsPacketsIn = false
    /// Whether a refusal is about that.
    private(set) var dropsPackets = false

    init(_ steps: [PlannedStep]) { self.steps = steps }

    mutating func add(_ link: RehearsedLink.Link, _ outcome: RehearsedLink.Outcome, _ words: String) {
      let next = RehearsedLink(link, outcome, words)
      if !links.contains(next) { links.append(next) }
    }

    mutating func addNotTried(_ link: RehearsedLink.Link, _ what: String, _ why: String) {
      add(link, .notTried, "\(what): \(why)")
    }

    /// Apply tries it again before the first step that closes a way in, and has the packages by then.
    mutating func addWithoutProgram(_ link: RehearsedLink.Link, _ what: String, _ why: String) {
      let installs = steps.contains { if case .install = $0.step.action { true } else { false } }
      addNotTried(link, what, why + (installs ? " yet; apply rehearses it once the packages are there" : ""))
    }

    mutating func refuse(_ dropped: Diagnostic) {
      refusals.append(dropped)
      dropsPackets = true
    }
  }
}

extension RecipeChoice {
  /// Administrators that the recipe declares.
  var administrators: [Grants.Administrator] {
    recipe.state.sections.flatMap(\.declarations).flatMap { $0.resource.grants.administrators }
  }
}
