import Glibc
import HostState

/// What can be known before the first step: nothing is begun that is bound to stop half-way.
public enum Preflight {
  /// Bytes that an install needs at least where packages are fetched and unpacked; apt says more exactly later.
  static let installRoom: UInt64 = 300 << 20
  /// Bytes for journal and configuration files.
  static let writeRoom: UInt64 = 10 << 20
  /// Bytes of an armed revert: its copy of this program, and the room that is kept for it.
  static var windowRoom: UInt64 {
    var status = stat()
    let program = stat("/proc/self/exe", &status) == 0 ? UInt64(status.st_size) : 0
    return program + UInt64(ConfirmWindow.reserve)
  }
  static let inodeRoom: UInt64 = 500

  /// All that would stop these steps; none when nothing stands in the way. Locks are `waitForHost`'s.
  public static func look(at steps: [Step], _ paths: StatePaths = .standard) -> [Diagnostic] {
    guard geteuid() == 0 else { return [.notRoot()] }
    guard !steps.isEmpty else { return [] }
    var found = obstacles(to: written(by: steps) + [paths.state / "runs"])
    found += space(for: steps, paths)
    found += programs(of: steps)
    found += marksInTrees(of: steps)
    found += accountLinks(of: steps)
    found += settings(of: steps)
    found += reload(of: steps)
    return unique(found)
  }

  static func unique(_ found: [Diagnostic]) -> [Diagnostic] {
    var unique: [Diagnostic] = []
    for diagnostic in found where !unique.contains(diagnostic) { unique.append(diagnostic) }
    return unique
  }

  /// Marks of files and read-only file systems that keep these paths from being written.
  static func obstacles(to paths: [Path]) -> [Diagnostic] {
    var found: [Diagnostic] = []
    var checked: Set<Path> = []
    // By file system: one that is read-only is said once, with what was to be written there.
    var shut: [(device: dev_t, directory: Path, paths: [Path])] = []
    for path in paths where checked.insert(path).inserted {
      switch writability(path, directories: &checked) {
      case .marked(let diagnostic): found.append(diagnostic)
      case .readOnly(let device, let directory):
        if let index = shut.firstIndex(where: { $0.device == device }) {
          shut[index].paths.append(path)
        } else {
          shut.append((device, directory, [path]))
        }
      case nil: break
      }
    }
    return found + shut.map { .readOnly($0.paths, $0.directory, unit: SessionMounts.unitShutting($0.directory)) }
  }

  /// The paths that steps name as written; what they make on the way is not there yet.
  private static func written(by steps: [Step]) -> [Path] {
    var paths: [Path] = []
    for step in steps {
      switch step.action {
      case .install: paths += ["/usr/bin/x", "/etc/x", "/var/lib/dpkg/status", "/var/cache/apt/x"]
      case .updatePackageLists: paths.append("/var/lib/apt/lists/x")
      case .setUnit: paths.append("/etc/systemd/system/x")
      case .run:
        paths += LinkTarget.through(step.footprint.paths) + step.footprint.trees
        if !step.footprint.accounts.isEmpty { paths += accountFiles }
      case .settleTree(let rule): paths += written(by: rule)
      case .issueCertificate: paths += ["/etc/letsencrypt/x", "/var/log/letsencrypt/x"]
      default: if let path = step.action.path { paths.append(path) }
      }
    }
    return paths
  }

  private enum Obstacle {
    case marked(Diagnostic)
    case readOnly(dev_t, Path)
  }

  /// Looks at the path and the nearest directory that is there.
  private static func writability(_ path: Path, directories: inout Set<Path>) -> Obstacle? {
    if let descriptor = handle(path), let diagnostic = attributes(path, descriptor) { return .marked(diagnostic) }
    var directory = path.parent
    while directory != "/", (try? SafeFiles.openDirectory(directory)) ?? nil == nil { directory = directory.parent }
    guard let descriptor = handle(directory) else { return nil }
    if directories.insert(directory).inserted, let diagnostic = attributes(directory, descriptor) {
      return .marked(diagnostic)
    }
    var status = statvfs()
    guard statvfs(directory.text, &status) == 0, status.f_flag & UInt(ST_RDONLY) != 0 else { return nil }
    return .readOnly(descriptor.status()?.st_dev ?? 0, directory)
  }

  static func handle(_ path: Path) -> Descriptor? {
    // Opened for reading: FS_IOC_GETFLAGS refuses O_PATH. Neither devices nor pipes are touched by that.
    let opened = open(path.text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    return opened < 0 ? nil : Descriptor(opened)
  }

  static func attributes(_ path: Path, _ descriptor: Descriptor) -> Diagnostic? {
    FileMark(on: descriptor).map { .marked([path], $0) }
  }

  private static func space(for steps: [Step], _ paths: StatePaths) -> [Diagnostic] {
    let state = steps.contains(where: \.risk.concernsAccess) ? writeRoom + windowRoom : writeRoom
    var needs: [(path: Path, bytes: UInt64)] = [("/etc", writeRoom), (nearest(paths.state), state)]
    let installs = steps.contains { step in
      switch step.action {
      case .install, .updatePackageLists: true
      default: false
      }
    }
    if installs { needs += [("/var/cache", installRoom), ("/var/lib", installRoom), ("/usr", installRoom)] }
    return space(needs)
  }

  /// File systems on which there is less room than is needed.
  static func space(_ needs: [(path: Path, bytes: UInt64)]) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for (path, bytes) in needs {
      var status = statvfs()
      guard statvfs(path.text, &status) == 0 else { continue }
      let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
      if free < bytes { found.append(.noSpace(path, free: free, needed: bytes)) }
      // btrfs and others count no inodes.
      if status.f_files > 0, UInt64(status.f_favail) < inodeRoom { found.append(.noInodes(path)) }
    }
    return found
  }

  static func nearest(_ path: Path) -> Path {
    var path = path
    while path != "/", access(path.text, F_OK) != 0 { path = path.parent }
    return path
  }

  /// Programs that are not there and that no install before them can bring.
  private static func programs(of steps: [Step]) -> [Diagnostic] {
    var found: [Diagnostic] = []
    var written: Set<Path> = []
    for step in steps {
      switch step.action {
      // Which programs a package brings is for the package to know.
      case .install: return found
      case .write(let path, _, _, _, _), .link(let path, _): written.insert(path)
      case .run(let command):
        if access(command.executable.text, X_OK) != 0, !written.contains(command.executable) {
          found.append(.noProgram(command, step.words))
        }
      default: break
      }
    }
    return found
  }
}

extension Preflight {
  /// The command that brings back a program that a package had brought.
  static func reinstalling(_ program: Path) -> String {
    "apt-get install --reinstall \"$(dpkg-query -S \(Command.quoted(program.text)) | cut -d: -f1)\""
  }
}

extension Diagnostic {
  fileprivate static func notRoot() -> Diagnostic {
    Diagnostic(
      "Not root", detail: "Changing this host needs root. Nothing was changed.", fix: "sudo harden apply")
  }

  fileprivate static func noSpace(_ path: Path, free: UInt64, needed: UInt64) -> Diagnostic {
    Diagnostic(
      "No space",
      detail:
        "The file system of \(path) has \(free >> 20) MB left, and at least \(needed >> 20) MB are needed. A full disk "
        + "in the middle leaves packages half-configured, and files as they are.",
      fix: "df -h \(Command.quoted(path.text)); apt-get clean")
  }

  fileprivate static func noInodes(_ path: Path) -> Diagnostic {
    Diagnostic(
      "No inodes", detail: "The file system of \(path) has hardly any inodes left: no new file can be made there.",
      fix: "df -i \(Command.quoted(path.text))")
  }

  fileprivate static func noProgram(_ command: Command, _ words: String) -> Diagnostic {
    Diagnostic(
      "Program missing",
      detail: "The step “\(words)” needs \(command.executable), which is not there, and no earlier step brings it.",
      fix: Preflight.reinstalling(command.executable))
  }
}
