import Glibc
import HostState

/// A copy of a tool's configuration in a directory that only its maker can enter.
struct ScratchTree {
  let roots: [Path]
  let scratch: Path

  init(of roots: [Path], at scratch: Path) {
    // Longest first: /etc/sudoers.d is not to be taken for /etc/sudoers.
    (self.roots, self.scratch) = (roots.sorted { $0.text.utf8.count > $1.text.utf8.count }, scratch)
  }

  /// Copies all roots that are there, with modes, owners and links; says what went wrong.
  func copy() -> String? {
    for root in roots {
      if let reason = copy(root, to: scratch / root.name) { return reason }
    }
    return nil
  }

  /// Lays a planned entry over the copy; what lies outside of the roots the tool does not find through them.
  ///
  /// - Returns: the reason why it could not, as `copy()` does: half a copy must not be judged.
  func lay(_ entry: PlannedEntry, over path: Path) -> String? {
    guard roots.contains(where: { path.isWithin($0) }) else { return nil }
    let place = Path(rewritten(path.text))
    if case .directory = entry {} else { unlink(place.text) }
    makeParents(of: place)
    switch entry {
    case .removed: Self.remove(place.text)
    case .link(let target):
      guard symlink(rewritten(target), place.text) == 0 else { return failure(path) }
    case .directory(let mode, let owner):
      guard mkdir(place.text, 0o700) == 0 || errno == EEXIST else { return failure(path) }
      settle(place, mode, owner)
    case .file(let contents, let mode, let owner):
      guard write(Array(rewrittenFile(contents).utf8), to: place) else { return failure(path) }
      settle(place, mode, owner)
    }
    return nil
  }

  func remove() { Self.remove(scratch.text) }

  /// The text with the original's paths made the copy's.
  func rewritten(_ text: String) -> String {
    roots.reduce(text) { text, root in text.replacing(root.text, with: (scratch / root.name).text) }
  }

  func original(_ text: String) -> String {
    roots.reduce(text) { text, root in text.replacing((scratch / root.name).text, with: root.text) }
  }

  /// A relative Include of sshd's means /etc/ssh wherever the file itself lies (sshd_config(5)).
  private func rewrittenFile(_ text: String) -> String {
    let text = rewritten(text)
    guard roots.contains("/etc/ssh"), text.utf8.contains(UInt8(ascii: "I")) || text.utf8.contains(UInt8(ascii: "i"))
    else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let words = line.split { $0 == " " || $0 == "\t" }
      guard words.first?.lowercased() == "include" else { return String(line) }
      let files = words.dropFirst().map { $0.hasPrefix("/") ? String($0) : "\(scratch)/ssh/\($0)" }
      return "Include " + files.joined(separator: " ")
    }.joined(separator: "\n")
  }

  private func copy(_ source: Path, to target: Path) -> String? {
    var found = stat()
    guard lstat(source.text, &found) == 0 else { return nil }
    switch found.kind {
    case S_IFLNK:
      guard let link = FileReading.linkTarget(source.text) else { return nil }
      return symlink(rewritten(link), target.text) == 0 ? nil : failure(target)
    case S_IFDIR:
      guard mkdir(target.text, 0o700) == 0 else { return failure(target) }
      guard case .there(.names(let names)) = FileReading.names(in: source) else { return failure(source) }
      for name in names {
        if let reason = copy(source / name, to: target / name) { return reason }
      }
    case S_IFREG:
      switch SmallFile.bytes(source.text) {
      case .read(let bytes):
        let text = String(validating: bytes, as: UTF8.self).map { Array(rewrittenFile($0).utf8) }
        guard write(text ?? bytes, to: target) else { return failure(target) }
      case .unreadable(let reason): return "\(source): \(reason)"
      case .absent: return nil
      }
    default: return nil
    }
    lchown(target.text, found.st_uid, found.st_gid)
    chmod(target.text, found.st_mode & 0o7777)
    return nil
  }

  private func settle(_ place: Path, _ mode: FileMode, _ owner: Owner) {
    lchown(place.text, Owners.user(owner.user) ?? 0, Owners.group(owner.group) ?? 0)
    chmod(place.text, mode_t(mode.rawValue))
  }

  private func makeParents(of place: Path) {
    if access(place.parent.text, F_OK) == 0 { return }
    makeParents(of: place.parent)
    mkdir(place.parent.text, 0o755)
  }

  private func write(_ bytes: [UInt8], to path: Path) -> Bool {
    let descriptor = open(path.text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    return descriptor >= 0 && SafeFiles.write(bytes, to: Descriptor(descriptor))
  }

  private static func remove(_ path: String) {
    var found = stat()
    guard lstat(path, &found) == 0 else { return }
    guard found.isDirectory else {
      unlink(path)
      return
    }
    if case .there(.names(let names)) = FileReading.names(in: Path(path)) {
      for name in names { remove(path + "/" + name) }
    }
    rmdir(path)
  }

  private func failure(_ path: Path) -> String { "\(path): \(String(cString: strerror(errno)))" }
}
