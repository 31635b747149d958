import Glibc
import HostState

/// A revert that is armed: what goes back, when, and who may say that it stays.
public struct ConfirmWindow: Hashable, Codable, Sendable {
  static let currentFormat = 1

  var format = ConfirmWindow.currentFormat
  /// The first run that goes back; everything after it goes as well.
  public var run: Int
  /// Who is asked to prove that they get in.
  public var administrators: [String]
  /// How long it is open once the steps are done, in seconds.
  public var seconds: Int
  /// When it runs out, in seconds since 1970.
  public var deadline: Int
  /// The line that confirms, to copy.
  public var command: String
  /// Where the operator came from when it was armed.
  public var operatorAddress: String?
  /// The program of this host that they came through.
  public var operatorRelay: String?
  var armed: Moment
  /// The apply at work, which a revert stops first.
  var worker: ProcessStatus?

  /// When a window was armed, by clocks that nobody sets.
  struct Moment: Hashable, Codable, Sendable {
    var boot: String
    /// `CLOCK_BOOTTIME`, which the starts of processes are told in.
    var sinceBoot: Double
    /// `CLOCK_MONOTONIC`, which logind's sessions are told in.
    var monotonic: Double

    static var now: Moment {
      Moment(boot: Clocks.boot, sinceBoot: Clocks.sinceBoot, monotonic: Clocks.monotonic)
    }
  }

  /// Bytes that a revert may need for its journal and for files of before: none of those is large.
  static let reserve = 4 << 20

  /// A window that opens now.
  public init(
    run: Int, administrators: [String], seconds: Int, command: String, operatorAddress: String? = nil,
    operatorRelay: String? = nil
  ) {
    (self.run, self.administrators, self.seconds) = (run, administrators, seconds)
    (self.command, self.operatorAddress) = (command, operatorAddress)
    self.operatorRelay = operatorRelay
    deadline = 0
    armed = .now
    worker = nil
    rewind()
  }

  /// Gives it the whole time again, from now on.
  public mutating func rewind() {
    deadline = Int(time(nil)) + seconds
    armed = .now
  }

  /// Seconds that are left by the clock that runs out first; none after a reboot.
  public var secondsLeft: Int {
    guard armed.boot == Clocks.boot else { return 0 }
    let elapsed = max(Clocks.sinceBoot - armed.sinceBoot, Clocks.monotonic - armed.monotonic)
    return max(0, min(seconds - Int(elapsed), deadline - Int(time(nil))))
  }

  /// Whether the host was rebooted since it was armed.
  public var isOfAnotherBoot: Bool { armed.boot != Clocks.boot }
}

extension ConfirmWindow {
  /// The window that is open on this host; nil where none is.
  ///
  /// - Throws: a `Diagnostic` when it cannot be read, or is of a newer harden.
  public static func read(_ paths: StatePaths = .standard) throws(Diagnostic) -> ConfirmWindow? {
    guard let bytes = try SafeFiles.read(paths.windowFile) else { return nil }
    return try StateFile.decoded(
      bytes, newest: currentFormat, newer: { .newer(paths.windowFile, $0) }, damaged: .damaged(paths.windowFile))
  }

  /// Makes it the window of this host, on disk when it returns.
  func write(_ paths: StatePaths) throws(Diagnostic) {
    try StatePaths.makeDirectory(paths.window)
    try StateFile.write(self, to: paths.windowFile)
  }
}

extension StatePaths {
  /// All that an armed revert needs.
  var window: Path { state / "window" }
  var windowFile: Path { window / "window.json" }
  /// Room that is kept for the revert, and given free by it: the disk may be full by then.
  var windowReserve: Path { window / "reserve" }
  /// A copy of the tool that nobody cleans away as they might one in `/tmp`.
  public var windowProgram: Path { window / "harden" }
}

extension Diagnostic {
  fileprivate static func newer(_ path: Path, _ format: Int) -> Diagnostic {
    Diagnostic(
      "State of a newer harden",
      detail: "\(path) is written in format \(format), and this harden knows formats up to "
        + "\(ConfirmWindow.currentFormat).",
      fix: "Use the harden that made it, or a newer one.")
  }

  fileprivate static func damaged(_ path: Path) -> Diagnostic {
    Diagnostic(
      "State damaged", detail: "\(path) is not as harden wrote it: whether a revert is armed is not known.",
      fix: "systemctl status harden-revert.timer")
  }
}
