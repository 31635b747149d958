import Glibc
import HostState

/// Carries out steps on this host, and keeps a journal by which they can be taken back.
///
///     let executor = Executor()
///     try executor.lock()
///     try executor.recover()
///     try executor.begin(recipe: "django-apache", inputs: [:], plan: text, version: "1.0")
///     try executor.carryOut(step, address: "sshd", section: "Way in")
///     try executor.finish(.done)
///
/// Not for use from several threads at once.
public final class Executor {
  public typealias Progress = (_ words: String, _ percent: Int?) -> Void

  /// How a run ended.
  public enum Ending: Hashable, Sendable {
    case done
    case failed(words: String)
    /// Stopped between two steps, as asked.
    case stopped
  }

  let paths: StatePaths
  let runner = ProcessRunner(launcher: .foundation)
  /// Asks checks about files that are not written yet; nil where they are to be asked afterwards.
  let overlay: OverlayRunner?
  private(set) var runLock: RunLock?
  var journal: Journal?
  /// The number of the last step of the run.
  var lastStep = 0
  /// Who gets in before and after the undo that was planned last.
  var outlook: UndoOutlook?

  public init(paths: StatePaths = .standard, overlay: OverlayRunner? = OverlayRunner()) {
    (self.paths, self.overlay) = (paths, overlay)
  }

  /// The number of the run at work.
  public var run: Int? { journal?.header.number }

  /// Takes the lock that makes runs one at a time; nothing to do where it is held already.
  ///
  /// - Throws: a `Diagnostic` when another harden is at work, or somebody else could have written what this one rests on.
  public func lock(progress: Progress = { _, _ in }) throws(Diagnostic) {
    guard runLock == nil else { return }
    if let objection = paths.objection() { throw objection }
    runLock = try RunLock.take(paths) { progress($0, nil) }
  }

  /// Takes the lock from an apply that is still at work within this window, and ends that.
  ///
  /// - Throws: a `Diagnostic` when what holds it cannot be ended.
  public func seizeLock(_ window: ConfirmWindow, progress: Progress = { _, _ in }) throws(Diagnostic) {
    guard runLock == nil else { return }
    // The way back in is open to whoever may have written there as well: better that than none.
    if let objection = paths.objection() { progress("\(objection.summary): \(objection.detail)", nil) }
    runLock = try RunLock.seize(paths, from: window.worker) { progress($0, nil) }
  }

  /// Lets go of the lock; what a run left open stays open.
  func unlock() { runLock = nil }

  /// Begins a run, or goes on with one that was interrupted and is under way again after `recover`.
  ///
  /// - Parameters:
  ///   - inputs: as the plan prints them, without secrets.
  ///   - plan: the plan as it was shown.
  ///   - changes: what it is to change.
  public func begin(
    recipe: String, inputs: [String: [String]], plan: String, changes: [RecordedChange] = [], version: String,
    progress: Progress = { _, _ in }
  ) throws(Diagnostic) {
    try lock(progress: progress)
    if let journal, journal.isOpen { return }
    let header = RunHeader(
      number: 0, kind: .apply, recipe: recipe, inputs: inputs, plan: plan, changes: changes,
      started: Self.now, version: version)
    let begun = try Journal.begin(header, in: paths)
    journal = begun
    runLock?.note(run: begun.header.number, paths)
    lastStep = 0
  }

  /// Carries out one step: images of before, intent, deed, check, images of after; each on disk before the next.
  ///
  /// - Throws: a `Diagnostic` when it fails; what the step had done by then is taken back first.
  public func carryOut(
    _ step: Step, address: String, section: String, progress: Progress = { _, _ in }
  ) throws(Diagnostic) {
    guard let journal else { throw .bug("A step was to be carried out before a run was begun.", address: address) }
    let scope = try scope(of: step)
    let camera = ImageCamera(blobs: journal.blobs, runner: runner)
    let before = try camera.take(scope)
    lastStep += 1
    let number = lastStep
    try journal.append(
      JournalRecord(
        kind: .intent, time: Self.now, step: number,
        planned: JournalStep(address: address, section: section, step: step), before: before))
    let after: Image
    do throws(Diagnostic) {
      try perform(step, progress: progress)
      // What is not noted cannot be taken back later: then it is taken back at once.
      after = try image(after: step, scope)
      try writeOut(step, after)
      let disowned = try Ledger.disowned(by: step, before: before, after: after, in: paths)
      try journal.append(
        JournalRecord(kind: .done, time: Self.now, step: number, after: after, disowned: disowned))
    } catch {
      var failure = error
      failure.address = address
      let after = try? ImageCamera(runner: runner).take(scope)
      if after == nil { failure.detail += " What it had done by then cannot be looked at, and stays." }
      let trouble = takeBackFailed(number, after: after ?? before, journal)
      if let trouble { failure.detail += " What it had done could not be taken back: \(trouble.detail)" }
      do throws(Diagnostic) {
        try journal.append(
          JournalRecord(kind: .failed, time: Self.now, step: number, after: after, words: failure.summary))
      } catch { failure.detail += " It could not be noted either: \(error.detail)" }
      throw failure
    }
    try Ledger.record(step, address: address, before: before, after: after, run: journal.header.number, in: paths)
  }

  /// Ends the run.
  public func finish(_ ending: Ending) throws(Diagnostic) {
    guard let journal else { return }
    let (words, isSuccess): (String, Bool) =
      switch ending {
      case .done: ("done", true)
      case .failed(let words): (words, false)
      case .stopped: ("stopped between two steps, as asked", false)
      }
    try journal.append(JournalRecord(kind: .finished, time: Self.now, words: words, isSuccess: isSuccess))
    self.journal = nil
  }

  /// Runs a command with the lock for its input, so that it holds the lock for as long as it lives.
  func start(
    _ command: Command, onLine: (ProcessRunner.Stream, String) -> Void = { _, _ in }
  ) -> ProcessRunner.Outcome {
    withoutActuallyEscaping(onLine) { onLine in
      let listener = Listener(onLine)
      return runner.run(
        ProcessRunner.Job(command, inputDescriptor: runLock?.descriptor.number) { listener.hear($0, $1) })
    }
  }

  /// - Throws: a `Diagnostic` when the command ends otherwise than it may.
  @discardableResult
  func demand(_ command: Command) throws(Diagnostic) -> CommandResult {
    try start(command).accepted(of: command)
  }

  static var now: Int { time(nil) }

  /// Hands lines on; the runner calls on the thread that waits, which is the executor's own.
  private final class Listener: @unchecked Sendable {
    private let body: (ProcessRunner.Stream, String) -> Void
    init(_ body: @escaping (ProcessRunner.Stream, String) -> Void) { self.body = body }
    func hear(_ stream: ProcessRunner.Stream, _ line: String) { body(stream, line) }
  }
}
