import Glibc
import HostState

/// Runs commands: clean environment, both streams drained, output and time limited, many at the same time.
///
/// One thread waits for all children of a call with `poll(2)`, so that asking a host twenty things starts no thread.
/// A child has a process group of its own; when its time is up, the whole group is ended.
public struct ProcessRunner: Sendable {
  /// How a child is started.
  public enum Launcher: Sendable, CaseIterable {
    /// Foundation's `Process`.
    case foundation
    /// `posix_spawn(3)`: 0.7 ms a child where `Process` takes 2 ms and 8 ms for the first one (two cores, Linux 6.18),
    /// and a session of its own, so that no child waits for a terminal. For questions, where that is most of the time.
    case spawn
  }

  public var launcher: Launcher
  /// Bytes that each of the two streams may have; more ends the process group.
  public var outputLimit: Int
  /// Seconds between `SIGTERM` and `SIGKILL`.
  public var patience: Double

  public init(launcher: Launcher = .foundation, outputLimit: Int = 8 << 20, patience: Double = 5) {
    (self.launcher, self.outputLimit, self.patience) = (launcher, outputLimit, patience)
  }

  /// One of a command's two output streams.
  public enum Stream: Sendable { case output, errors }

  /// A command to run, and how.
  public struct Job: Sendable {
    public var command: Command
    /// A descriptor that becomes the child's standard input where the command has no text for it: the run's lock file
    /// is handed on like this, so that a child that outlives harden still holds the lock.
    public var inputDescriptor: Int32?
    /// Called with each line as it comes, without its line feed.
    public var onLine: (@Sendable (Stream, String) -> Void)?
    /// Whether it has a terminal to be controlled by, at which nobody sits: sudo answers nobody without one where
    /// sudoers says `Defaults requiretty`. Its three streams are those of any other command.
    var atTerminal: Bool
    /// Whether standard output is given as Latin-1, a scalar a byte, so that nothing of it is lost.
    var isLatin1 = false

    public init(
      _ command: Command, inputDescriptor: Int32? = nil, onLine: (@Sendable (Stream, String) -> Void)? = nil
    ) {
      (self.command, self.inputDescriptor, self.onLine) = (command, inputDescriptor, onLine)
      atTerminal = command.executable == "/usr/bin/sudo"
    }
  }

  /// How a command ended.
  public enum Outcome: Hashable, Sendable {
    /// It ended by itself, whatever its exit code.
    case finished(CommandResult)
    /// There is no such program.
    case noProgram
    /// It was ended after this many seconds.
    case outOfTime(seconds: Int, so: CommandResult)
    /// It was ended because it wrote more than this many bytes.
    case tooMuchOutput(bytes: Int, so: CommandResult)
    /// It could not be started; says why.
    case notStarted(reason: String)

    /// What it left, also when it was ended early.
    public var result: CommandResult? {
      switch self {
      case .finished(let result), .outOfTime(_, let result), .tooMuchOutput(_, let result): result
      case .noProgram, .notStarted: nil
      }
    }
  }

  public func run(_ command: Command) -> Outcome { run(Job(command)) }

  public func run(_ job: Job) -> Outcome {
    finish(start([job]))[0]
  }

  /// Runs all at the same time; the outcomes are in the order of the jobs.
  public func run(_ jobs: [Job]) -> [Outcome] { finish(start(jobs)) }

  /// Starts them all. `finish(_:)` must follow: until then nobody reads what they write.
  package func start(_ jobs: [Job]) -> [Child] {
    jobs.map { Child(starting: $0, by: launcher, outputLimit: outputLimit, patience: patience) }
  }

  /// Waits for all of them.
  package func finish(_ children: [Child]) -> [Outcome] {
    while true {
      var waited: [pollfd] = []
      var owners: [Int] = []
      var nextDeadline = Double.infinity
      let now = Child.now()
      for (index, child) in children.enumerated() where !child.isDone {
        child.mindTheTime(now)
        nextDeadline = min(nextDeadline, child.deadline)
        for descriptor in child.descriptors {
          waited.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
          owners.append(index)
        }
      }
      if waited.isEmpty { break }
      let milliseconds = max(0, min(60_000, (nextDeadline - now) * 1000)).rounded(.up)
      guard poll(&waited, nfds_t(waited.count), Int32(milliseconds)) > 0 else { continue }
      for (index, entry) in zip(owners, waited) where entry.revents != 0 { children[index].ready(entry.fd) }
    }
    return children.map(\.outcome)
  }

  /// Sends a signal to the process groups of all children alive, as a terminal's Ctrl-C would.
  ///
  /// Children have groups of their own, so a terminal's does not reach them. Not for use within a signal handler.
  public static func signalAll(_ signal: Int32) { LiveGroups.signal(signal) }

  /// The environment that every child gets, before what its command adds.
  public static func environment(for command: Command) -> [String: String] {
    var variables = [
      "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C",
      "HOME": getuid() == 0 ? "/root" : "/",
    ]
    variables.merge(command.environment) { _, new in new }
    return variables
  }

  /// Program and arguments, by way of `runuser(1)` where another account is wanted.
  static func argumentVector(_ command: Command) -> [String] {
    let own = [command.executable.text] + command.arguments
    guard let user = command.user else { return own }
    return ["/usr/sbin/runuser", "-u", user, "--"] + own
  }
}
