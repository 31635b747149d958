import Glibc
import HostState

/// The lock that makes runs one at a time.
///
/// Children get it as their standard input, so that one that outlives a killed harden still holds it: the next run
/// waits for it instead of working beside it. The file is empty: what reads it as its input meets its end.
public final class RunLock: @unchecked Sendable {
  let descriptor: Descriptor

  private init(_ descriptor: Descriptor) { self.descriptor = descriptor }

  /// - Parameters:
  ///   - patience: seconds to wait for children of a run that was killed.
  ///   - progress: told what is waited for.
  /// - Throws: a `Diagnostic` when another harden is at work, or the children do not end in time.
  public static func take(
    _ paths: StatePaths = .standard, patience: Int = 900, progress: (String) -> Void = { _ in }
  ) throws(Diagnostic) -> RunLock {
    let file = try opened(paths)
    var waited = 0.0
    while flock(file.number, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw .file("lock", paths.lock, errno) }
      let holders = holders(of: file)
      if let running = holder(paths), holders.contains(where: { $0.process == running }) { throw .running(running) }
      guard waited < Double(patience) else { throw .childrenAlive(holders.map(\.words), patience) }
      if waited.truncatingRemainder(dividingBy: 10) < 0.1 {
        let names = holders.map(\.words).joined(separator: ", ")
        progress("a run that was interrupted left something at work, waiting for it to end: \(names)")
      }
      usleep(200_000)
      waited += 0.2
    }
    return try RunLock(file).noted(paths)
  }

  /// Takes the lock from whoever has it: an apply is stopped, what it left at work is ended, an undo may go on to its end
  /// for `patience` seconds. For a revert, which never refuses.
  ///
  /// - Throws: a `Diagnostic` when something holds on to it that even the kernel does not end.
  static func seize(
    _ paths: StatePaths, from worker: ProcessStatus?, patience: Double = 600, progress: (String) -> Void = { _ in }
  ) throws(Diagnostic) -> RunLock {
    let file = try opened(paths)
    var ending = LiveApply(worker)
    var waited = 0.0
    while flock(file.number, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw .file("lock", paths.lock, errno) }
      let holders = holders(of: file)
      let running = holder(paths).flatMap { running in holders.first { $0.process == running } }
      if let running, running.process != worker?.process, waited < patience {
        if waited == 0 { progress("waiting for \(running.words), which is at work") }
      } else {
        ending.press(holders, progress)
      }
      guard waited < patience + 60 else { throw .childrenAlive(holders.map(\.words), Int(waited)) }
      usleep(100_000)
      waited += 0.1
    }
    return try RunLock(file).noted(paths)
  }

  private static func opened(_ paths: StatePaths) throws(Diagnostic) -> Descriptor {
    try paths.makeState()
    guard let directory = try SafeFiles.openDirectory(paths.state),
      let file = directory.open(paths.lock.name, O_RDONLY | O_CREAT, mode: 0o600)
    else { throw .file("open", paths.lock, errno) }
    return file
  }

  private func noted(_ paths: StatePaths) throws(Diagnostic) -> RunLock {
    try write([Int(getpid())], paths)
    return self
  }

  /// Notes which run its holder is at work on, for whoever looks meanwhile.
  func note(run: Int, _ paths: StatePaths) { try? write([Int(getpid()), run], paths) }

  private func write(_ numbers: [Int], _ paths: StatePaths) throws(Diagnostic) {
    let text = numbers.map { "\($0)\n" }.joined()
    try SafeFiles.write(paths.lockHolder, Array(text.utf8), mode: 0o600, user: geteuid(), group: getegid())
  }

  /// A harden that is at work.
  public struct Worker: Hashable, Sendable {
    public let process: Int32
    /// What it is at work on; nil where it has not begun a run yet.
    public let run: Int?

    package init(process: Int32, run: Int?) { (self.process, self.run) = (process, run) }
  }

  /// The other harden that is at work; nil where none is.
  public static func worker(_ paths: StatePaths = .standard) -> Worker? {
    let lines = SafeFiles.lines(of: paths.lockHolder)
    guard let process = lines.first.flatMap({ pid_t(String($0)) }), process != getpid(),
      let directory = (try? SafeFiles.openDirectory(paths.state)) ?? nil,
      let wanted = directory.status(of: paths.lock.name), holds(process, wanted)
    else { return nil }
    return Worker(process: process, run: lines.count > 1 ? Int(lines[1]) : nil)
  }

  /// The run that another harden is at work on; nil where none is, or none has begun yet.
  public static func runAtWork(_ paths: StatePaths = .standard) -> Int? { worker(paths)?.run }

  private static func holder(_ paths: StatePaths) -> pid_t? {
    SafeFiles.lines(of: paths.lockHolder).first.flatMap { pid_t(String($0)) }
  }

  struct Holder {
    let process: pid_t
    let name: String
    var words: String { "\(name) (process \(process))" }
  }

  /// The other processes that hold the lock of a file, by `/proc`; who only waits for it has it open as well. Known by its
  /// number: a folder above it may be a link.
  static func holders(of file: Descriptor) -> [Holder] {
    guard let wanted = file.status() else { return [] }
    var holders: [Holder] = []
    for process in Processes.all where process != getpid() && holds(process, wanted) {
      holders.append(Holder(process: process, name: Processes.name(of: process)))
    }
    return holders
  }

  private static func holds(_ process: pid_t, _ wanted: stat) -> Bool {
    let folder = "/proc/\(process)/fd"
    return Processes.names(in: folder).contains { name in
      var status = stat()
      return stat("\(folder)/\(name)", &status) == 0 && status.st_ino == wanted.st_ino
        && status.st_dev == wanted.st_dev && isLocked("/proc/\(process)/fdinfo/\(name)")
    }
  }

  /// proc_pid_fdinfo(5): `lock: 1: FLOCK  ADVISORY  WRITE 2042 08:01:33 0 EOF` where a lock hangs on what is open.
  private static func isLocked(_ information: String) -> Bool {
    SafeFiles.lines(of: Path(information)).contains { $0.hasPrefix("lock:") && $0.contains(" FLOCK ") }
  }
}

/// What `/proc` tells of processes.
enum Processes {
  static var all: [pid_t] { names(in: "/proc").compactMap { pid_t($0) }.sorted() }

  static func name(of process: pid_t) -> String {
    SafeFiles.lines(of: Path("/proc/\(process)/comm")).first.map(String.init) ?? "gone"
  }

  static func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}

extension Diagnostic {
  fileprivate static func running(_ process: pid_t) -> Diagnostic {
    Diagnostic(
      "Another run is at work",
      detail: "harden is already changing this host (process \(process)). Two at once would undo one another's work.",
      fix: "ps -fp \(process)")
  }

  fileprivate static func childrenAlive(_ names: [String], _ seconds: Int) -> Diagnostic {
    Diagnostic(
      "An interrupted run is still at work",
      detail: "An earlier run was killed, and what it started has not ended in \(seconds) seconds: "
        + names.joined(separator: ", ") + ". Nothing is changed beside it.",
      fix: "Wait for it, or end it, and run harden again.")
  }
}
