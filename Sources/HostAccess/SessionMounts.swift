import Glibc
import HostState

/// Mounts that this process has and the host has otherwise: those of a service that systemd confines, which everything has
/// that the service starts (systemd.exec(5), ReadOnlyPaths= and the like).
enum SessionMounts {
  static let daemon = "ssh.service"

  /// The unit whose confinement keeps a directory from being written that the host itself may write.
  static func unitShutting(_ directory: Path) -> String? {
    guard let own = FileReading.linkTarget("/proc/self/ns/mnt"), let host = FileReading.linkTarget("/proc/1/ns/mnt"),
      own != host
    else { return nil }
    let table = SafeFiles.lines(of: "/proc/1/mountinfo").joined(separator: "\n")
    guard let real = directory.real, isWritable(real, in: MountTable(table)) else { return nil }
    let control = SafeFiles.lines(of: "/proc/self/cgroup").map(String.init)
    return unit(control)
  }

  static func isWritable(_ directory: Path, in table: MountTable) -> Bool {
    table.holders(of: directory).last.map { !$0.isReadOnly } ?? false
  }

  /// The unit in whose control group this is, by `/proc/self/cgroup`. A login's session is a scope of its own, and sshd's
  /// service what confines it.
  static func unit(_ lines: [String]) -> String {
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1] == "name=systemd" || parts[0] == "0" && parts[1].isEmpty else { continue }
      let last = parts[2].split(separator: "/").last { $0.hasSuffix(".service") || $0.hasSuffix(".scope") }
      guard let last else { continue }
      return FreshLogin.sessionName([line]) == nil ? String(last) : daemon
    }
    return "this session"
  }
}

extension Diagnostic {
  /// - Parameter unit: whose sandbox makes it read-only here; nil where it is for the whole host.
  static func readOnly(_ paths: [Path], _ directory: Path, unit: String?) -> Diagnostic {
    // Names that stand for whatever a tool writes in a directory are not the reader's.
    var names: [String] = []
    for name in paths.map({ $0.name == "x" ? $0.parent.text : $0.text }) where !names.contains(name) {
      names.append(name)
    }
    let list = names.listed(first: 6)
    if let unit {
      // systemd forgets what systemd-run(1) started once it is over.
      let isService = unit.hasSuffix(".service") && !unit.hasPrefix("run-")
      return Diagnostic(
        "Read-only for this session",
        detail: "\(directory) can be written on this host, but not from here: systemd confines \(unit), and what that "
          + "starts, by a setting such as ReadOnlyPaths=, ProtectSystem= or ProtectHome=. This was to be written there: "
          + "\(list). "
          + (unit == SessionMounts.daemon
            ? "Every login over SSH is confined like that. Take the setting away (systemctl edit --full \(unit)), restart "
              + "\(unit) and log in anew, or use the console. The setting is among:"
            : "Run harden outside of it. The setting is among:"),
        fix: isService
          ? "systemctl cat \(unit) | grep -E 'Paths=|Protect'" : "findmnt -T \(Command.quoted(directory.text))")
    }
    return Diagnostic(
      "File system read-only",
      detail:
        "The file system of \(directory) is mounted read-only; this was to be written there: \(list). After an error of "
        + "the disk the kernel does that by itself.",
      fix: "findmnt -T \(Command.quoted(directory.text)); dmesg | tail")
  }
}
