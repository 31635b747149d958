import Glibc
import HostState
import SystemCalls

/// Lays entries over the real paths of a private mount namespace.
///
/// Other text for a file that is there is bound over it. Where names come or go, the directory is shadowed: a new one on
/// a tmpfs in which everything that stays is bound from the real one, however large it is. A name new in `/` itself
/// makes a new root of the same kind.
struct OverlayMounts {
  private let entries: [String: OverlayEntry]

  /// Entries by path; links in the directories above them are followed.
  init(_ entries: [String: OverlayEntry]) {
    var resolved: [String: OverlayEntry] = [:]
    for (path, entry) in entries { resolved[Self.resolve(path)] = entry }
    self.entries = resolved
  }

  func lay() throws(OverlayHelper.Failure) {
    var root = OverlayNode()
    var replaced: [(path: String, entry: OverlayEntry)] = []
    for (path, entry) in entries.sorted(by: { $0.key < $1.key }) {
      switch Self.difference(path, entry) {
      case .none: break
      case .text: replaced.append((path, entry))
      case .name: root.insert(path.split(separator: "/").map(String.init)[...], entry)
      }
    }
    if replaced.isEmpty && root.children.isEmpty { return }
    let staging = try Staging(avoiding: entries.keys)
    for (index, (path, entry)) in replaced.enumerated() {
      let file = staging.path + "/file\(index)"
      try staging.make(entry, at: file)
      try bind(file, path)
    }
    for (index, (path, node)) in shadowed(root, at: "").enumerated() {
      let shadow = staging.path + "/directory\(index)"
      try staging.shadow(path, node, at: shadow)
      if path.isEmpty {
        let failure = harden_change_root(shadow)
        guard failure == 0 else { throw OverlayHelper.Failure("chroot", failure) }
        return
      }
      try bind(shadow, path)
    }
    // What was bound stays; the place where it was made is as it was.
    _ = harden_detach(staging.path)
  }

  private func bind(_ source: String, _ target: String) throws(OverlayHelper.Failure) {
    let failure = harden_bind(source, target)
    guard failure == 0 else { throw OverlayHelper.Failure("bind over \(target)", failure) }
  }

  /// The topmost directories in which a name comes or goes.
  private func shadowed(_ node: OverlayNode, at path: String) -> [(path: String, node: OverlayNode)] {
    let isTouched =
      node.entry != nil || node.children.contains { $0.value.entry != nil || !Self.isDirectory(path + "/" + $0.key) }
    if isTouched { return [(path, node)] }
    return node.children.sorted { $0.key < $1.key }.flatMap { shadowed($0.value, at: path + "/" + $0.key) }
  }

  private enum Difference { case none, text, name }

  private static func difference(_ path: String, _ entry: OverlayEntry) -> Difference {
    var found = stat()
    let isThere = lstat(path, &found) == 0
    let format = isThere ? found.st_mode & S_IFMT : 0
    switch entry.kind {
    case .file: return format == S_IFREG ? .text : .name
    case .removed: return isThere ? .name : .none
    case .link(let target):
      return format == S_IFLNK && FileReading.linkTarget(path) == target ? .none : .name
    case .directory:
      let fits = found.st_mode & 0o7777 == entry.mode && found.st_uid == entry.user && found.st_gid == entry.group
      return format == S_IFDIR && fits ? .none : .name
    }
  }

  private static func isDirectory(_ path: String) -> Bool {
    var found = stat()
    return lstat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFDIR
  }

  /// The path with links in the directories above it followed, as far as they are there.
  private static func resolve(_ path: String) -> String {
    var parts = path.split(separator: "/").map(String.init)
    guard let name = parts.popLast() else { return path }
    var rest = [name]
    while !parts.isEmpty {
      if let text = FileReading.realPath("/" + parts.joined(separator: "/")) {
        return (text == "/" ? "" : text) + "/" + rest.reversed().joined(separator: "/")
      }
      rest.append(parts.removeLast())
    }
    return "/" + rest.reversed().joined(separator: "/")
  }
}

/// A directory tree of the entries that are laid over.
struct OverlayNode {
  var entry: OverlayEntry?
  var children: [String: OverlayNode] = [:]

  mutating func insert(_ names: ArraySlice<String>, _ entry: OverlayEntry) {
    guard let first = names.first else {
      self.entry = entry
      return
    }
    children[first, default: OverlayNode()].insert(names.dropFirst(), entry)
  }
}

/// A tmpfs on which shadows are made; it hides an empty directory of Debian's for as long.
private struct Staging {
  let path: String
  /// The directory that the tmpfs hides.
  private let hidden: Int32

  init(avoiding paths: some Collection<String>) throws(OverlayHelper.Failure) {
    let places = ["/mnt", "/media", "/srv", "/opt", "/boot", "/home"]
    for place in places where !paths.contains(where: { Path($0).isWithin(Path(place)) }) {
      let directory = open(place, harden_o_path | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard directory >= 0 else { continue }
      let failure = harden_mount_tmpfs(place)
      guard failure == 0 else { throw OverlayHelper.Failure("tmpfs on \(place)", failure) }
      (path, hidden) = (place, directory)
      return
    }
    throw OverlayHelper.Failure("none of \(places.joined(separator: ", ")) is there to hold an overlay")
  }

  func make(_ entry: OverlayEntry, at path: String) throws(OverlayHelper.Failure) {
    switch entry.kind {
    case .removed: return
    case .link(let target):
      guard symlink(target, path) == 0 else { throw OverlayHelper.Failure(path, errno) }
      return
    case .directory:
      guard mkdir(path, 0o700) == 0 else { throw OverlayHelper.Failure(path, errno) }
    case .file(let contents):
      let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard file >= 0, SafeFiles.write(contents, to: Descriptor(file)) else {
        throw OverlayHelper.Failure(path, errno)
      }
    }
    guard chown(path, entry.user, entry.group) == 0, chmod(path, entry.mode) == 0 else {
      throw OverlayHelper.Failure(path, errno)
    }
  }

  /// Makes at `shadow` what the real directory looks like with the node laid over; `real` may not be there.
  func shadow(_ real: String, _ node: OverlayNode, at shadow: String) throws(OverlayHelper.Failure) {
    var found = stat()
    let isThere = stat(real + "/", &found) == 0
    if let entry = node.entry, case .directory = entry.kind {
      try make(entry, at: shadow)
    } else if isThere {
      try make(
        OverlayEntry(.directory, mode: found.st_mode & 0o7777, user: found.st_uid, group: found.st_gid), at: shadow)
    } else {
      try make(OverlayEntry(.directory, mode: 0o755), at: shadow)
    }
    for (name, child) in node.children {
      if let entry = child.entry, child.children.isEmpty, !entry.isDirectory {
        try make(entry, at: shadow + "/" + name)
      } else {
        try self.shadow(real + "/" + name, child, at: shadow + "/" + name)
      }
    }
    guard isThere, case .there(.names(let names)) = FileReading.names(in: Path(real)) else { return }
    for name in names where node.children[name] == nil { try keep(real + "/" + name, at: shadow + "/" + name) }
  }

  /// Binds what stays; links are made again.
  private func keep(_ real: String, at shadow: String) throws(OverlayHelper.Failure) {
    var found = stat()
    // Gone meanwhile, or a file system of somebody's that root may not enter.
    guard lstat(real, &found) == 0 else { return }
    switch found.st_mode & S_IFMT {
    case S_IFLNK:
      guard let target = FileReading.linkTarget(real), symlink(target, shadow) == 0 else {
        throw OverlayHelper.Failure(shadow, errno)
      }
      lchown(shadow, found.st_uid, found.st_gid)
      return
    case S_IFDIR: try make(OverlayEntry(.directory, mode: 0o700), at: shadow)
    default: try make(OverlayEntry(.file(contents: []), mode: 0o600), at: shadow)
    }
    let source = real == path ? "/proc/self/fd/\(hidden)" : real
    let failure = harden_bind(source, shadow)
    guard failure == 0 else { throw OverlayHelper.Failure("bind of \(real)", failure) }
  }
}

extension OverlayEntry {
  fileprivate var isDirectory: Bool {
    if case .directory = kind { return true }
    return false
  }
}
