import HostState
import Resources

/// Whether somebody whom the recipe declares can get in, after every step that concerns access.
///
/// A plan that closes nothing is let pass. As long as nothing is closed, whoever got in still does; from the first step
/// that closes a way in, at least one declared administrator's chain must be whole after every step. That first step may
/// be what makes it so: the same drop-in forbids passwords and no longer asks for one beside the key. A settled host asks
/// nothing.
struct AccessProof {
  private(set) var needs: Set<Inquiry> = []
  private(set) var report = AccessReport()

  init(_ resources: [any Resource], steps: [PlannedStep], from known: Observations) {
    guard steps.contains(where: \.step.risk.concernsAccess) else { return }
    let administrators = resources.flatMap(\.grants.administrators)
    let firstClosing = steps.firstIndex { $0.step.risk == .closes }
    guard !administrators.isEmpty else {
      if let firstClosing { report.refusals = [.nobodyDeclared(steps[firstClosing])] }
      return
    }

    var host = known
    var whole: [String: (step: Int, key: String)] = [:]
    for (index, planned) in steps.enumerated() {
      let judges = planned.step.risk.concernsAccess || index == 0
      if judges { judge(administrators, in: host, before: index, firstClosing, steps, &whole) }
      host.fold(planned.step)
    }
    judge(administrators, in: host, before: steps.count, firstClosing, steps, &whole)
    guard needs.isEmpty else { return }
    for (name, found) in whole.sorted(by: { ($0.value.step, $0.key) < ($1.value.step, $1.key) }) {
      let since = found.step == 0 ? "Today" : "From step \(found.step)"
      report.timeline.append("\(since): \(name), key \(found.key), with sudo.")
    }
    if let firstClosing { report.timeline.append("Step \(firstClosing + 1) is the first that closes a way in.") }
  }

  private mutating func judge(
    _ administrators: [Grants.Administrator], in host: Observations, before index: Int, _ firstClosing: Int?,
    _ steps: [PlannedStep], _ whole: inout [String: (step: Int, key: String)]
  ) {
    var unknown: String?
    var broken: (name: String, link: String, why: String)?
    var somebody = false
    for administrator in administrators {
      var chain = AccessChain(in: host)
      let verdict = chain.verdict(on: administrator)
      needs.formUnion(chain.needs)
      switch verdict {
      case .whole(let key)?:
        somebody = true
        if whole[administrator.name] == nil { whole[administrator.name] = (index, key) }
      case .broken(let link, let why)?: broken = broken ?? (administrator.name, link, why)
      case .unknown(let why)?: unknown = unknown ?? why
      case nil: return
      }
    }
    guard let firstClosing, index > firstClosing, !somebody, report.refusals.isEmpty else { return }
    if let unknown {
      if !report.unproved.contains(unknown) { report.unproved.append(unknown) }
    } else if let broken {
      report.refusals = [.stranded(broken, after: index, steps)]
    }
  }
}

extension Diagnostic {
  fileprivate static func nobodyDeclared(_ step: PlannedStep) -> Diagnostic {
    Diagnostic(
      "Nobody could get in",
      detail: "The plan closes ways in (\(step.address)), but the recipe declares no administrator with a key who "
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
