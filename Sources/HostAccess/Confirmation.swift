import Glibc
import HostState

extension Executor {
  /// Keeps what a window would take back, if this is a fresh login of an administrator.
  ///
  /// - Parameter process: of the session that confirms; nil for this one.
  /// - Returns: who confirmed.
  /// - Throws: a `Diagnostic` that says why this counts for nothing; the window then stays open.
  public func confirm(_ window: ConfirmWindow, of process: Int32? = nil) throws(Diagnostic) -> String {
    let process = process ?? getpid()
    let name = try FreshLogin.of(process).administrator(of: window)
    try lock()
    // While the lock was waited for, the window may have gone, and what it held with it.
    guard let current = try ConfirmWindow.read(paths), current.run == window.run else { throw .tooLate }
    if current != window { _ = try FreshLogin.of(process).administrator(of: current) }
    try disarm()
    return name
  }

  /// Has systemd start the confirmation outside of this session, where that cannot see how it came about: ssh.service
  /// may be without CAP_SYS_PTRACE, or let no other program be started.
  ///
  /// - Returns: what came of it; nil where there was no need, or no way.
  public func confirmFromOutside(_ window: ConfirmWindow, isJSON: Bool) -> CommandResult? {
    let login = FreshLogin.of(getpid())
    guard login.isBlind || login.sessionTrouble != nil else { return nil }
    let command = Command(
      "/usr/bin/systemd-run",
      ["--quiet", "--collect", "--pipe", "--wait", "--", windowProgram.text, "confirm-session", "\(getpid())"]
        + (isJSON ? ["--json"] : []), timeLimit: 60, accepted: [0, 1, 3])
    guard case .finished(let result) = runner.run(command), command.accepted.contains(result.status),
      !result.errors.hasPrefix("Failed to ")
    else { return nil }
    return result
  }

  /// The program that runs, where it lies.
  public static var ownProgram: Path? { FileReading.linkTarget("/proc/self/exe").map { Path($0) } }

  /// Where the copy of it lies that an armed revert runs.
  public var windowProgram: Path { paths.windowProgram }

  /// Whether sudo wants a terminal of an account, to ask for a password or by itself; and where it looks for commands.
  public func sudoTerms(_ name: String) -> (asks: Bool, path: Set<Path>?) {
    let inquiry = Inquiry(.output(question: SudoRights.question(name)))
    guard case .there(.output(let result))? = Prober().answers(to: [inquiry])[inquiry], result.status == 0 else {
      return (false, nil)
    }
    let rights = SudoRights(result.output)
    return (!rights.withoutPassword || rights.needsTerminal, Self.securePath(in: result.output))
  }

  /// `secure_path=/usr/local/sbin\:/usr/local/bin` among the matching Defaults, of several the last; nil where there is
  /// none.
  static func securePath(in output: String) -> Set<Path>? {
    // What follows holds for some commands alone, or is no setting.
    let ends = ["Runas and Command-specific", "may run the following commands"].compactMap { output.firstRange(of: $0) }
    let settings = output[..<(ends.map(\.lowerBound).min() ?? output.endIndex)].split { ", \n".contains($0) }
    guard let last = settings.last(where: { $0 == "!secure_path" || $0.hasPrefix("secure_path=") }) else { return nil }
    // Then it is the login's own: what sshd gives everybody, whatever their files add.
    if last.hasPrefix("!") { return ["/usr/local/bin", "/usr/bin", "/bin"] }
    return Set(last.dropFirst("secure_path=".count).split(separator: "\\:").map { Path(String($0)) })
  }

  /// Has systemd take back the rest of what a reboot interrupted, once the daemons are up.
  public func startRest() throws(Diagnostic) {
    try demand(Command(Self.systemctl, ["start", WindowUnits.rest], timeLimit: 900))
  }

  /// Addresses of this host that others might reach it by, in order of likelihood.
  public static var ownAddresses: [String] {
    FreshLogin.ownAddresses().filter { !NetworkAddress.isLoopback($0) && !$0.hasPrefix("fe80:") }
      .sorted { ($0.contains(":") ? 1 : 0, $0) < ($1.contains(":") ? 1 : 0, $1) }
  }
}

extension Diagnostic {
  fileprivate static let tooLate = Diagnostic(
    "Too late", detail: "The window ran out just now, and what it held was taken back.", fix: "sudo harden history")
}
