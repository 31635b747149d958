import HostState

/// Joins steps that are one act on the host: one run of apt for all packages, one reload of a unit for all its files.
struct Merging {
  private(set) var steps: [PlannedStep] = []
  /// For each step, the index of the entry that proposed it first.
  private(set) var places: [Int] = []
  /// Pairs (earlier, later) of steps that one resource proposed in this order.
  private(set) var sequence: [(Int, Int)] = []

  init(_ drafts: [Pass.Draft], entries: [Entry]) {
    var update: Int?
    var install: Int?
    var reloads: [String: (index: Int, entries: Set<Int>)] = [:]
    var seen: [Step: Int] = [:]
    var lastOf: [Int: Int] = [:]
    for draft in drafts {
      let entry = entries[draft.entry]
      let index: Int
      switch draft.step.action {
      case .updatePackageLists:
        index = update ?? add(draft, entry)
        update = index
      case .install(let packages):
        index = install ?? add(draft, entry)
        install = index
        join(packages, into: index, draft.step)
      case .reload(let unit, _, _, _):
        // A resource that reloads twice means it: the second time over what it wrote after the first.
        if let last = reloads[unit], !last.entries.contains(draft.entry) {
          index = last.index
          reloads[unit]?.entries.insert(draft.entry)
          join(draft.step, into: index)
        } else {
          index = add(draft, entry)
          reloads[unit] = (index, [draft.entry])
        }
      default:
        index = seen[draft.step] ?? add(draft, entry)
        seen[draft.step] = index
      }
      if let last = lastOf[draft.entry], last != index { sequence.append((last, index)) }
      lastOf[draft.entry] = index
    }
    if let update, let install { sequence.append((update, install)) }
  }

  private mutating func add(_ draft: Pass.Draft, _ entry: Entry) -> Int {
    steps.append(PlannedStep(address: entry.address, section: entry.sectionName, step: draft.step))
    places.append(draft.entry)
    return steps.count - 1
  }

  private mutating func join(_ packages: [String], into index: Int, _ step: Step) {
    guard case .install(let known) = steps[index].step.action else { return }
    let all = known + packages.filter { !known.contains($0) }
    steps[index].step.action = .install(packages: all)
    steps[index].step.effects += step.effects.filter { !steps[index].step.effects.contains($0) }
    steps[index].step.risk = max(steps[index].step.risk, step.risk)
    if all.count > 1 { steps[index].address = "packages" }
  }

  private mutating func join(_ step: Step, into index: Int) {
    guard case .reload(let unit, let restart, let check, let listening) = steps[index].step.action,
      case .reload(_, let otherRestart, let otherCheck, let others) = step.action
    else { return }
    steps[index].step.action = .reload(
      unit: unit, restart: restart || otherRestart, check: check ?? otherCheck,
      listening: listening + others.filter { !listening.contains($0) })
    steps[index].step.effects += step.effects.filter { !steps[index].step.effects.contains($0) }
    steps[index].step.risk = max(steps[index].step.risk, step.risk)
  }
}
