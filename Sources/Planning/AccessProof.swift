import HostState
import Resources

/// Whether somebody whom the recipe declares can get in, after every step that concerns access.
///
/// A plan that closes nothing is let pass. As long as nothing is closed, whoever got in still does; from the first step
/// that may close a way in, at least one declared administrator's chain must be whole after every step. That first step may
/// be what makes it so: the same drop-in forbids passwords and no longer asks for one beside the key. A settled host asks
/// nothing.
struct AccessProof {
  private(set) var needs: Set<Inquiry> = []
  private(set) var report = AccessReport()
  /// Chains that were looked at.
  private(set) var verdicts = 0

  private let steps: [PlannedStep]
  private let administrators: [Grants.Administrator]
  private let firstClosing: Int?
  /// Since which step a chain is whole, and by which key.
  private var whole: [String: (step: Int, key: String)] = [:]
  /// Whoever got in after the last step that was judged; asked first after the next one.
  private var witness: Grants.Administrator?

  /// - Parameter closes: whether some change closes a way in. Where none does, a daemon's reload is guarded all the same,
  ///   and is not told of as if it did.
  init(_ resources: [any Resource], steps: [PlannedStep], from known: Observations, closes: Bool = true) {
    self.steps = steps
    administrators = resources.flatMap(\.grants.administrators)
    firstClosing = steps.firstIndex { $0.step.risk == .closes }
    guard steps.contains(where: \.step.risk.concernsAccess) else { return }
    guard !administrators.isEmpty else {
      // A kernel setting shuts nobody out whom sshd lets in, or everybody: the revert is for that.
      if let step = steps.first(where: \.step.choosesVisitors) {
        report.refusals = [.nobodyDeclared(step)]
      }
      return
    }

    var host = known
    var touched: Set<String> = []
    for index in 0...steps.count {
      if isJudged(before: index) {
        judge(host, before: index, touched: touched)
        touched = []
      }
      guard index < steps.count else { break }
      host.fold(steps[index].step)
      touched.insert(steps[index].address)
    }
    guard needs.isEmpty else { return }
    for (name, found) in whole.sorted(by: { ($0.value.step, $0.key) < ($1.value.step, $1.key) }) {
      let since = found.step == 0 ? AccessReport.today : "From step \(found.step)"
      report.timeline.append("\(since): \(name), key \(found.key), with sudo.")
    }
    if closes, let firstClosing {
      report.timeline.append("Step \(firstClosing + 1) of \(steps.count) is the first that may close a way in.")
    }
  }

  /// Whether the state before this step is looked at: at the start, around every step that concerns access, at the end.
  private func isJudged(before index: Int) -> Bool {
    if index == 0 || index == steps.count { return true }
    return steps[index].step.risk.concernsAccess || steps[index - 1].step.risk == .closes
  }

  /// Looks at whoever does not get in yet and whom one of the last steps may concern, and, once something is closed, at
  /// as many as it takes to find one who gets in: all steps together cost what the administrators and the steps come to.
  private mutating func judge(_ host: Observations, before index: Int, touched: Set<String>) {
    let names = Set(administrators.map { "user:\($0.name)" })
    let concernsAll = index == 0 || index == steps.count || !touched.isSubset(of: names)
    var found: [String: AccessChain.Verdict?] = [:]
    func look(at administrator: Grants.Administrator, _ proof: inout AccessProof) {
      guard found[administrator.name] == nil else { return }
      var chain = AccessChain(in: host)
      let verdict = chain.verdict(on: administrator)
      proof.verdicts += 1
      proof.needs.formUnion(chain.needs)
      if case .whole(let key)? = verdict, proof.whole[administrator.name] == nil {
        proof.whole[administrator.name] = (index, key)
        proof.witness = administrator
      }
      found.updateValue(verdict, forKey: administrator.name)
    }
    for administrator in administrators where whole[administrator.name] == nil {
      if concernsAll || touched.contains("user:\(administrator.name)") { look(at: administrator, &self) }
    }
    guard let firstClosing, index > firstClosing else { return }
    if let witness {
      look(at: witness, &self)
      switch found[witness.name] {
      // What is still to be asked about the witness decides whether anybody else is looked at.
      case .whole??, .some(nil): return
      default: break
      }
    }
    for administrator in administrators { look(at: administrator, &self) }
    conclude(administrators.map { (name: $0.name, verdict: found[$0.name] ?? nil) }, after: index)
  }

  /// What it means for the plan that these are the verdicts after a step, something being closed already.
  private mutating func conclude(_ verdicts: [(name: String, verdict: AccessChain.Verdict?)], after index: Int) {
    var unknown: String?
    var broken: (name: String, link: String, why: String)?
    for (name, verdict) in verdicts {
      switch verdict {
      case .whole?:
        witness = administrators.first { $0.name == name }
        return
      case .broken(let link, let why)?: broken = broken ?? (name, link, why)
      case .unknown(let why)?: unknown = unknown ?? why
      case nil: return
      }
    }
    guard report.refusals.isEmpty else { return }
    if let unknown {
      if !report.unproved.contains(unknown) { report.unproved.append(unknown) }
    } else if let broken {
      report.refusals = [.stranded(broken, after: index, steps)]
    }
  }
}

extension AccessReport {
  fileprivate static let today = "Today"

  /// Without what is told by the numbers of steps: for whoever is shown some of the steps alone.
  package var withoutSteps: AccessReport {
    var report = self
    report.timeline.removeAll { !$0.hasPrefix(Self.today) }
    return report
  }
}

extension Diagnostic {
  fileprivate static func nobodyDeclared(_ step: PlannedStep) -> Diagnostic {
    Diagnostic(
      "Nobody could get in",
      detail: "The plan may close ways in (\(step.address)), but the recipe declares no administrator with a key who "
        + "could get in afterwards.",
      fix: "Declare one: User(\"deploy\", role: .administrator, keys: [key])", address: step.address)
  }

  fileprivate static func stranded(
    _ broken: (name: String, link: String, why: String), after index: Int, _ steps: [PlannedStep]
  ) -> Diagnostic {
    Diagnostic(
      "You would be locked out",
      detail: "After step \(index) no declared administrator could log in. For \(broken.name) "
        + "the chain breaks at the link “\(broken.link)”: \(broken.why).",
      fix: "Mend what is said above on the host or in the inputs, then plan again.",
      address: steps[min(max(index - 1, 0), steps.count - 1)].address)
  }
}
