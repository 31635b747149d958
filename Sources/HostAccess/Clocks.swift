import Glibc
import HostState

/// Which boot of the system this is, and what its clocks say.
enum Clocks {
  /// Seconds since the kernel began, suspended ones too: what `/proc/PID/stat` counts starts in.
  static var sinceBoot: Double { seconds(CLOCK_BOOTTIME) }
  /// Seconds that systemd and logind count in.
  static var monotonic: Double { seconds(CLOCK_MONOTONIC) }

  /// When this system, or this container, was started, in seconds since 1970.
  static var started: Int { Int(Double(time(nil)) - sinceBoot + (ProcessStatus.of(1)?.start ?? 0)) }

  /// Names this boot. In a container the kernel's own identifier outlives a reboot, the first process does not.
  static var boot: String {
    let kernel = SafeFiles.lines(of: "/proc/sys/kernel/random/boot_id").first.map(String.init) ?? ""
    return "\(kernel) \(ProcessStatus.of(1)?.startTicks ?? 0)"
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// A process as `/proc/PID/stat` and its owner tell of it.
struct ProcessStatus: Hashable, Codable {
  var process: pid_t
  var parent: pid_t
  /// Clock ticks since boot; with the number it names one process for ever.
  var startTicks: UInt64

  /// Nil where there is no such process.
  static func of(_ process: pid_t) -> ProcessStatus? {
    guard let line = SafeFiles.lines(of: Path("/proc/\(process)/stat")).first else { return nil }
    return parsed(String(line), process)
  }

  /// `proc_pid_stat(5)`: the name in parentheses may hold anything; the parent is field 4, the start field 22.
  static func parsed(_ line: String, _ process: pid_t) -> ProcessStatus? {
    guard let fields = Self.fields(line), fields.count > 19, let parent = pid_t(fields[1]),
      let start = UInt64(fields[19])
    else { return nil }
    return ProcessStatus(process: process, parent: parent, startTicks: start)
  }

  /// What follows the name, from field 3 on.
  static func fields<Line: StringProtocol>(_ line: Line) -> [Line.SubSequence]? {
    guard let name = line.lastIndex(of: ")") else { return nil }
    return line[line.index(after: name)...].split(separator: " ")
  }

  /// Seconds since boot.
  var start: Double { Double(startTicks) / Double(max(1, sysconf(Int32(_SC_CLK_TCK)))) }

  /// Whether this very process still lives.
  var isAlive: Bool { Self.of(process)?.startTicks == startTicks }

  static var own: ProcessStatus? { of(getpid()) }
}
