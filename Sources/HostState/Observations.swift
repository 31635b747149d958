/// What is known of a host: answers of probes, and on top of them what planned steps state.
///
/// `known` holds answers of the host itself, asked as it is or over an overlay. `fold(_:)` adds a step's effects, so
/// that the next step is planned against the host as this one leaves it.
public struct Observations: Sendable {
  public private(set) var known: [Inquiry: Answer<Fact>]
  /// Answers that planned steps state or that follow from them.
  var stated: [Probe: Answer<Fact>] = [:]
  /// Files as planned steps leave them; what questions are asked over.
  var written = PlannedFiles()
  var accountsChanges: [AccountsChange] = []
  /// Packages that a planned step installs.
  var installed: Set<String> = []
  /// Paths about which a planned install or run makes all questions moot.
  var unsettled: Set<Path> = []
  /// The probes met so far whose answers hang on other paths: questions, trees, ages of what a daemon loaded.
  private(set) var dependents: Set<Probe> = []
  /// Those of them that a write may touch one by one: trees and ages of what a daemon loaded.
  private(set) var watchers: Set<Probe> = []
  /// Units that a planned step reloads, starts or stops.
  var reloaded: Set<String> = []
  /// Questions whose answer a planned step states.
  private(set) var statedQuestions: Set<Probe> = []

  /// Whether applications are asked what they say of themselves, which takes as long as they take: to verify, not to plan.
  public let asksApplications: Bool

  public init(_ known: [Inquiry: Answer<Fact>] = [:], asksApplications: Bool = false) {
    self.known = [:]
    self.asksApplications = asksApplications
    learn(known)
  }

  public mutating func learn(_ answers: [Inquiry: Answer<Fact>]) {
    known.merge(answers) { _, new in new }
    for inquiry in answers.keys { watch(inquiry.probe) }
  }

  /// Remembers a probe whose answer hangs on other paths than its own.
  mutating func watch(_ probe: Probe) {
    switch probe {
    case .output: dependents.insert(probe)
    case .tree, .stale, .reach:
      dependents.insert(probe)
      watchers.insert(probe)
    default: break
    }
  }

  /// Takes an answer for given after the steps folded so far.
  mutating func state(_ probe: Probe, _ answer: Answer<Fact>) {
    stated[probe] = answer
    if case .output = probe { statedQuestions.insert(probe) }
  }

  /// Nil when it was not asked yet.
  public func answer(_ probe: Probe) -> Answer<Fact>? {
    if let answer = stated[probe] { return answer }
    guard let answer = known[inquiry(for: probe)] else { return isForeseenMoved(probe) ? .moved : nil }
    return answer
  }

  /// The inquiry that has to be put to the host to know what the probe answers after the steps folded so far.
  public func inquiry(for probe: Probe) -> Inquiry {
    guard case .output(let question) = probe else { return Inquiry(probe) }
    var overlay = Overlay()
    overlay.entries = written.beneath(question.reads)
    if question.readsAccounts {
      overlay.accounts = question.account.map(accountsChanges.concerning) ?? accountsChanges
    }
    return Inquiry(probe, over: overlay)
  }

  /// Of these probes, the ones whose answer is not known yet, as inquiries.
  public func unanswered(_ probes: Set<Probe>) -> Set<Inquiry> {
    Set(probes.filter { answer($0) == nil }.map { inquiry(for: $0) })
  }

  /// The same host, if planned steps changed nothing about what was answered already without them.
  ///
  /// A guess, good for foreseeing what will be asked next, never for a plan. Nil where there is nothing to guess by.
  package func assuming(_ inquiries: Set<Inquiry>) -> Observations? {
    var guess = self
    for inquiry in inquiries {
      guard let answer = known[Inquiry(inquiry.probe)] else { return nil }
      guess.state(inquiry.probe, answer)
    }
    return guess
  }

  /// An answer that only the host with the planned package could give.
  private func isForeseenMoved(_ probe: Probe) -> Bool {
    if case .reach(let question) = probe {
      return reloaded.contains(question.unit) || !written.beneath(question.reads).isEmpty
    }
    guard case .output(let question) = probe else { return false }
    if let package = question.package, installed.contains(package) { return true }
    return question.reads.contains { read in unsettled.contains { $0.isWithin(read) || read.isWithin($0) } }
  }
}

// MARK: What planning asks

extension Observations {
  /// The paths whose changes the unit has to load, as far as resources asked about it.
  public func pathsLoaded(by unit: String) -> [Path] {
    watchers.flatMap { probe in
      if case .stale(unit, let paths) = probe { return paths }
      return []
    }
  }

  /// The paths that Debian's package brings, as far as resources look at them.
  public static func stockPaths(of package: String) -> [Path] {
    guard let stock = StockPackage.table[package] else { return [] }
    return stock.entries.keys.sorted() + stock.brings.flatMap(stockPaths)
  }
}
