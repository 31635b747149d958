import Glibc
import HostState

extension Preflight {
  /// Seconds that cloud-init and a package manager at work are waited for.
  public static let patience = 600

  /// The locks of a package manager, and of whoever changes accounts.
  static let locks: [Path] = [
    "/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock", "/var/cache/apt/archives/lock",
    "/etc/.pwd.lock",
  ]

  /// Waits until a fresh server has set itself up, and nobody else installs packages or changes accounts.
  ///
  /// - Throws: a `Diagnostic` that names the holder when it takes too long.
  public static func waitForHost(
    patience: Int = Preflight.patience, progress: (String) -> Void = { _ in }
  ) throws(Diagnostic) {
    try waitForCloudInit(patience, progress)
    try waitForLocks(patience, progress)
  }

  /// Waits until nobody else installs packages or changes accounts, and says whom it waits for.
  static func waitForLocks(_ patience: Int, _ progress: (String) -> Void) throws(Diagnostic) {
    var waited = 0
    while let (lock, holder) = held() {
      guard waited < patience else { throw .locked(lock, holder, patience) }
      if waited % 10 == 0 { progress("waiting for \(holder), which holds \(lock)") }
      sleep(1)
      waited += 1
    }
  }

  /// A fresh cloud server runs apt, makes accounts and rewrites sshd's configuration in its first minutes.
  private static func waitForCloudInit(_ patience: Int, _ progress: (String) -> Void) throws(Diagnostic) {
    let program: Path = "/usr/bin/cloud-init"
    guard access(program.text, X_OK) == 0 else { return }
    let runner = ProcessRunner(launcher: .spawn)
    let status = runner.run(Command(program, ["status"])).result?.output ?? ""
    guard status.contains("running") || status.contains("not started") || status.contains("not run") else { return }
    // Not run although the host is up: it is disabled, and waiting for it would be for nothing.
    if !status.contains("running"), !bootIsUnderWay(runner) { return }
    progress("waiting for cloud-init to finish setting this server up")
    // Whether it went well (exit code 1 or 2: errors) is not harden's affair; that it has ended is.
    let wait = Command(program, ["status", "--wait"], timeLimit: patience, accepted: [0, 1, 2])
    if case .outOfTime = runner.run(wait) { throw .cloudInit(patience) }
  }

  private static func bootIsUnderWay(_ runner: ProcessRunner) -> Bool {
    let state = runner.run(Command("/usr/bin/systemctl", ["is-system-running"])).result?.output ?? ""
    return state.contains("starting") || state.contains("initializing")
  }

  /// The first lock that somebody else holds, and who.
  private static func held() -> (lock: Path, holder: String)? {
    for path in locks { if let holder = holder(of: path) { return (path, holder) } }
    return nil
  }

  /// Who holds a lock on a file: `apt-get (process 812)`; nil where nobody else does.
  ///
  /// `proc_locks`: kind, mandatory or not, access, process, then device and inode. In a container the process may be one
  /// of the host's, which cannot be named.
  static func holder(of path: Path) -> String? {
    guard let status = (try? SafeFiles.status(path)) ?? nil else { return nil }
    let key = key(of: status)
    for line in SafeFiles.lines(of: "/proc/locks") {
      let words = line.split(separator: " ").map(String.init)
      // A line with -> waits for the lock and does not hold it.
      guard words.count >= 6, words[1] != "->", words[5] == key, let process = pid_t(words[4]) else { continue }
      if process == getpid() { continue }
      return process > 0 ? "\(Processes.name(of: process)) (process \(process))" : "a process outside"
    }
    return nil
  }

  /// `fd:01:131845`: major and minor number in hexadecimal, the inode in decimal.
  private static func key(of status: stat) -> String {
    let device = UInt64(status.st_dev)
    let major = (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF
    let minor = device & 0xFF | (device >> 12) & ~0xFF
    func digits(_ number: UInt64) -> String { (number < 16 ? "0" : "") + String(number, radix: 16) }
    return "\(digits(major)):\(digits(minor)):\(status.st_ino)"
  }
}

extension Diagnostic {
  fileprivate static func cloudInit(_ seconds: Int) -> Diagnostic {
    Diagnostic(
      "cloud-init still at work",
      detail:
        "cloud-init has not finished setting this server up in \(seconds) seconds. It installs packages and writes "
        + "accounts and sshd's configuration, so nothing is changed beside it.",
      fix: "cloud-init status --long")
  }

  fileprivate static func locked(_ lock: Path, _ holder: String, _ seconds: Int) -> Diagnostic {
    Diagnostic(
      "Lock held",
      detail: "\(holder) has held \(lock) for more than \(seconds) seconds, so nothing is changed beside it.",
      fix: "fuser -v \(lock)")
  }
}
