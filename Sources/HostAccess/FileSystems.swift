import Glibc
import HostState
import SystemCalls

/// The mounted file systems.
enum FileSystems {
  /// Where the programs of Debian keep what they change.
  private static let usual: [Path] = ["/", "/etc", "/home", "/usr", "/var"]

  /// Waits until all that was changed is on disk: on the file systems that Debian's programs write to, and on those that
  /// these paths lie on (syncfs(2)).
  ///
  /// Such programs do not see to it themselves (useradd's copies out of /etc/skel, ufw's rules), and a file system may
  /// write modes, owners and links later than a file that was synced after them.
  ///
  /// - Throws: a `Diagnostic` when something could not be written, the disk being full or broken.
  static func sync(holding paths: [Path]) throws(Diagnostic) {
    var synced: Set<dev_t> = []
    for path in usual + paths {
      guard let directory = nearestDirectory(path), let device = directory.status()?.st_dev,
        synced.insert(device).inserted
      else { continue }
      guard harden_syncfs(directory.number) == 0 else { throw .file("bring to the disk what changed at", path, errno) }
    }
  }

  private static func nearestDirectory(_ path: Path) -> Descriptor? {
    var path = path
    while true {
      let opened = open(path.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      if opened >= 0 { return Descriptor(opened) }
      guard path != "/" else { return nil }
      path = path.parent
    }
  }
}

extension Executor {
  /// Brings to the disk what a step changed, or what it took to take it back, before the journal says so: no power cut
  /// then takes away what the journal holds for done.
  ///
  /// - Throws: a `Diagnostic` when something could not be written.
  func writeOut(_ step: Step, _ images: Image...) throws(Diagnostic) {
    switch step.action {
    // Synced as they are written, or nothing on a disk.
    case .write, .settleSecrets, .setSysctl, .reload: return
    default: try FileSystems.sync(holding: images.flatMap(\.paths))
    }
  }
}

extension Image {
  fileprivate var paths: [Path] {
    values.keys.compactMap { item in
      switch item {
      case .path(let path): Path(path)
      case .attributes(let root, _): Path(root)
      default: nil
      }
    }
  }
}
