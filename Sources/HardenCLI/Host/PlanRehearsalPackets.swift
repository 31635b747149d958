import HostAccess
import HostState
import Planning
import Reporting
import Resources

/// Connections through the planned packet filter, and through the one of the next boot.
extension PlanRehearsal {
  struct Trial {
    /// The step after which the packet filter is like this.
    let step: PlannedStep
    let ports: [UInt16]
    let trial: PacketTrial

    func packet(from visitor: Operator?) -> String {
      "a packet from \(visitor?.outside ?? "?") to \(ports.map { "tcp/\($0)" }.joined(separator: ", "))"
    }
  }

  /// Whether there is a rule in any state that could keep a packet out.
  func filters(_ steps: [PlannedStep], _ known: Observations) -> Bool {
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
  func trials(_ steps: [PlannedStep], _ known: Observations, _ visitor: Operator?) -> [Trial] {
    guard let visitor, visitor.outside != nil else { return [] }
    let start = steps.firstIndex { $0.step.risk == .closes } ?? steps.count - 1
    var host = known
    var trials: [Trial] = []
    var last: (filter: PacketFilter, ports: [UInt16])?
    for (index, step) in steps.enumerated() {
      host.fold(step.step)
      guard index >= start, let (trial, filter) = Self.trial(after: step, host, visitor) else { continue }
      if let last, last == (filter, trial.ports) { continue }
      last = (filter, trial.ports)
      trials.append(trial)
    }
    return Array(trials.suffix(Self.mostStates))
  }

  /// A packet of the operator's through the rules that a step leaves; nil where none could be kept out, or it is not known
  /// where they come from or go to.
  private static func trial(
    after step: PlannedStep, _ host: Observations, _ visitor: Operator
  ) -> (Trial, PacketFilter)? {
    guard let address = visitor.outside, let filter = (try? host.packetFilter())?.value, !filter.isEmpty,
      let ports = visitor.relay?.ports ?? SSHDInquest(host)?.ports, !ports.isEmpty
    else { return nil }
    let target = visitor.isOfThisHost ? nil : visitor.localAddress
    let packet = PacketTrial(filter, ports: ports, from: address, to: target)
    return (Trial(step: step, ports: ports, trial: packet), filter)
  }

  /// A packet of the operator's through the rules that are in force now that a step is done; what drops it, if something
  /// does.
  func look(after step: PlannedStep, knowing known: Observations) -> Diagnostic? {
    guard let visitor = (try? known.operator())?.value, visitor.isRoot,
      let (trial, _) = Self.trial(after: step, known, visitor),
      case .refused(let rule)? = AccessRehearsal.run([.packet(trial: trial.trial)]).first
    else { return nil }
    return .packetIsDropped(trial.packet(from: visitor), by: rule, after: step)
  }

  /// Why no packet of the operator's can be tried; nil where one can.
  static func ignorance(of visitor: Operator?) -> String? {
    guard let visitor, let address = visitor.address else { return "where you come from is not known (--from)" }
    guard visitor.outside == nil else { return nil }
    let how = visitor.relay.map { "through \($0.process)" } ?? "by a proxy, a tunnel or ssh itself"
    return "you come from \(address), this host itself, \(how); where your packets come from is not known"
  }

  /// The packet filter after a boot, with a file of nft's loaded by a unit.
  struct Boot {
    let unit: String
    let file: Path
    let trial: Trial
  }

  /// The same after a boot: where nftables.service is enabled, it loads its file first, loaded by now or not; so does
  /// what somebody made for that.
  func bootTrials(like last: Trial, _ known: Observations) -> [Boot] {
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

  func tell(_ boot: Boot, _ outcome: AccessRehearsal.Outcome, _ visitor: Operator?, _ told: inout Told) {
    guard case .refused(let rule) = outcome else { return }
    let what = boot.trial.packet(from: visitor)
    told.add(.packet, .refused, "after a boot, with \(boot.file) loaded, the kernel drops \(what), by \(rule)")
    told.refuse(.packetIsDroppedAfterBoot(what, by: rule, boot.unit, boot.file, boot.trial.step))
  }

  /// A line for the final state, and one for each on the way there that did not pass.
  func tell(_ trials: [Trial], _ outcomes: [AccessRehearsal.Outcome], _ visitor: Operator?, _ told: inout Told) {
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

extension Diagnostic {
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
