import HostState
import RecipeDSL

/// What planning comes to, given what is known of the host.
public enum PlanningOutcome: Sendable {
  /// More must be asked first; learn the answers and call again.
  case needs(Set<Inquiry>)
  case plan(Plan)
  case failed([Diagnostic])
}

/// Compares what a recipe declares with what is known of a host.
///
/// Holds no host, so planning cannot write: it returns a plan, or the inquiries that it still needs.
public struct Planner: Sendable {
  let desired: DesiredState
  let recipe: String
  let inputs: [String: [String]]

  public init(_ desired: DesiredState, recipe: String, inputs: [String: [String]] = [:]) {
    (self.desired, self.recipe, self.inputs) = (desired, recipe, inputs)
  }

  /// The plan, once everything that it rests on is known.
  public func plan(given known: Observations) -> PlanningOutcome {
    let entries = entries()
    let clashes = Self.clashes(in: entries)
    guard clashes.isEmpty else { return .failed(clashes) }
    var order = Array(entries.indices)
    var tried: Set<[Int]> = []
    var losers: Set<Int> = []
    while true {
      let pass = Pass(entries, order: order, from: known)
      guard pass.failures.isEmpty else { return .failed(pass.failures) }
      guard pass.needs.isEmpty else { return .needs(pass.needs.union(known.unanswered([.host, .operator]))) }
      guard !pass.drafts.isEmpty else { return finish(entries, pass, known) }
      let law = pass.unsettled(entries, in: pass.host)
      guard law.failures.isEmpty else { return .failed(law.failures) }
      guard law.needs.isEmpty else { return .needs(law.needs) }
      guard law.unsettled.isEmpty else {
        tried.insert(order)
        losers.formUnion(law.unsettled)
        // Whoever is undone by another's steps is planned after them; where that goes round in a circle, nobody wins.
        let late = Set(law.unsettled)
        order = order.filter { !late.contains($0) } + order.filter(late.contains)
        guard !tried.contains(order) else { return .failed([.circle(losers.sorted().map { entries[$0] }, law)]) }
        continue
      }
      return finish(entries, pass, known)
    }
  }

  /// The packet filter closes last, unless somebody gets in throughout only the other way round: a port that sshd moves
  /// to may be shut until ufw's rules are loaded.
  private func finish(_ entries: [Entry], _ pass: Pass, _ known: Observations) -> PlanningOutcome {
    let usual = finish(entries, pass, known, closesFilterFirst: false)
    guard case .plan(let plan) = usual, !plan.access.refusals.isEmpty else { return usual }
    let other = finish(entries, pass, known, closesFilterFirst: true)
    switch other {
    case .plan(let plan) where plan.access.refusals.isEmpty: return other
    case .needs: return other
    default: return usual
    }
  }

  private func finish(
    _ entries: [Entry], _ pass: Pass, _ known: Observations, closesFilterFirst: Bool
  ) -> PlanningOutcome {
    var steps: [PlannedStep] = []
    // Should the recipe's order not do, the one does in which it was planned.
    for isAsPlanned in [false, true] {
      do throws(Diagnostic) {
        let order = DoingOrder(
          pass.drafts, entries: entries, from: known, isAsPlanned: isAsPlanned, closesFilterFirst: closesFilterFirst)
        steps = try order.sorted()
      } catch {
        return .failed([error])
      }
      // Without a step the host stays as it is, and all were asked about that already.
      guard !steps.isEmpty else { break }
      var end = known
      for step in steps { end.fold(step.step) }
      let law = pass.unsettled(entries, in: end)
      guard law.failures.isEmpty else { return .failed(law.failures) }
      guard law.needs.isEmpty else { return .needs(law.needs) }
      guard let first = law.unsettled.first else { break }
      if isAsPlanned { return .failed([.unsettledInOrder(entries[first], law.proposals[first])]) }
    }
    let closes = pass.proposals.values.contains { $0.changes.contains { $0.risk == .closes } }
    let proof = AccessProof(entries.map(\.declaration.resource), steps: steps, from: known, closes: closes)
    guard proof.needs.isEmpty else { return .needs(proof.needs) }

    var plan = Plan(
      recipe: recipe, inputs: inputs, host: (try? known.host())?.value, visitor: (try? known.operator())?.value,
      sections: sections(entries, pass), steps: steps, access: proof.report)
    plan.announced = announced(entries, pass)
    for step in steps {
      guard case .write(let path, _, _, _, _) = step.step.action,
        case .there(.text(let text))? = known.answer(.contents(path: path))
      else { continue }
      plan.textsBefore[path.text] = text
    }
    return .plan(plan)
  }

  /// Whoever looks at a fact that some resource awaits.
  private func announced(_ entries: [Entry], _ pass: Pass) -> [String] {
    let awaited = Set(pass.proposals.values.flatMap(\.awaited))
    guard !awaited.isEmpty else { return [] }
    return entries.filter { !awaited.isDisjoint(with: $0.declaration.resource.probes(given: pass.host)) }.map(\.address)
  }

  private func sections(_ entries: [Entry], _ pass: Pass) -> [PlannedSection] {
    var sections = desired.sections.map { PlannedSection(name: $0.name, why: $0.why, items: []) }
    for (index, entry) in entries.enumerated() {
      let proposal = pass.proposals[index] ?? .nothing
      sections[entry.section].items.append(
        PlannedItem(
          address: entry.address, source: entry.declaration.source, changes: proposal.changes, notes: proposal.notes,
          waiting: proposal.waiting))
    }
    return sections
  }

  private func entries() -> [Entry] {
    desired.sections.enumerated().flatMap { section, state in
      state.declarations.map {
        Entry(declaration: $0, address: $0.resource.address, section: section, sectionName: state.name)
      }
    }
  }

  private static func clashes(in entries: [Entry]) -> [Diagnostic] {
    var first: [String: Entry] = [:]
    var clashes: [Diagnostic] = []
    for entry in entries {
      if let other = first[entry.address] {
        clashes.append(.sameAddress(entry, other))
      } else {
        first[entry.address] = entry
      }
    }
    return clashes
  }
}

/// A declaration, with where it stands in the recipe.
struct Entry: Sendable {
  let declaration: Declaration
  let address: String
  let section: Int
  let sectionName: String
}

extension Diagnostic {
  fileprivate static func sameAddress(_ entry: Entry, _ other: Entry) -> Diagnostic {
    Diagnostic(
      "Declared twice",
      detail: "“\(entry.address)” is declared here and at \(other.declaration.source). One thing has one declaration: "
        + "with two, each apply would undo the other.",
      fix: "Remove one of the two, or join them.", address: entry.address, source: entry.declaration.source)
  }

  fileprivate static func circle(_ members: [Entry], _ law: Pass.Law) -> Diagnostic {
    let names = members.map { "\($0.address) (\($0.declaration.source))" }.joined(separator: " and ")
    let wishes = law.unsettled.prefix(3).compactMap { law.proposals[$0]?.changes.first }
      .map { "\($0.subject) \($0.property): \($0.before ?? "nothing") → \($0.after ?? "nothing")" }
    return Diagnostic(
      "Declarations contradict each other",
      detail: "After all planned steps \(names) would still differ: \(wishes.joined(separator: "; ")). "
        + "What one of them sets, another one takes back, so no order of steps settles both.",
      fix: "Change or remove one of them.", address: members.first?.address, source: members.first?.declaration.source)
  }

  fileprivate static func unsettledInOrder(_ entry: Entry, _ proposal: Proposal?) -> Diagnostic {
    let left = (proposal?.changes ?? []).prefix(3)
      .map { "\($0.subject) \($0.property): \($0.before ?? "nothing") → \($0.after ?? "nothing")" }
    return .bug(
      "In the order the steps would be done in, \(entry.address) would still differ: "
        + left.joined(separator: "; ") + ".", address: entry.address)
  }
}
