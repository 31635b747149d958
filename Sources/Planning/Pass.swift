import HostState
import Resources

/// One walk over all resources: each is planned against the host as the steps of those before it leave it.
struct Pass {
  /// A step with the entry that proposed it.
  struct Draft {
    let entry: Int
    let step: Step
  }
  /// What all resources say of one and the same state.
  struct Law {
    var unsettled: [Int] = []
    var proposals: [Int: Proposal] = [:]
    var needs: Set<Inquiry> = []
    var failures: [Diagnostic] = []
  }

  private(set) var proposals: [Int: Proposal] = [:]
  private(set) var drafts: [Draft] = []
  private(set) var needs: Set<Inquiry> = []
  private(set) var failures: [Diagnostic] = []
  /// The host after all steps.
  private(set) var host: Observations

  init(_ entries: [Entry], order: [Int], from known: Observations) {
    host = known
    for index in order {
      let entry = entries[index]
      let missing = host.unanswered(entry.declaration.resource.probes(given: host))
      guard missing.isEmpty else {
        needs.formUnion(missing)
        foresee(entry, missing)
        continue
      }
      switch Self.proposal(of: entry, given: host) {
      case .failure(let diagnostic): failures.append(diagnostic)
      case .success(var proposal):
        for step in proposal.steps {
          needs.formUnion(host.unanswered(host.probes(above: step.action)))
          for step in host.foldersMissing(above: step) + [step] {
            drafts.append(Draft(entry: index, step: step))
            proposal.name(step.action, on: host)
            if let note = host.partingNote(step.action) { proposal.notes.append(note) }
            host.fold(step)
          }
        }
        proposals[index] = proposal
      }
    }
    // A failure may only be that of a host that is not known far enough yet.
    if !needs.isEmpty { failures = [] }
  }

  /// Goes on as if the steps so far changed none of the answers that are missing.
  ///
  /// The pass comes to no plan by then; but what the resources after this one ask, they ask over its steps. Without them
  /// a hundred accounts would take a hundred rounds, each named only after the one before.
  private mutating func foresee(_ entry: Entry, _ missing: Set<Inquiry>) {
    guard let guess = host.assuming(missing),
      guess.unanswered(entry.declaration.resource.probes(given: guess)).isEmpty,
      case .success(let proposal) = Self.proposal(of: entry, given: guess)
    else { return }
    for step in proposal.steps { host.fold(step) }
  }

  /// The resources that would still change something in this state.
  func unsettled(_ entries: [Entry], in state: Observations) -> Law {
    var law = Law()
    for (index, entry) in entries.enumerated() {
      let missing = state.unanswered(entry.declaration.resource.probes(given: state))
      guard missing.isEmpty else {
        law.needs.formUnion(missing)
        continue
      }
      switch Self.proposal(of: entry, given: state) {
      case .failure(let diagnostic): law.failures.append(diagnostic)
      case .success(let proposal):
        guard !proposal.isSettled else { continue }
        law.unsettled.append(index)
        law.proposals[index] = proposal
      }
    }
    if !law.needs.isEmpty { law.failures = [] }
    return law
  }

  private static func proposal(of entry: Entry, given host: Observations) -> Result<Proposal, Diagnostic> {
    do throws(Diagnostic) {
      let proposal = try entry.declaration.resource.proposal(given: host)
      guard proposal.changes.isEmpty == proposal.steps.isEmpty else {
        return .failure(
          .bug(
            "\(entry.address) proposes \(proposal.changes.count) changes, but \(proposal.steps.count) steps.",
            address: entry.address))
      }
      return .success(proposal)
    } catch {
      var diagnostic = error
      diagnostic.address = diagnostic.address ?? entry.address
      diagnostic.source = diagnostic.source ?? entry.declaration.source
      return .failure(diagnostic)
    }
  }
}

extension Observations {
  /// What becomes of the other names of a file (hard links) that a step changes.
  fileprivate func partingNote(_ action: Action) -> String? {
    switch action {
    case .write, .setMode, .setOwner, .settleSecrets: break
    default: return nil
    }
    guard let path = action.path, case .there(let status)? = try? file(path), let names = status.names else {
      return nil
    }
    let others = names == 2 ? "its other name stays as it is" : "its \(names - 1) other names stay as they are"
    return "\(path) is a file of its own from then on; \(others): "
      + "find / -xdev -samefile \(Command.quoted(path.text))"
  }
}
