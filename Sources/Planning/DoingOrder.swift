import HostState

/// The order in which steps are carried out.
///
/// As proposed within a resource; steps on one thing as planned; a thing that is absent at the start after its maker; a
/// reload after the files that the daemon reads. Among what these leave free: steps without access risk first, then what
/// opens a way in, then what closes one, kernel settings last: they do not make anybody's way in, as sshd's settings do. Of
/// those as the recipe has them, since the order in which resources were planned is another one once some of the steps are
/// done.
struct DoingOrder {
  private var steps: [PlannedStep] = []
  /// For each step, the place in the recipe of who proposed it.
  private let places: [Int]
  /// For each step, the steps that must be done before it.
  private var before: [Set<Int>] = []
  private let closesFilterFirst: Bool

  /// - Parameters:
  ///   - isAsPlanned: whether what is free comes in the order in which it was planned, whatever the recipe's.
  ///   - closesFilterFirst: whether of the steps that close a way in those of the packet filter come first.
  init(
    _ drafts: [Pass.Draft], entries: [Entry], from known: Observations, isAsPlanned: Bool = false,
    closesFilterFirst: Bool = false
  ) {
    self.closesFilterFirst = closesFilterFirst
    let merged = Merging(drafts, entries: entries)
    steps = merged.steps
    places = isAsPlanned ? Array(steps.indices) : merged.places
    before = Array(repeating: [], count: steps.count)
    for (earlier, later) in merged.sequence where earlier != later { before[later].insert(earlier) }
    orderByThings()
    orderByNeeds(known)
    orderReloads(known)
  }

  /// - Throws: a `Diagnostic` that names the members of a circle.
  func sorted() throws(Diagnostic) -> [PlannedStep] {
    var waitsFor = before
    var dependents: [[Int]] = Array(repeating: [], count: steps.count)
    for (later, earliers) in before.enumerated() {
      for earlier in earliers { dependents[earlier].append(later) }
    }
    var ready = ReadySteps()
    for index in steps.indices where waitsFor[index].isEmpty { ready.insert(index, rank(index)) }
    var done: [PlannedStep] = []
    while let next = ready.popFirst() {
      done.append(steps[next])
      for later in dependents[next] {
        waitsFor[later].remove(next)
        if waitsFor[later].isEmpty { ready.insert(later, rank(later)) }
      }
    }
    guard done.count == steps.count else {
      let stuck = Set(steps.indices.filter { !waitsFor[$0].isEmpty }.map { steps[$0].address })
      throw Diagnostic(
        "No order of steps",
        detail: "The steps of \(stuck.sorted().joined(separator: ", ")) each need another one of them done first.",
        fix: "Move one of them to another place in the recipe, or report this.", isBug: true)
    }
    return done
  }

  private func rank(_ index: Int) -> (Int, Int, Int, Int) {
    let step = steps[index].step
    var wait = 0
    if step.risk == .closes, step.setsKernel {
      wait = 2
    } else if step.risk == .closes, closesFilterFirst, !step.footprint.packetFilter {
      wait = 1
    }
    return (step.risk.concernsAccess ? step.risk.rank : 0, wait, places[index], index)
  }

  private mutating func orderByThings() {
    var last: [Thing: Int] = [:]
    for (index, planned) in steps.enumerated() {
      for thing in planned.step.things {
        if let earlier = last[thing], earlier != index { before[index].insert(earlier) }
        last[thing] = index
      }
    }
  }

  private mutating func orderByNeeds(_ known: Observations) {
    var makers: [Requirement: Int] = [:]
    for (index, planned) in steps.enumerated() {
      for made in planned.step.makes(after: known) where makers[made] == nil { makers[made] = index }
    }
    for (index, planned) in steps.enumerated() {
      for need in planned.step.needs {
        guard let maker = makers[need], maker != index, !reaches(index, maker) else { continue }
        before[index].insert(maker)
      }
    }
  }

  /// Whether `start` must already be done before `end` (a maker that itself needs the user is no help).
  private func reaches(_ start: Int, _ end: Int) -> Bool {
    var seen: Set<Int> = []
    var open = [end]
    while let index = open.popLast() {
      if index == start { return true }
      for earlier in before[index] where seen.insert(earlier).inserted { open.append(earlier) }
    }
    return false
  }

  /// A reload comes after every write that makes its daemon's configuration newer.
  private mutating func orderReloads(_ known: Observations) {
    for (index, planned) in steps.enumerated() {
      guard let unit = planned.step.reloadedUnit else { continue }
      let read = known.pathsLoaded(by: unit)
      for (other, candidate) in steps.enumerated() where other != index {
        guard candidate.step.things.contains(where: { thing in read.contains { thing.lies(in: $0) } }) else { continue }
        if !reaches(index, other) { before[other].remove(index); before[index].insert(other) }
      }
    }
  }
}

/// The steps whose turn it could be, lowest rank first.
private struct ReadySteps {
  /// Highest rank first, so that the next one is popped off the end.
  private var queue: [(index: Int, rank: (Int, Int, Int, Int))] = []

  mutating func insert(_ index: Int, _ rank: (Int, Int, Int, Int)) {
    var (low, high) = (0, queue.count)
    while low < high {
      let middle = (low + high) / 2
      if queue[middle].rank > rank { low = middle + 1 } else { high = middle }
    }
    queue.insert((index, rank), at: low)
  }

  mutating func popFirst() -> Int? { queue.popLast()?.index }
}
