import HostState

extension ProcessRunner.Outcome {
  /// What a command left that ended with one of the exit codes it may end with.
  ///
  /// - Throws: a `Diagnostic` for every other end.
  func accepted(of command: Command) throws(Diagnostic) -> CommandResult {
    guard case .finished(let result) = self, command.accepted.contains(result.status) else {
      throw .failed(command, self)
    }
    return result
  }
}

extension Diagnostic {
  /// A command that did not do what it was started for.
  static func failed(_ command: Command, _ outcome: ProcessRunner.Outcome) -> Diagnostic {
    let what = command.description
    switch outcome {
    case .finished(let result):
      return Diagnostic(
        "Command failed", detail: "“\(what)” ended with exit code \(result.status).",
        command: FailedCommand(command, result))
    case .noProgram:
      return Diagnostic(
        "Program missing", detail: "“\(what)” could not be started: there is no \(command.executable).",
        fix: Preflight.reinstalling(command.executable))
    case .outOfTime(let seconds, let result):
      return Diagnostic(
        "Command took too long", detail: "“\(what)” had not ended after \(seconds) seconds, and was ended.",
        command: FailedCommand(command, result))
    case .tooMuchOutput(let bytes, let result):
      return Diagnostic(
        "Command wrote too much", detail: "“\(what)” wrote more than \(bytes) bytes, and was ended.",
        command: FailedCommand(command, result))
    case .notStarted(let reason):
      return Diagnostic("Command not started", detail: "“\(what)” could not be started: \(reason).")
    }
  }
}
