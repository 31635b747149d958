import HostState

/// By what a daemon can be seen to have taken its configuration in, so that nobody has to wait and hope.
///
/// A restart gives another main process. sshd that reloads executes itself anew, and its sockets are new ones
/// (`sighup_restart` in sshd.c). apache2 keeps its sockets, and lets new workers have them only after it has read and
/// bound everything; where it cannot, it ends without any.
struct DaemonSigns {
  var main: Int
  /// Inodes of the sockets that it listens on.
  var sockets: Set<String> = []
  /// Children that hold one of them: not those that serve a login.
  var workers: Set<Int> = []
  /// Where the kernel laid its program, by chance (`/proc/PID/auxv`): another one after each exec.
  var image: [UInt8] = []

  init(main: Int, ports: Set<UInt16>) {
    self.main = main
    guard main > 0 else { return }
    sockets = Set(Listening.sockets().filter { ports.contains($0.localPort) }.map(\.inode))
      .intersection(Listening.inodes(of: main))
    let children = SafeFiles.lines(of: Path("/proc/\(main)/task/\(main)/children")).first ?? ""
    workers = Set(children.split(separator: " ").compactMap { Int($0) })
      .filter { !Listening.inodes(of: $0).isDisjoint(with: sockets) }
    image = (try? SafeFiles.read(Path("/proc/\(main)/auxv"))) ?? []
  }

  /// Whether it has been at work since.
  func isNewer(than before: DaemonSigns) -> Bool {
    guard main > 0, !sockets.isEmpty else { return false }
    return main != before.main || sockets.isDisjoint(with: before.sockets)
      || !workers.isSubset(of: before.workers)
  }

  /// Whether the process has executed itself anew since: what it reads then, it does not need to have read yet.
  ///
  /// Ubuntu's sshd keeps the sockets that systemd once handed to it, also where it runs as `ssh.service` by now.
  func isExecutedAnew(since before: DaemonSigns) -> Bool {
    main == before.main && !sockets.isEmpty && !image.isEmpty && !before.image.isEmpty && image != before.image
  }
}
