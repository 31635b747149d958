import Foundation
import Glibc
import Synchronization
import SystemCalls

/// A process that was started: what it writes, and how its end is noticed.
struct LaunchedProcess {
  let identifier: pid_t
  let output: Int32
  let errors: Int32
  /// Turns readable when the process ends.
  let end: Int32
  /// Gives the exit code, 128 + n after signal n. To be called once, after `end` turned readable.
  let exitCode: () -> Int32
  /// The far end of the terminal that it has; -1 where it has none.
  var terminal: Int32 = -1

  func reap() -> Int32 {
    let code = exitCode()
    close(end)
    if terminal >= 0 { close(terminal) }
    return code
  }

  static func spawn(
    _ arguments: [String], _ environment: [String: String], input: Int32, atTerminal: Bool = false
  ) -> Result<LaunchedProcess, SystemError> {
    do {
      let pipes = try Pipes()
      defer { pipes.closeWriting() }
      // Where none is to be had (no /dev/pts) it does without.
      var terminal: (far: Int32, near: Int32) = (-1, -1)
      if atTerminal { terminal.far = harden_terminal(24, 80, &terminal.near) }
      defer { if terminal.near >= 0 { close(terminal.near) } }
      var child: pid_t = 0
      let failure = withCStrings(arguments) { arguments in
        withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
          harden_spawn(
            arguments[0], arguments, environment, input, pipes.output.1, pipes.errors.1, terminal.near, &child)
        }
      }
      let end = failure == 0 ? harden_pidfd(child) : -1
      guard failure == 0, end >= 0 else {
        let number = failure == 0 ? errno : failure
        pipes.closeReading()
        if terminal.far >= 0 { close(terminal.far) }
        return .failure(SystemError(number: number))
      }
      return .success(
        LaunchedProcess(
          identifier: child, output: pipes.output.0, errors: pipes.errors.0, end: end,
          exitCode: { wait(for: child) }, terminal: terminal.far))
    } catch {
      return .failure(error)
    }
  }

  static func foundation(
    _ arguments: [String], _ environment: [String: String], input: Int32
  ) -> Result<LaunchedProcess, SystemError> {
    do throws(SystemError) {
      let pipes = try Pipes()
      defer { pipes.closeWriting() }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: arguments[0])
      process.arguments = Array(arguments.dropFirst())
      process.environment = environment
      process.currentDirectoryURL = URL(fileURLWithPath: "/", isDirectory: true)
      process.standardInput = input >= 0 ? FileHandle(fileDescriptor: input) : FileHandle.nullDevice
      process.standardOutput = FileHandle(fileDescriptor: pipes.output.1)
      process.standardError = FileHandle(fileDescriptor: pipes.errors.1)
      let ended = DispatchSemaphore(value: 0)
      process.terminationHandler = { _ in ended.signal() }
      do {
        // One at a time: a child must not inherit the pipes that another one is just being given.
        try starting.withLock { _ in try unblocked { try process.run() } }
      } catch {
        pipes.closeReading()
        throw SystemError(number: ENOEXEC)
      }
      let child = process.processIdentifier
      // Foundation has taken its end already where there is no such process: /dev/null is readable at once.
      var end = harden_pidfd(child)
      if end < 0 { end = open("/dev/null", O_RDONLY | O_CLOEXEC) }
      return .success(
        LaunchedProcess(
          identifier: child, output: pipes.output.0, errors: pipes.errors.0, end: end
        ) {
          // Foundation notices an end only when a daemon that the child left behind ends too (its socket is
          // inherited), so the code is looked at before Foundation takes it.
          let code = harden_exit_code(child)
          if code >= 0 { return code }
          ended.wait()
          return process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
        })
    } catch {
      return .failure(error)
    }
  }

  private static let starting = Mutex<Void>(())

  /// With no signal blocked: Dispatch's threads block all, and `Process` hands that on, to a child that SIGTERM would not
  /// end.
  private static func unblocked(_ body: () throws -> Void) rethrows {
    var (none, old) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &old)
    defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
    try body()
  }

  private static func wait(for child: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
  }

  static func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    return body(pointers)
  }
}

/// The two pipes of a child, reading end first.
private struct Pipes {
  let output: (Int32, Int32)
  let errors: (Int32, Int32)

  init() throws(SystemError) {
    output = try Self.pipe()
    do throws(SystemError) {
      errors = try Self.pipe()
    } catch {
      close(output.0)
      close(output.1)
      throw error
    }
  }

  private static func pipe() throws(SystemError) -> (Int32, Int32) {
    var (reading, writing): (Int32, Int32) = (-1, -1)
    let failure = harden_pipe(&reading, &writing)
    guard failure == 0 else { throw SystemError(number: failure) }
    return (reading, writing)
  }

  func closeReading() { for end in [output.0, errors.0] { close(end) } }
  func closeWriting() { for end in [output.1, errors.1] { close(end) } }
}
