import HostState

@testable import Planning
@testable import RecipeDSL

/// A resource made of closures' data, to plan without real kinds: wants a file with a text, may need a path first.
struct Toy: Resource {
  var address: String
  var path: Path
  var text: String
  var needs: [Requirement] = []
  var risk = Risk.none
  var reloads: String?

  static var examples: [Toy] { [Toy(address: "toy", path: "/toy", text: "x")] }

  func probes(given known: Observations) -> Set<Probe> {
    var probes: Set<Probe> = [.file(path: path), .contents(path: path)]
    if let reloads { probes.insert(.stale(unit: reloads, paths: [path.parent])) }
    return probes
  }

  func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    var proposal = Proposal()
    if try host.contents(path).value != text {
      proposal.changes.append(Change(address, from: nil, to: text, risk: risk))
      proposal.steps.append(
        Step(.write(path: path, contents: text, mode: 0o644, owner: .root, check: nil), risk: risk, requires: needs))
    }
    if let reloads, try host.isStale(reloads, [path.parent]).value == true || !proposal.steps.isEmpty {
      proposal.changes.append(Change(address, "running", from: "older", to: "as on disk", risk: risk))
      proposal.steps.append(Step(.reload(unit: reloads, restart: false, check: nil, listening: []), risk: risk))
    }
    return proposal
  }
}

/// Everything the toys ask, answered as on a host that has none of their files.
func blank(_ toys: [Toy]) -> Observations {
  var answers: [Inquiry: Answer<Fact>] = [:]
  for toy in toys {
    for probe in toy.probes(given: Observations()) {
      if case .stale = probe {
        answers[Inquiry(probe)] = .there(value: .flag(false))
      } else {
        answers[Inquiry(probe)] = .absent
      }
    }
  }
  return Observations(answers)
}

func state(_ toys: [Toy]) -> DesiredState {
  DesiredState(sections: [
    SectionState(
      name: "Toys", why: nil,
      declarations: toys.enumerated().map { Declaration($1, source: SourceLine(file: "Toys.swift", line: $0 + 1)) })
  ])
}

/// The plan's steps as `address action`, or the failures' summaries.
func outcome(_ toys: [Toy]) -> [String] {
  switch Planner(state(toys), recipe: "toys").plan(given: blank(toys)) {
  case .needs(let inquiries): return inquiries.map { "asks \($0.probe)" }
  case .failed(let diagnostics): return diagnostics.map { "\($0.summary): \($0.address ?? "")" }
  case .plan(let plan):
    return plan.steps.map { planned in
      switch planned.step.action {
      case .write(let path, _, _, _, _): "\(planned.address) writes \(path)"
      case .reload(let unit, _, _, _): "reload \(unit)"
      default: "\(planned.address) ?"
      }
    }
  }
}
