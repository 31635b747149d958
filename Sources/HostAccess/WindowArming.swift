import Glibc
import HostState

extension Executor {
  /// Whether a revert can be armed here at all.
  ///
  /// - Throws: a `Diagnostic` where systemd does not run.
  static func requireArming() throws(Diagnostic) {
    guard (try? SafeFiles.openDirectory("/run/systemd/system")) ?? nil != nil else { throw .noSystemd }
  }

  /// `ST_NOEXEC` of statvfs(3), which Glibc keeps to itself.
  private static let noExec: UInt = 8

  /// - Throws: a `Diagnostic` where the file system on which a program lies, or will lie, forbids to start any.
  static func requireStarting(_ program: Path) throws(Diagnostic) {
    let folder = Preflight.nearest(program.parent)
    var status = statvfs()
    guard statvfs(folder.text, &status) == 0, status.f_flag & noExec != 0 else { return }
    throw .mountedNoExec(program, folder)
  }

  /// Arms a revert, or arms it anew for its whole time.
  ///
  /// The program, the units, systemd's word that the timer runs, and only then the file that says so: a crash in between
  /// leaves a timer that finds nothing to do.
  ///
  /// - Parameter units: those that the run changes.
  /// - Returns: the window as it was armed.
  /// - Throws: a `Diagnostic`; what was armed before then still is, if systemd lets it.
  public func arm(_ window: ConfirmWindow, units: [String]) throws(Diagnostic) -> ConfirmWindow {
    try Self.requireArming()
    try Self.requireStarting(paths.windowProgram)
    var window = window
    try StatePaths.makeDirectory(paths.window)
    try copyProgram()
    if try SafeFiles.status(paths.windowReserve) == nil {
      let zeros = [UInt8](repeating: 0, count: ConfirmWindow.reserve)
      try SafeFiles.write(paths.windowReserve, zeros, mode: 0o600, user: geteuid(), group: getegid())
    }
    window.rewind()
    let texts = WindowUnits.texts(window, program: paths.windowProgram, units: units)
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
      let path = WindowUnits.folder / name
      let bytes = Array(text.utf8)
      guard try SafeFiles.read(path) != bytes else { continue }
      try SafeFiles.write(path, bytes, mode: 0o644, user: 0, group: 0)
    }
    if try ConfirmWindow.read(paths) == nil {
      try demand(Command(Self.systemctl, ["--quiet", "enable"] + WindowUnits.enabled))
    }
    try demand(Command(Self.systemctl, ["daemon-reload"]))
    try demand(Command(Self.systemctl, ["restart", WindowUnits.timer]))
    guard isActive(WindowUnits.timer) else { throw .notArmed }
    // A boot after a power cut must find what `systemctl enable` linked.
    try FileSystems.sync(holding: [WindowUnits.folder])
    window.worker = .own
    try window.write(paths)
    return window
  }

  /// Says that this process now works within a window that is open already.
  public func join(_ window: ConfirmWindow) throws(Diagnostic) {
    var window = window
    window.worker = .own
    try window.write(paths)
  }

  /// Takes an armed revert away, whatever of it is there.
  ///
  /// - Throws: a `Diagnostic` when the file that says so cannot be removed; all else is tried to its end.
  public func disarm() throws(Diagnostic) {
    // With this file gone, a unit that still fires finds nothing to do.
    try SafeFiles.remove(paths.windowFile)
    if (try? Self.requireArming()) != nil {
      // One that waits to be made again as well, unless it is what runs here.
      let services = Self.isWithinRevert ? [] : [WindowUnits.service, WindowUnits.rest]
      _ = start(Command(Self.systemctl, ["--quiet", "stop", WindowUnits.timer] + services))
      _ = start(Command(Self.systemctl, ["--quiet", "disable"] + WindowUnits.enabled))
    }
    for name in WindowUnits.names { try? SafeFiles.remove(WindowUnits.folder / name) }
    try? SafeFiles.remove(WindowUnits.stamp)
    if (try? Self.requireArming()) != nil {
      _ = start(Command(Self.systemctl, ["daemon-reload"]))
      // What failed once is listed as failed for as long as the host is up, its file there or not.
      _ = start(Command(Self.systemctl, ["--quiet", "reset-failed"] + WindowUnits.names))
    }
    try? SafeFiles.remove(paths.windowReserve)
    try? SafeFiles.remove(paths.windowProgram)
    _ = try? SafeFiles.removeDirectory(paths.window)
  }

  /// Takes away what an arming or a disarming left that was cut short: its folder is made first, and goes last.
  public func sweepArming() throws(Diagnostic) {
    guard try ConfirmWindow.read(paths) == nil, try SafeFiles.status(paths.window) != nil else { return }
    try disarm()
  }

  /// Whether this process is one that a unit of a revert started.
  private static var isWithinRevert: Bool {
    SafeFiles.lines(of: "/proc/self/cgroup").contains { line in
      WindowUnits.names.contains { line.hasSuffix("/\($0)") }
    }
  }

  /// Whether anything of a revert is still there.
  public var isArmed: Bool { (try? SafeFiles.status(paths.windowProgram)) ?? nil != nil }

  /// A copy of this very program, which is held against a first use: a file system may forbid programs (noexec).
  private func copyProgram() throws(Diagnostic) {
    let probe = Command(paths.windowProgram, ["--version"])
    if try SafeFiles.status(paths.windowProgram) != nil, case .finished(let result) = runner.run(probe),
      result.status == 0
    {
      return
    }
    let source = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw .file("read", "/proc/self/exe", errno) }
    let program = Descriptor(source)
    guard let bytes = SafeFiles.read(program) else { throw .file("read", "/proc/self/exe", errno) }
    try SafeFiles.write(paths.windowProgram, bytes, mode: 0o700, user: geteuid(), group: getegid())
    guard case .finished(let result) = runner.run(probe), result.status == 0 else {
      try? SafeFiles.remove(paths.windowProgram)
      throw .programDoesNotRun(paths.windowProgram)
    }
  }
}

extension Diagnostic {
  fileprivate static let noSystemd = Diagnostic(
    "No revert can be armed",
    detail: "The plan changes who can get in, and what would take it back should you be locked out is a timer of "
      + "systemd's. This system was not booted by systemd: there is no /run/systemd/system. Nothing was changed.",
    fix: "Add --no-confirm to go on without a way back.")

  fileprivate static func mountedNoExec(_ program: Path, _ folder: Path) -> Diagnostic {
    Diagnostic(
      "Revert could not be started",
      detail: "The plan changes who can get in, and what would take it back should you be locked out is a copy of "
        + "harden at \(program). But the file system of \(folder) is mounted noexec, so that nothing can be started there.",
      fix: "findmnt -T \(Command.quoted(folder.text)), then mount it without noexec, or add --no-confirm to go on "
        + "without a way back.")
  }

  fileprivate static let notArmed = Diagnostic(
    "Revert not armed",
    detail: "systemd started \(WindowUnits.timer), and says a moment later that it does not run. Without it nothing "
      + "would bring you back in.",
    fix: "systemctl status \(WindowUnits.timer)")

  fileprivate static func programDoesNotRun(_ path: Path) -> Diagnostic {
    Diagnostic(
      "Revert not armed",
      detail: "A copy of harden was put at \(path), and cannot be started there; its file system may forbid programs. "
        + "Without it nothing would bring you back in.",
      fix: "findmnt -T \(path.parent)")
  }
}
