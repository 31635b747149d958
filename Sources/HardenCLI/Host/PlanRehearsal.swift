import HostAccess
import HostState
import Planning
import Reporting
import Resources

/// What can be tried of a plan without opening a session: every declared key is offered to the planned sshd, and a
/// connection is made through the planned packet filter.
///
/// A plan without steps that concern access tries nothing, and neither does anybody but root.
struct PlanRehearsal {
  /// More administrators, keys of one and states of the packet filter than these are not tried.
  private static let (mostAdministrators, mostKeys, mostStates) = (5, 3, 4)

  let choice: RecipeChoice
  private let administrators: [Grants.Administrator]

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

    fileprivate init(_ steps: [PlannedStep]) { self.steps = steps }

    fileprivate mutating func add(_ link: RehearsedLink.Link, _ outcome: RehearsedLink.Outcome, _ words: String) {
      let next = RehearsedLink(link, outcome, words)
      if !links.contains(next) { links.append(next) }
    }

    fileprivate mutating func addNotTried(_ link: RehearsedLink.Link, _ what: String, _ why: String) {
      add(link, .notTried, "\(what): \(why)")
    }

    /// Apply tries it again before the first step that closes a way in, and has the packages by then.
    fileprivate mutating func addWithoutProgram(_ link: RehearsedLink.Link, _ what: String, _ why: String) {
      let installs = steps.contains { if case .install = $0.step.action { true } else { false } }
      addNotTried(link, what, why + (installs ? " yet; apply rehearses it once the packages are there" : ""))
    }

    fileprivate mutating func refuse(_ dropped: Diagnostic) {
      refusals.append(dropped)
      dropsPackets = true
    }
  }
}

// MARK: Keys

extension PlanRehearsal {
  private struct Offer {
    let name: String
    let key: PublicKey
    let offer: KeyOffer
  }

  private func offers(_ steps: [PlannedStep], _ known: Observations) -> [Offer] {
    guard let inquest = SSHDInquest(known) else { return [] }
    let overlay = Overlay(planned: steps.filter(Self.concernsKeys).map(\.step), on: known)
    let port = Self.port(after: steps, known)
    return administrators.prefix(Self.mostAdministrators).flatMap { administrator in
      administrator.keys.prefix(Self.mostKeys).map { key in
        Offer(
          name: administrator.name, key: key,
          offer: KeyOffer(
            "\(key.type) \(key.blob)", of: administrator.name, options: inquest.arguments,
            over: inquest.visit(by: administrator.name, port: port), and: overlay))
      }
    }
  }

  /// The port that the operator would come to.
  static func port(after steps: [PlannedStep], _ known: Observations) -> UInt16 {
    var end = known
    for step in steps { end.fold(step.step) }
    return SSHDInquest(end)?.ports.first ?? 22
  }

  /// Whether sshd looks at what the step leaves before it takes a key; the fewer files are laid over the host, the
  /// faster it is.
  private static func concernsKeys(_ step: PlannedStep) -> Bool {
    if case .run = step.step.action { return true }
    guard let path = step.step.action.path else { return false }
    let isOfAccount =
      step.address.hasPrefix("user:") && !path.isWithin("/etc/harden") && !path.isWithin("/etc/sudoers.d")
    let read: [Path] = [
      "/etc/ssh", "/etc/pam.d", "/etc/security", "/etc/hosts.allow", "/etc/hosts.deny", "/etc/nologin",
    ]
    return isOfAccount || step.address.hasPrefix("sshd") || read.contains { path.isWithin($0) }
  }

  /// A line for each administrator; refused where sshd takes a key of nobody.
  private func tell(_ offers: [Offer], _ outcomes: [AccessRehearsal.Outcome], _ visitor: Operator?, _ told: inout Told)
  {
    var refused: (name: String, why: String)?
    // Whoever was left out may get in.
    var isDecided =
      administrators.count <= Self.mostAdministrators && administrators.allSatisfy { $0.keys.count <= Self.mostKeys }
    for name in administrators.map(\.name) {
      let own = zip(offers, outcomes).filter { $0.0.name == name }
      if let (offer, _) = own.first(where: { if case .passed = $0.1 { true } else { false } }) {
        isDecided = false
        told.accepted.insert(name)
        told.add(.key, .passed, "the planned sshd accepts \(name)'s key \(offer.key.fingerprint)")
        continue
      }
      for (offer, outcome) in own {
        let what = "\(name)'s key \(offer.key.fingerprint)"
        switch outcome {
        case .passed: break
        case .refused(let why) where visitor?.address == nil:
          isDecided = false
          told.addNotTried(.key, what, "\(why), but where you come from is not known (--from)")
        case .refused(let why):
          refused = refused ?? (name, why)
          told.add(.key, .refused, "\(what): \(why)")
        case .notTried(let why):
          isDecided = false
          told.addNotTried(.key, what, why)
        case .noProgram(let why):
          isDecided = false
          told.addWithoutProgram(.key, what, why)
        }
      }
    }
    if let refused, isDecided { told.refusals.append(.keyNotTaken(refused.name, refused.why)) }
  }
}

// MARK: Packets

extension PlanRehearsal {
  private struct Trial {
    /// The step after which the packet filter is like this.
    let step: PlannedStep
    let ports: [UInt16]
    let trial: PacketTrial

    func packet(from visitor: Operator?) -> String {
      "a packet from \(visitor?.outside ?? "?") to \(ports.map { "tcp/\($0)" }.joined(separator: ", "))"
    }
  }

  /// Whether there is a rule in any state that could keep a packet out.
  private func filters(_ steps: [PlannedStep], _ known: Observations) -> Bool {
    func mayFilter(_ host: Observations) -> Bool {
      guard let filter = (try? host.packetFilter())?.value else { return true }
      return !filter.isEmpty
    }
    var host = known
    if mayFilter(host) { return true }
    for step in steps {
      host.fold(step.step)
      if mayFilter(host) { return true }
    }
    return false
  }

  /// The packet filter at the end, and in the states on the way there that differ from it, from the first step on that
  /// closes a way in.
  private func trials(_ steps: [PlannedStep], _ known: Observations, _ visitor: Operator?) -> [Trial] {
    guard let visitor, let address = visitor.outside else { return [] }
    let start = steps.firstIndex { $0.step.risk == .closes } ?? steps.count - 1
    var host = known
    var trials: [Trial] = []
    var last: (filter: PacketFilter, ports: [UInt16])?
    for (index, step) in steps.enumerated() {
      host.fold(step.step)
      guard index >= start, let filter = (try? host.packetFilter())?.value,
        !filter.isEmpty,
        let ports = visitor.relay?.ports ?? SSHDInquest(host)?.ports, !ports.isEmpty
      else { continue }
      if let last, last == (filter, ports) { continue }
      last = (filter, ports)
      trials.append(
        Trial(
          step: step, ports: ports,
          trial: PacketTrial(filter, ports: ports, from: address, to: visitor.isOfThisHost ? nil : visitor.localAddress)
        ))
    }
    return Array(trials.suffix(Self.mostStates))
  }

  /// Why no packet of the operator's can be tried; nil where one can.
  private static func ignorance(of visitor: Operator?) -> String? {
    guard let visitor, let address = visitor.address else { return "where you come from is not known (--from)" }
    guard visitor.outside == nil else { return nil }
    let how = visitor.relay.map { "through \($0.process)" } ?? "by a proxy, a tunnel or ssh itself"
    return "you come from \(address), this host itself, \(how); where your packets come from is not known"
  }

  /// The packet filter after a boot, with a file of nft's loaded by a unit.
  private struct Boot {
    let unit: String
    let file: Path
    let trial: Trial
  }

  /// The same after a boot: where nftables.service is enabled, it loads its file first, loaded by now or not; so does
  /// what somebody made for that.
  private func bootTrials(like last: Trial, _ known: Observations) -> [Boot] {
    var files: [(unit: String, file: Path)] = []
    if (try? known.unit(Firewall.nftables))?.value?.isEnabled == true {
      files.append((Firewall.nftables, Firewall.nftablesFile))
    }
    files += BootUnits(known).loads.filter { $0.kind == .nft }.map { ($0.unit, $0.file) }
    return files.filter { (try? known.contents($0.file))?.value != nil }.map { unit, file in
      Boot(
        unit: unit, file: file,
        trial: Trial(step: last.step, ports: last.ports, trial: last.trial.atBoot(loading: file)))
    }
  }

  private func tell(_ boot: Boot, _ outcome: AccessRehearsal.Outcome, _ visitor: Operator?, _ told: inout Told) {
    guard case .refused(let rule) = outcome else { return }
    let what = boot.trial.packet(from: visitor)
    told.add(.packet, .refused, "after a boot, with \(boot.file) loaded, the kernel drops \(what), by \(rule)")
    told.refuse(.packetIsDroppedAfterBoot(what, by: rule, boot.unit, boot.file, boot.trial.step))
  }

  /// A line for the final state, and one for each on the way there that did not pass.
  private func tell(_ trials: [Trial], _ outcomes: [AccessRehearsal.Outcome], _ visitor: Operator?, _ told: inout Told)
  {
    for (index, (trial, outcome)) in zip(trials, outcomes).enumerated() {
      let isLast = index == trials.count - 1
      let what = trial.packet(from: visitor)
      let when = isLast ? "" : "after “\(Report.title(of: trial.step.step))” "
      switch outcome {
      case .passed(let rule):
        if isLast { told.add(.packet, .passed, "the kernel lets \(what) in\(rule.map { ", by \($0)" } ?? "")") }
      case .refused(let rule):
        told.add(.packet, .refused, "\(when)the kernel drops \(what), by \(rule)")
        if !told.dropsPackets { told.refuse(.packetIsDropped(what, by: rule, after: trial.step)) }
      case .notTried(let why): told.addNotTried(.packet, what, why)
      case .noProgram(let why): told.addWithoutProgram(.packet, what, why)
      }
    }
  }
}

extension Operator {
  /// Where the operator's packets come from, as the packet filter sees them; nil where that is not known.
  fileprivate var outside: String? { isOfThisHost ? relay?.address : address }
}

extension SSHDInquest {
  func visit(by user: String, port: UInt16) -> VisitorConnection {
    let connection = connection(user)
    return VisitorConnection(from: connection.address, to: connection.localAddress, port: port)
  }
}

extension RecipeChoice {
  /// Administrators that the recipe declares.
  var administrators: [Grants.Administrator] {
    recipe.state.sections.flatMap(\.declarations).flatMap { $0.resource.grants.administrators }
  }
}

extension Diagnostic {
  fileprivate static func keyNotTaken(_ name: String, _ why: String) -> Diagnostic {
    Diagnostic(
      "Your key would not be taken",
      detail: "The public key of \(name) was offered to sshd with the files and accounts as they would be, from where "
        + "you are, and the chain breaks at the link “key”: \(why). No other declared administrator gets further.",
      fix: "Mend what is said above on the host or in the inputs, then plan again.", address: "user:\(name)")
  }

  fileprivate static func packetIsDroppedAfterBoot(
    _ what: String, by rule: String, _ unit: String, _ file: Path, _ step: PlannedStep
  ) -> Diagnostic {
    Diagnostic(
      "Your packets would be dropped",
      detail:
        "\(unit) is enabled. With the rules of \(file), which it loads at the next boot, "
        + "the kernel drops \(what), by \(rule). It said so in a network namespace of its own.",
      fix: "Let it in in \(file), or: systemctl disable \(unit)", address: step.address)
  }

  fileprivate static func packetIsDropped(_ what: String, by rule: String, after step: PlannedStep) -> Diagnostic {
    Diagnostic(
      "Your packets would be dropped",
      detail: "With the rules as “\(Report.title(of: step.step))” leaves them, the kernel drops \(what): the chain "
        + "breaks at the link “packet filter”, by \(rule). It said so in a network namespace of its own.",
      fix: "Mend what is said above on the host or in the inputs, then plan again.", address: step.address)
  }
}
