import HostState

/// One run as `harden history` lists it.
public struct RunSummary: Hashable, Codable, Sendable {
  public struct StepSummary: Hashable, Codable, Sendable {
    public var address: String
    public var section: String
    public var step: Step
    /// `done`, `failed`, `interrupted`, `at work`, `taken back`.
    public var state: String
  }
  public enum Outcome: Hashable, Codable, Sendable {
    case done
    case failed(words: String)
    /// It never came to an end: killed, or the power went.
    case interrupted
    /// Another harden is carrying it out just now.
    case atWork
  }
  public var number: Int
  /// `apply`, `undo`.
  public var kind: String
  public var recipe: String
  public var inputs: [String: [String]]
  /// The plan as it was shown.
  public var plan: String
  /// What the plan was to change; nil where an older harden did not write it down.
  public var changes: [RecordedChange]?
  public var version: String
  /// Seconds since 1970.
  public var started: Int
  public var finished: Int?
  public var outcome: Outcome
  public var steps: [StepSummary]
  /// For an undo: the first of the runs it took back.
  public var undoes: Int?
  /// For a revert: why it came about.
  public var cause: String?
  /// For an undo: how many steps of those runs it took back.
  public var tookBack: Int?
  /// For an undo: where it keeps what somebody else had changed and it overwrote; nil where there was nothing.
  public var keptAside: Path?
  /// Whether all that it did has been taken back.
  public var isTakenBack: Bool

  /// Whether it is an apply, and something that it did is there still.
  public var isStanding: Bool { undoes == nil && !isTakenBack && !steps.isEmpty }

  /// Steps that were done, whether or not they were taken back since.
  public var done: Int { steps.count { $0.state == "done" || $0.state == "taken back" } }
  public var takenBack: Int { steps.count { $0.state == "taken back" } }
}

extension RunSummary {
  init(_ journal: Journal, isAtWork: Bool = false) {
    let header = journal.header
    let end = journal.records.last { $0.kind == .finished }
    let steps = journal.steps
    self.init(
      number: header.number, kind: header.kind.rawValue, recipe: header.recipe, inputs: header.inputs,
      plan: header.plan, changes: header.changes, version: header.version, started: header.started,
      finished: journal.isOpen ? nil : end?.time,
      outcome: Outcome(journal, isAtWork: isAtWork),
      steps: steps.map {
        StepSummary(
          address: $0.planned.address, section: $0.planned.section, step: $0.planned.step,
          state: $0.state == .open && isAtWork ? "at work" : $0.state.words)
      },
      undoes: header.undoes, cause: header.cause,
      isTakenBack: steps.contains { $0.state == .takenBack } && !steps.contains(where: \.isStanding))
  }

  /// The runs this host has seen, oldest first.
  ///
  /// - Throws: a `Diagnostic` when a journal cannot be read or is of a newer harden.
  public static func history(_ paths: StatePaths = .standard) throws(Diagnostic) -> [RunSummary] {
    // Looked at before and after: one may begin or end meanwhile.
    let before = RunLock.runAtWork(paths)
    let journals = try Journal.all(in: paths)
    let atWork = [before, RunLock.runAtWork(paths)]
    var runs: [RunSummary] = []
    for journal in journals {
      var summary = RunSummary(journal, isAtWork: atWork.contains(journal.header.number))
      if let first = journal.header.undoes {
        let vault = paths.vault(ofUndo: journal.header.number)
        if try SafeFiles.status(vault) != nil { summary.keptAside = vault }
        summary.tookBack = journals.filter { (first..<journal.header.number).contains($0.header.number) }
          .flatMap(\.records).count {
            $0.kind == .takenBack && $0.time >= journal.header.started && $0.time <= journal.lastTime
          }
      }
      runs.append(summary)
    }
    return runs
  }
}

extension [RunSummary] {
  /// Applies that an undo began to take back without coming to its end, so that a part of them is in force; oldest first.
  public var halfTakenBack: [RunSummary] {
    filter { run in
      guard run.isStanding, run.takenBack > 0 else { return false }
      let undos = filter { ($0.undoes ?? Int.max) <= run.number && $0.number > run.number }
      return undos.contains { ($0.tookBack ?? 0) > 0 } && !undos.contains { $0.outcome == .done }
    }
  }
}

extension RunSummary.Outcome {
  init(_ journal: Journal, isAtWork: Bool) {
    guard !journal.isOpen else {
      self = isAtWork ? .atWork : .interrupted
      return
    }
    let end = journal.records.last { $0.kind == .finished }
    self = end?.isSuccess == true ? .done : .failed(words: end?.words ?? "")
  }
}

extension Journal {
  /// When it was last written to, in seconds since 1970.
  fileprivate var lastTime: Int { records.last?.time ?? Int.max }
}

extension JournaledStep.State {
  fileprivate var words: String {
    switch self {
    case .open: "interrupted"
    case .done: "done"
    case .failed: "failed"
    case .takenBack: "taken back"
    }
  }
}
