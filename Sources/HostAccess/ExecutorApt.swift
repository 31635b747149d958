import Glibc
import HostState

/// `apt-get`, without questions and with its percentage.
extension Executor {
  private static let aptGet: Path = "/usr/bin/apt-get"
  /// Seconds that apt waits for another package manager to let go of dpkg.
  private static let lockTimeout = 300

  private static let environment = [
    "DEBIAN_FRONTEND": "noninteractive", "DEBCONF_NONINTERACTIVE_SEEN": "true", "NEEDRESTART_MODE": "l",
    "APT_LISTCHANGES_FRONTEND": "none", "UCF_FORCE_CONFFOLD": "1",
  ]
  /// The same after a power cut. What ucf(1) has put in its registry may be on the disk, and the file not: that would
  /// count as somebody's removal of it, and stay.
  private static let mending = environment.merging(["UCF_FORCE_CONFFMISS": "1"]) { _, new in new }
  /// What the journal says of an installation that was made anew.
  static let unpackedAnew = "unpacked anew"
  /// dpkg's options by which a configuration file that somebody edited stays, without a question.
  private static let keepingEdits = ["--force-confdef", "--force-confold"]
  private static let options =
    ["-o", "DPkg::Lock::Timeout=\(lockTimeout)", "-o", "Dpkg::Use-Pty=0", "-o", "APT::Status-Fd=1"]
    + keepingEdits.flatMap { ["-o", "Dpkg::Options::=\($0)"] }

  func updatePackageLists(_ progress: Progress) throws(Diagnostic) {
    let command = Command(
      Self.aptGet, Self.options + ["update"], environment: Self.environment, timeLimit: 1800)
    progress("fetching package lists", nil)
    // The lists have a lock of their own, for which apt-get does not wait.
    let deadline = Self.now + Self.lockTimeout
    while true {
      var (fetched, failed) = (0, [String]())
      let outcome = start(command) { stream, line in
        guard stream == .output else { return }
        if line.hasPrefix("Hit:") || line.hasPrefix("Get:") { fetched += 1 }
        if line.hasPrefix("Err:") { failed.append(String(line.dropFirst(4))) }
      }
      guard case .finished(let result) = outcome else { throw .failed(command, outcome) }
      if result.status != 0, result.errors.contains("/var/lib/apt/lists/lock"), Self.now < deadline {
        progress("another program reads package lists, waiting for it", nil)
        sleep(2)
        continue
      }
      if result.status != 0 || (fetched == 0 && !failed.isEmpty) { throw .noLists(command, outcome, failed) }
      for line in failed { progress("a package source did not answer: \(line)", nil) }
      return
    }
  }

  func install(_ packages: [String], _ progress: Progress) throws(Diagnostic) {
    // apt-get would wait as well, but without a word.
    try Preflight.waitForLocks(Self.lockTimeout) { progress($0, nil) }
    try configureInterrupted(progress)
    let isMending = journal?.records.contains { $0.words == Self.unpackedAnew } ?? false
    let command = Command(
      Self.aptGet, Self.options + ["install", "--yes", "--no-install-recommends", "--"] + packages,
      environment: isMending ? Self.mending : Self.environment, timeLimit: 3600)
    progress("install \(packages.joined(separator: " "))", 0)
    // dpkg notes a package as installed without having brought to the disk what its scripts wrote, nor its configuration
    // files (1.21, 1.22).
    let watch = WriteWatch()
    defer { watch?.end() }
    var synced = Self.now
    let outcome = start(command) { stream, line in
      guard stream == .output, let (words, percent) = AptStatus.read(line) else { return }
      progress(words, percent)
      guard Self.now > synced else { return }
      try? FileSystems.sync(holding: [])
      synced = Self.now
    }
    guard case .finished(let result) = outcome, result.status == 0 else { throw .notInstalled(command, outcome) }
  }

  /// What a killed or failed dpkg left half-done is configured first, else apt refuses everything.
  func configureInterrupted(_ progress: Progress) throws(Diagnostic) {
    let audit = Command("/usr/bin/dpkg", ["--audit"], accepted: [0, 1])
    let isInterrupted = !Processes.names(in: "/var/lib/dpkg/updates").isEmpty
    let isHalf = runner.run(audit).result.map { !$0.output.isEmpty } ?? false
    guard isInterrupted || isHalf else { return }
    progress("finish what an interrupted dpkg left half-done", nil)
    let watch = WriteWatch()
    defer { watch?.end() }
    try demand(Self.dpkg(["--configure", "-a"], environment: Self.environment))
  }

  /// The same where the power was cut meanwhile: what was unpacked since then is unpacked anew, since its configuration
  /// files may have come back empty.
  ///
  /// Not with `apt-get install --reinstall`, which stops at a package that is half-configured (“No file name for”, apt 3.0).
  func reinstallUnpacked(since time: Int, _ progress: Progress) throws(Diagnostic) {
    progress("finish what a power cut left half-done", nil)
    let watch = WriteWatch()
    defer { watch?.end() }
    if SharedPAM.isEmpty { try demand(SharedPAM.writer) }
    // It may fail of an empty file; what it has noted by then is enough for what follows.
    _ = start(Self.dpkg(["--configure", "-a"], environment: Self.mending))
    let packages = DpkgState.unpacked(since: time, runner)
    guard !packages.isEmpty else { return }
    let folder = paths.state / "packages"
    try StatePaths.makeDirectory(folder)
    defer {
      for name in Processes.names(in: folder.text) { try? SafeFiles.remove(folder / name) }
      _ = try? SafeFiles.removeDirectory(folder)
    }
    let download = Command(
      "/usr/bin/env",
      ["--chdir=\(folder)", Self.aptGet.text, "--quiet", "-o", "APT::Sandbox::User=root", "download", "--"] + packages,
      environment: Self.environment, timeLimit: 1800)
    progress("download \(packages.count) packages anew", nil)
    try demand(download)
    let archives = Processes.names(in: folder.text).filter { $0.hasSuffix(".deb") }.sorted().map { (folder / $0).text }
    // The download took a while, and after a boot apt's own timers want the lock, too.
    try Preflight.waitForLocks(Self.lockTimeout) { progress($0, nil) }
    progress("unpack \(archives.count) packages anew", nil)
    // An empty one would count as somebody's edit, and stay.
    let emptied = DpkgState.emptied(of: packages, since: time, runner) + DpkgState.leftEmpty(by: packages, since: time)
    for file in emptied { try SafeFiles.remove(file) }
    try demand(Self.dpkg(["--force-confmiss", "--install", "--"] + archives, environment: Self.mending))
  }

  private static func dpkg(_ words: [String], environment: [String: String]) -> Command {
    Command("/usr/bin/dpkg", keepingEdits + words, environment: environment, timeLimit: 1800)
  }
}

/// Lines of `APT::Status-Fd` (apt's README.progress-reporting).
enum AptStatus {
  /// Words and percentage; nil for a line of another kind. Downloads are counted as the first third.
  static func read(_ line: String) -> (words: String, percent: Int)? {
    let fields = line.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
    guard fields.count == 4, let percent = Double(fields[2]), percent >= 0, percent <= 100 else { return nil }
    switch fields[0] {
    case "dlstatus": return (String(fields[3]), Int(percent / 3))
    case "pmstatus": return (String(fields[3]), Int(33 + percent * 2 / 3))
    default: return nil
    }
  }
}

extension Diagnostic {
  fileprivate static func noLists(
    _ command: Command, _ outcome: ProcessRunner.Outcome, _ failed: [String]
  ) -> Diagnostic {
    var diagnostic = Diagnostic.failed(command, outcome)
    diagnostic.summary = "Package lists not fetched"
    diagnostic.detail =
      failed.isEmpty
      ? "apt could not fetch its package lists, so nothing can be installed."
      : "No package source answered, so nothing can be installed. Tried: \(failed.prefix(5).joined(separator: "; "))."
    diagnostic.fix = "apt-get update"
    return diagnostic
  }

  fileprivate static func notInstalled(_ command: Command, _ outcome: ProcessRunner.Outcome) -> Diagnostic {
    var diagnostic = Diagnostic.failed(command, outcome)
    guard let result = outcome.result else { return diagnostic }
    diagnostic.summary = "Packages not installed"
    // /var/lib/dpkg/lock-frontend, /var/lib/dpkg/lock, /var/cache/apt/archives/lock
    if result.errors.contains("/lock") {
      diagnostic.detail = "Another package manager holds a lock, and did not let go of it."
      diagnostic.fix = "fuser -v /var/lib/dpkg/lock-frontend"
    } else if result.errors.contains("Unable to locate package") {
      diagnostic.detail = "A package is not in the package lists of this host."
      diagnostic.fix = "apt-get update"
    } else {
      diagnostic.detail = "apt could not install them. What it had configured by then stays."
      diagnostic.fix = "dpkg --audit; apt-get --fix-broken install"
    }
    return diagnostic
  }
}
