import Glibc
import HostState
import Synchronization
import SystemCalls

/// One child process, from its start to its outcome. Used by one thread.
package final class Child {
  private let job: ProcessRunner.Job
  private let outputLimit: Int
  private let patience: Double
  private var launched: LaunchedProcess?
  private var output: StreamReader
  private var errors: StreamReader
  private var endedBecause: Ending?
  /// Seconds of the monotonic clock at which something has to be done about it.
  private(set) var deadline: Double
  private(set) var outcome: ProcessRunner.Outcome

  private enum Ending { case time, output }

  init(
    starting job: ProcessRunner.Job, by launcher: ProcessRunner.Launcher, outputLimit: Int, patience: Double
  ) {
    (self.job, self.outputLimit, self.patience) = (job, outputLimit, patience)
    deadline = Self.now() + Double(job.command.timeLimit)
    (output, errors) = (StreamReader(), StreamReader())
    outcome = .noProgram
    let arguments = ProcessRunner.argumentVector(job.command)
    guard access(job.command.executable.text, X_OK) == 0, access(arguments[0], X_OK) == 0 else {
      if errno != ENOENT && errno != ENOTDIR { outcome = .notStarted(reason: String(cString: strerror(errno))) }
      return
    }
    switch Self.launch(job, arguments, by: launcher) {
    case .success(let process):
      launched = process
      output = StreamReader(process.output, onLine: job.onLine.map { tell in { tell(.output, $0) } })
      errors = StreamReader(process.errors, onLine: job.onLine.map { tell in { tell(.errors, $0) } })
      LiveGroups.insert(process.identifier)
    case .failure(let failure): outcome = .notStarted(reason: String(cString: strerror(failure.number)))
    }
  }

  private static func launch(
    _ job: ProcessRunner.Job, _ arguments: [String], by launcher: ProcessRunner.Launcher
  ) -> Result<LaunchedProcess, SystemError> {
    var input = job.inputDescriptor ?? -1
    if let text = job.command.input {
      input = harden_memory_file(text, text.utf8.count)
      guard input >= 0 else { return .failure(SystemError(number: errno)) }
    }
    defer { if job.command.input != nil { close(input) } }
    let environment = ProcessRunner.environment(for: job.command)
    switch launcher {
    case _ where job.atTerminal:
      return LaunchedProcess.spawn(arguments, environment, input: input, atTerminal: true)
    case .spawn: return LaunchedProcess.spawn(arguments, environment, input: input)
    case .foundation: return LaunchedProcess.foundation(arguments, environment, input: input)
    }
  }

  var isDone: Bool { launched == nil }

  var descriptors: [Int32] {
    guard let launched else { return [] }
    return [output.descriptor, errors.descriptor].filter { $0 >= 0 } + [launched.end]
  }

  /// Something is to be read, or the process ended.
  func ready(_ descriptor: Int32) {
    guard let launched else { return }
    if descriptor == launched.end {
      // All that the program itself wrote is in the pipes now. A daemon that it left behind may hold them open for
      // ever, so their end is not waited for.
      output.drain(limit: outputLimit)
      errors.drain(limit: outputLimit)
      return conclude(launched)
    }
    if descriptor == output.descriptor { output.read(limit: outputLimit) }
    if descriptor == errors.descriptor { errors.read(limit: outputLimit) }
    if (output.isOver || errors.isOver) && endedBecause == nil { end(launched, because: .output) }
  }

  /// Ends what has been running for too long: first politely, then not.
  func mindTheTime(_ now: Double) {
    guard let launched, now >= deadline else { return }
    if endedBecause == nil { return end(launched, because: .time) }
    kill(-launched.identifier, SIGKILL)
    deadline = .infinity
  }

  func signal(_ signal: Int32) {
    if let launched { kill(-launched.identifier, signal) }
  }

  private func end(_ launched: LaunchedProcess, because reason: Ending) {
    endedBecause = reason
    kill(-launched.identifier, SIGTERM)
    deadline = Self.now() + patience
  }

  private func conclude(_ launched: LaunchedProcess) {
    // Before it is reaped its group's number cannot be somebody else's.
    if endedBecause != nil { kill(-launched.identifier, SIGKILL) }
    LiveGroups.remove(launched.identifier)
    let result = CommandResult(
      status: launched.reap(), output: output.finish(isLatin1: job.isLatin1), errors: errors.finish())
    self.launched = nil
    switch endedBecause {
    case .time: outcome = .outOfTime(seconds: job.command.timeLimit, so: result)
    case .output: outcome = .tooMuchOutput(bytes: outputLimit, so: result)
    case nil:
      outcome =
        output.isOver || errors.isOver ? .tooMuchOutput(bytes: outputLimit, so: result) : .finished(result)
    }
  }

  /// Seconds of the monotonic clock.
  static func now() -> Double { Clocks.monotonic }
}

/// The process groups of the children alive, for signals.
enum LiveGroups {
  private static let groups = Mutex<Set<pid_t>>([])

  static func insert(_ group: pid_t) { groups.withLock { _ = $0.insert(group) } }
  static func remove(_ group: pid_t) { groups.withLock { _ = $0.remove(group) } }
  static func signal(_ signal: Int32) {
    groups.withLock { for group in $0 { kill(-group, signal) } }
  }
}

/// A system call that failed.
struct SystemError: Error {
  let number: Int32
}
