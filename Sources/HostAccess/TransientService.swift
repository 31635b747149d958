import Glibc
import HostState

/// A command as a service that systemd starts: in a control group of its own, and with none of the limits, the
/// environment and the session of whoever asks for it.
///
/// systemd-run(1) passes streams on, and waits for an end, over D-Bus alone. Where there is none (debootstrap's
/// `minbase` brings none) root still reaches systemd by a socket of its own. There the service opens the streams itself, by their
/// place in /proc, is one whose start lasts until its end, and leaves its exit code behind as the target of a link. In
/// either way systemd forgets it once it has ended, whatever became of whoever asked.
struct TransientService {
  enum Channel: Hashable {
    case bus
    case ownSocket
    /// This host was not booted by systemd, or is without systemd-run.
    case none
    /// Neither works; in systemd-run's words.
    case broken(why: String)
  }

  let channel: Channel
  /// This binary, by a path that is good in another process.
  let helper: Path

  static let argument = "__service"
  static let runner: Path = "/usr/bin/systemd-run"
  private static let common = ["--quiet", "--collect"]
  private static let overBus = common + ["--pipe", "--wait"]
  fileprivate static let overSocket = common + ["--property=Type=oneshot"]

  /// Starts a service that does nothing: a socket of D-Bus may be there without anybody behind it.
  static func findChannel() -> Channel {
    guard access("/run/systemd/system", F_OK) == 0, access(runner.text, X_OK) == 0 else { return .none }
    var last = ""
    for (channel, options) in [(Channel.bus, overBus), (.ownSocket, overSocket)] {
      let trial = Command(runner, options + ["--", "/usr/bin/true"], timeLimit: 20)
      switch ProcessRunner().run(trial) {
      case .finished(let result) where result.status == 0: return channel
      case .finished(let result):
        last = result.errors.lines.last.map { String($0.prefix(200)) } ?? "it ends with exit code \(result.status)"
      case .outOfTime(let seconds, _): last = "no answer within \(seconds) seconds"
      case .noProgram, .notStarted, .tooMuchOutput: last = "it cannot be run"
      }
    }
    return .broken(why: "systemd starts no service: \(last)")
  }

  /// What runs the words as a service; the words themselves where there is nobody to start one.
  ///
  /// - Parameters:
  ///   - words: the program and its arguments.
  ///   - properties: `NAME=VALUE`, as systemd.exec(5) has them.
  ///   - timeLimit: seconds after which systemd ends it.
  ///   - ending: where its exit code is left, see `exitCode(at:)`.
  func command(_ words: [String], properties: [String], timeLimit: Int, ending: String? = nil) -> [String] {
    let settings = properties.map { "--property=\($0)" }
    switch channel {
    case .none, .broken: return words
    case .bus:
      return [Self.runner.text] + Self.overBus + settings
        + ["--property=RuntimeMaxSec=\(timeLimit)", "--setenv=LC_ALL=C", "--"] + words
    case .ownSocket:
      // With `+` it is run as root and outside of any confinement: systemd.service(5).
      let stop = ending.map { ["--property=ExecStopPost=+/usr/bin/ln -sfn ${EXIT_STATUS} \($0)"] } ?? []
      return [helper.text, Self.argument] + settings + stop
        + ["--property=TimeoutStartSec=\(timeLimit)", "--setenv=LC_ALL=C", "--"] + words
    }
  }

  /// How the service really ended, where systemd-run itself does not pass that on.
  func ended(_ outcome: ProcessRunner.Outcome, ending: String) -> ProcessRunner.Outcome {
    guard channel == .ownSocket, case .finished(let result) = outcome else { return outcome }
    guard let code = FileReading.linkTarget(ending) else {
      return .notStarted(reason: result.errors.lines.last.map { String($0.prefix(200)) } ?? "systemd did not start it")
    }
    // A signal is left by its name; systemd-run gives this for it over D-Bus.
    return .finished(
      CommandResult(status: Int32(code) ?? 255, output: result.output, errors: result.errors))
  }
}

/// This binary started again to become systemd-run: only then is it known where in /proc its streams are.
public enum ServiceHelper {
  /// Becomes systemd-run when this process was started for that; else returns at once.
  public static func runIfAsked(_ arguments: [String]) {
    guard arguments.count > 2, arguments[1] == TransientService.argument else { return }
    let streams = ["StandardInput", "StandardOutput", "StandardError"].enumerated().map { number, name in
      "--property=\(name)=file:/proc/\(getpid())/fd/\(number)"
    }
    let words = [TransientService.runner.text] + TransientService.overSocket + streams + arguments.dropFirst(2)
    LaunchedProcess.withCStrings(words) { vector in _ = execv(words[0], vector) }
    exit(127)
  }
}
