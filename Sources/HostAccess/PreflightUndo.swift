import Glibc
import HostState

extension Preflight {
  /// Bytes that an undo needs at least, for the files that it writes and its journal.
  private static let undoRoom: UInt64 = 2 << 20

  /// All that would stop these restorations half-way; none when nothing stands in the way.
  static func look(at restorations: [Restoration], _ paths: StatePaths) -> [Diagnostic] {
    guard !restorations.isEmpty else { return [] }
    var written = [paths.state / "runs"]
    var found: [Diagnostic] = []
    for restoration in restorations {
      switch restoration.item {
      case .path(let text):
        written.append(Path(text))
        if let obstacle = folder(inTheWayOf: restoration, Path(text)) { found.append(obstacle) }
      // A mark on the directory keeps no mode or owner from being set.
      case .attributes:
        guard let path = restoration.item.realPath, let descriptor = handle(path) else { continue }
        if let obstacle = attributes(path, descriptor) { found.append(obstacle) }
        if isReadOnly(path) { written.append(path) }
      case .line(let file, _), .member(let file, _, _): written.append(AccountImages.path(file))
      case .activity, .listening, .sysctl, .rules, .table: break
      }
    }
    return unique(obstacles(to: written) + found + space([("/etc", undoRoom), (nearest(paths.state), undoRoom)]))
  }

  /// What somebody laid into a folder that took a file's place is not thrown away.
  private static func folder(inTheWayOf restoration: Restoration, _ path: Path) -> Diagnostic? {
    guard case .entry(let wanted) = restoration.target, wanted.kind == .file || wanted.kind == .link,
      case .entry(let found) = restoration.now, found.kind == .directory,
      let directory = (try? SafeFiles.openDirectory(path)) ?? nil, !ImageCamera.names(in: directory).isEmpty
    else { return nil }
    return .folderInTheWay(path, wanted.kind == .file ? "file" : "link")
  }
}

extension Diagnostic {
  fileprivate static func folderInTheWay(_ path: Path, _ kind: String) -> Diagnostic {
    Diagnostic(
      "Folder in the way",
      detail: "At \(path) lies a folder with something in it, and a \(kind) is to be put back there. What somebody "
        + "laid into it is not thrown away.",
      fix: "Move it away: mv \(Command.quoted(path.text)) \(Command.quoted(path.text + ".aside"))")
  }
}
