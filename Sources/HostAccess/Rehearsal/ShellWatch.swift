import Glibc
import HostState
import SystemCalls

/// An ssh without a command, at a terminal of its own, watched until something there waits for input, or all is over.
///
/// Nothing is typed: what waits may be a menu that would act on it, and a shell would remember the line. Whether a process
/// waits is told by where the kernel has it sleep (proc_pid_wchan(5)).
public enum ShellWatch {
  static let argument = "__shell"

  /// How it came out, as an exit code. What was on the screen at its end is its output.
  enum Verdict: Int32 {
    /// Something in the session waits for input.
    case waits = 0
    /// The session was over before.
    case ended = 64
    /// It is still there, and was not seen to wait.
    case stays = 65
    /// ssh says that it did not come about.
    case failed = 66
  }

  /// Watches and exits, when this process was started for that; else returns at once.
  public static func runIfAsked(_ arguments: [String]) {
    guard arguments.count > 2, arguments[1] == argument else { return }
    guard let watched = WatchedShell(Array(arguments.dropFirst(2))) else { exit(Verdict.failed.rawValue) }
    let verdict = watched.watch()
    print(lastLine(of: watched.screen))
    exit(verdict.rawValue)
  }

  /// The last line with anything on it, without what a terminal takes as a command.
  static func lastLine(of screen: [UInt8]) -> String {
    var (text, isCommand, isTitle) = ("", false, false)
    for scalar in String(decoding: screen, as: UTF8.self).unicodeScalars {
      if scalar == "\u{1B}" {
        (isCommand, isTitle) = (true, false)
      } else if isTitle {
        isTitle = scalar != "\u{07}"
      } else if isCommand {
        // ECMA-48: `ESC [`, numbers, and a letter that ends it; `ESC ]`, a text, and BEL or `ESC \`.
        isTitle = scalar == "]"
        if isTitle || scalar.properties.isAlphabetic || ["~", "\\"].contains(scalar) { isCommand = false }
      } else if scalar.value >= 0x20 && scalar.value != 0x7F || scalar == "\n" {
        text.unicodeScalars.append(scalar)
      }
    }
    // `VisitorProxy` has the daemon's own messages there, too.
    let daemons = ["Accepted ", "Connection ", "Disconnected ", "Received disconnect"]
    let lines = text.split(separator: "\n").filter { line in
      !line.allSatisfy(\.isWhitespace) && !daemons.contains { line.hasPrefix($0) }
    }
    return lines.last.map { String($0.prefix(200)) } ?? ""
  }
}

/// The ssh that is watched, and the terminal that it is at.
private final class WatchedShell {
  private let terminal: Descriptor
  private let process: pid_t
  private let end: Descriptor
  private(set) var screen: [UInt8] = []

  init?(_ words: [String]) {
    var near: Int32 = -1
    let far = harden_terminal(24, 80, &near)
    guard far >= 0 else { return nil }
    terminal = Descriptor(far)
    defer { close(near) }
    var command = Command(Path(words[0]), Array(words.dropFirst()))
    command.environment["TERM"] = "xterm-256color"
    var child: pid_t = 0
    let failure = LaunchedProcess.withCStrings(words) { arguments in
      LaunchedProcess.withCStrings(ProcessRunner.environment(for: command).map { "\($0.key)=\($0.value)" }) {
        harden_spawn(words[0], arguments, $0, near, near, near, near, &child)
      }
    }
    guard failure == 0 else { return nil }
    (process, end) = (child, Descriptor(harden_pidfd(child)))
  }

  /// Seconds until what waits for nothing is left alone.
  private static let patience = 10.0
  /// Looks in a row, a tenth of a second apart, at which it must be seen to wait.
  private static let looks = 2

  func watch() -> ShellWatch.Verdict {
    let start = Clocks.monotonic
    var seen = 0
    while Clocks.monotonic - start < Self.patience {
      if hasEnded(within: 100) { return exitCode == 255 ? .failed : .ended }
      seen = TerminalProcess.waiting(below: process) ? seen + 1 : 0
      if seen == Self.looks {
        hangUp()
        return .waits
      }
    }
    hangUp()
    return .stays
  }

  private lazy var exitCode = harden_exit_code(process)

  /// Takes what comes on the screen meanwhile.
  private func hasEnded(within milliseconds: Int32) -> Bool {
    let deadline = Clocks.monotonic + Double(milliseconds) / 1000
    var room = [UInt8](repeating: 0, count: 4096)
    var ends = [terminal.number, end.number].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var left = milliseconds
    // One that prints without end is looked at all the same.
    while left >= 0 {
      guard poll(&ends, 2, left) > 0 else { return false }
      if ends[0].revents != 0 {
        let count = read(terminal.number, &room, room.count)
        if count > 0 { screen = (screen + room[..<count]).suffix(4096) } else { ends[0].fd = -1 }
      } else if ends[1].revents != 0 {
        return true
      }
      left = Int32((deadline - Clocks.monotonic) * 1000)
    }
    return false
  }

  /// Ends what runs there as the loss of a connection does, so that sshd closes the session itself.
  private func hangUp() {
    for signal in [SIGHUP, SIGKILL] {
      for process in TerminalProcess.all(below: process) { kill(process.process, signal) }
      if hasEnded(within: 1000) { return }
    }
    kill(process, SIGHUP)
    _ = hasEnded(within: 1000)
  }
}

/// A process that is at a terminal.
struct TerminalProcess: Hashable {
  let process: pid_t
  let parent: pid_t
  let group: pid_t
  /// The number of its terminal; 0 for none.
  let terminal: Int32
  /// The group that the terminal's input goes to.
  let foreground: pid_t
  let isAsleep: Bool

  /// `proc_pid_stat(5)`, from field 3 on.
  init?(_ line: some StringProtocol, _ process: pid_t) {
    guard let fields = ProcessStatus.fields(line) else { return nil }
    let numbers = fields.dropFirst().prefix(5).compactMap { Int32($0) }
    guard numbers.count == 5 else { return nil }
    self.process = process
    (parent, group, terminal, foreground) = (numbers[0], numbers[1], numbers[3], numbers[4])
    isAsleep = fields[0] == "S"
  }

  /// Those that descend from a process and are at another terminal than itself.
  static func all(below ancestor: pid_t) -> [TerminalProcess] {
    var all: [pid_t: TerminalProcess] = [:]
    for name in Processes.names(in: "/proc") {
      guard let process = pid_t(name), let line = SafeFiles.lines(of: Path("/proc/\(name)/stat")).first
      else { continue }
      all[process] = TerminalProcess(line, process)
    }
    return below(ancestor, of: all)
  }

  static func below(_ ancestor: pid_t, of all: [pid_t: TerminalProcess]) -> [TerminalProcess] {
    guard let own = all[ancestor]?.terminal else { return [] }
    return all.values.filter { process in
      guard process.terminal != 0, process.terminal != own else { return false }
      var (next, steps) = (process.parent, 0)
      while next != ancestor, let parent = all[next], steps < 64 { (next, steps) = (parent.parent, steps + 1) }
      return next == ancestor
    }
  }

  /// Whether one that the terminal's input goes to waits for that.
  static func waiting(below ancestor: pid_t) -> Bool {
    all(below: ancestor).contains { process in
      process.isAsleep && process.group == process.foreground
        && waits(at: SafeFiles.lines(of: Path("/proc/\(process.process)/wchan")).first ?? "")
    }
  }

  /// Functions of the kernel in which a process waits for a terminal, by read(2), or by select(2), poll(2) and epoll(7)
  /// for that among others.
  static func waits(at function: some StringProtocol) -> Bool {
    function == "wait_woken" || ["tty_read", "select", "poll", "ep_"].contains { function.contains($0) }
  }
}
