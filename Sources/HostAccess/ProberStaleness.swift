import Glibc
import HostState

/// Whether what a daemon loaded is older than its files.
struct Staleness {
  let unit: String
  let paths: [Path]

  init(_ unit: String, _ paths: [Path]) { (self.unit, self.paths) = (unit, paths) }

  /// Daemons that may have been started by something else than systemd, by the name of their process.
  private static let processes = ["ssh.service": "sshd", "apache2.service": "apache2"]

  func answer(_ units: Reading<[String: UnitReading.Report]>, _ sockets: Reading<[SocketTable.Row]>) -> Answer<Fact> {
    var loaded: Int?
    switch units {
    case .read(let reports):
      if let report = reports[unit], report.state?.isActive == true { loaded = report.changed.map { $0 * 1000 } }
    case .absent: break
    case .unreadable(let reason):
      guard Self.processes[unit] != nil else { return .unreadable(reason: reason) }
    }
    if loaded == nil, let process = Self.processes[unit], case .read(let rows) = sockets {
      loaded = rows.first { $0.listener.process == process }?.identifier.flatMap(Self.start)
    }
    guard let loaded else { return .absent }
    switch Self.newestChange(beneath: paths) {
    case .read(let newest): return .there(value: .flag(newest > loaded))
    case .absent: return .there(value: .flag(false))
    case .unreadable(let reason): return .unreadable(reason: reason)
    }
  }

  /// When a process began, in nanoseconds since 1970, to a hundredth of a second.
  private static func start(of process: pid_t) -> Int? {
    guard let ticks = ProcessStatus.of(process)?.startTicks else { return nil }
    var (now, sinceBoot) = (timespec(), timespec())
    clock_gettime(CLOCK_REALTIME, &now)
    clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
    let boot = nanoseconds(now) - nanoseconds(sinceBoot)
    return boot + Int(ticks) * (1_000_000_000 / sysconf(Int32(_SC_CLK_TCK)))
  }

  /// The newest change of content, name or mode beneath the paths, in nanoseconds since 1970; links count with what they
  /// point at, folders of what is only available (`sites-available`) do not. Absent when none of them is there.
  static func newestChange(beneath paths: [Path]) -> Reading<Int> {
    var walk = Walk()
    for path in paths {
      if let error = walk.look(path.text) { return .unreadable("\(path): \(String(cString: strerror(error)))") }
    }
    return walk.newest.map { .read($0) } ?? .absent
  }

  private struct Walk {
    var newest: Int?
    /// Directories that were read, by device and inode: links may lead round in a circle.
    private var seen: Set<[UInt64]> = []

    /// Returns an errno where something could not be looked at.
    mutating func look(_ path: String) -> Int32? {
      var status = stat()
      guard lstat(path, &status) == 0 else { return missing() }
      count(status)
      if status.st_mode & S_IFMT == S_IFLNK {
        guard stat(path, &status) == 0 else { return missing() }
        count(status)
      }
      guard status.st_mode & S_IFMT == S_IFDIR, seen.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted
      else { return nil }
      switch FileReading.names(in: Path(path)) {
      case .there(.names(let names)):
        // Of Apache's folders, no program loads what is only available: what is enabled is a link to it.
        for name in names where !name.hasSuffix("-available") {
          if let error = look(path + "/" + name) { return error }
        }
        return nil
      case .unreadable: return EACCES
      default: return nil
      }
    }

    private mutating func count(_ status: stat) {
      // ctime tells of a file that was moved here or put back with an old mtime.
      let latest = max(nanoseconds(status.st_mtim), nanoseconds(status.st_ctim))
      newest = max(newest ?? latest, latest)
    }

    private func missing() -> Int32? {
      errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? nil : errno
    }
  }
}

private func nanoseconds(_ time: timespec) -> Int { Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec) }
