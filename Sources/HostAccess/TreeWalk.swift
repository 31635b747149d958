import Glibc
import HostState
import SystemCalls

/// Walks a directory tree by descriptors, so that a user who moves things about in it cannot lead the walk astray.
///
/// Symbolic links are not followed, mounts beneath the root not crossed, names are bytes.
final class TreeWalk {
  /// An entry that does not fit the rule.
  struct Entry {
    let directory: Int32
    let name: UnsafePointer<CChar>
    let found: stat
    let place: TreeJudge.Place
    /// Whether it is a directory whose default ACL differs, whatever else does.
    let lacksACL: Bool
    let isRoot: Bool
  }
  enum Failure: Error { case errno(Int32) }

  let judge: TreeJudge
  /// Entries seen, the root among them, excluded ones not.
  private(set) var entries = 0
  private(set) var hasACLs = true
  /// Called for entries that break the rule, directories before what they hold; throws to stop.
  var offence: (Entry) throws -> Void = { _ in }
  /// Called for what is not looked at: a mount beneath the root, a directory too deep.
  var skipped: (_ path: [UInt8], _ reason: String) -> Void = { _, _ in }
  /// The names of the directories walked into.
  private var trail: [[UInt8]] = []

  /// Deeper than any tree that paths of `PATH_MAX` can name in practice, and below the usual limit of descriptors.
  static let deepest = 400

  init(_ rule: TreeRule) { judge = TreeJudge(rule) }

  /// - Throws: `Failure` when a directory cannot be read.
  func walk(root: Descriptor) throws {
    guard let status = root.status() else { throw Failure.errno(errno) }
    entries += 1
    try consider(root.number, directory: root.number, name: nil, status, judge.root, isRoot: true)
    try walk(root.number, at: judge.root, device: status.st_dev, depth: 0)
  }

  /// The path of an entry relative to the root, as bytes.
  func path(_ name: UnsafePointer<CChar>?) -> [UInt8] {
    var names = trail
    if let name {
      names.append(Array(UnsafeBufferPointer(start: name, count: strlen(name))).map(UInt8.init(bitPattern:)))
    }
    return Array(names.joined(separator: [UInt8(ascii: "/")]))
  }

  private func walk(_ directory: Int32, at place: TreeJudge.Place, device: dev_t, depth: Int) throws {
    guard depth < Self.deepest else {
      return skipped(path(nil), "more than \(Self.deepest) directories deep, not looked at")
    }
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 32_768, alignment: 8)
    defer { room.deallocate() }
    while true {
      let size = harden_getdents(directory, room.baseAddress, room.count)
      guard size >= 0 else { throw Failure.errno(errno) }
      if size == 0 { return }
      var offset = 0
      while offset < size {
        // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name.
        let length = Int(room.load(fromByteOffset: offset + 16, as: UInt16.self))
        let type = room.load(fromByteOffset: offset + 18, as: UInt8.self)
        guard let name = room.baseAddress.map({ ($0 + offset + 19).assumingMemoryBound(to: CChar.self) }) else {
          return
        }
        offset += length
        try entry(name, type, in: directory, at: place, device: device, depth: depth)
      }
    }
  }

  private func entry(
    _ name: UnsafePointer<CChar>, _ type: UInt8, in directory: Int32, at place: TreeJudge.Place, device: dev_t,
    depth: Int
  ) throws {
    let bytes = UnsafeBufferPointer(
      start: UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self), count: strlen(name))
    if bytes[0] == UInt8(ascii: ".") && (bytes.count == 1 || (bytes.count == 2 && bytes[1] == UInt8(ascii: "."))) {
      return
    }
    if judge.excludes(bytes) { return }
    let entered = place.open.isEmpty ? place : judge.enter(bytes, from: place)
    var status = stat()
    if type != UInt8(DT_DIR) {
      guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
        if errno == ENOENT { return }
        throw Failure.errno(errno)
      }
      if !status.isDirectory {
        entries += 1
        if judge.wanted(status, at: entered, isRoot: false) != nil {
          try offence(
            Entry(directory: directory, name: name, found: status, place: entered, lacksACL: false, isRoot: false))
        }
        return
      }
    }
    let opened = Self.openDirectory(name, in: directory)
    guard opened >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR, ELOOP: return  // gone, or another thing by now
      case EXDEV: return skipped(path(name), "another file system is mounted there, not looked at")
      default: throw Failure.errno(errno)
      }
    }
    defer { close(opened) }
    guard fstat(opened, &status) == 0 else { throw Failure.errno(errno) }
    guard status.st_dev == device else {
      return skipped(path(name), "another file system is mounted there, not looked at")
    }
    entries += 1
    try consider(opened, directory: directory, name: name, status, entered, isRoot: false)
    trail.append(Array(bytes))
    defer { trail.removeLast() }
    try walk(opened, at: entered, device: device, depth: depth + 1)
  }

  /// Judges a directory that was opened.
  private func consider(
    _ opened: Int32, directory: Int32, name: UnsafePointer<CChar>?, _ status: stat, _ place: TreeJudge.Place,
    isRoot: Bool
  ) throws {
    var lacksACL = false
    // A relaxed place belongs to tools that move directories about, and needs no ACL: its modes are free enough.
    if judge.inherited && hasACLs && !place.isRelaxed {
      switch DefaultACL.look(opened, mode: judge.mode(isDirectory: true, found: 0, at: place)) {
      case .fits: break
      case .differs: lacksACL = true
      case .unsupported: hasACLs = false
      }
    }
    guard lacksACL || judge.wanted(status, at: place, isRoot: isRoot) != nil else { return }
    try ".".withCString { here in
      try offence(
        Entry(
          directory: name == nil ? opened : directory, name: name ?? here, found: status, place: place,
          lacksACL: lacksACL, isRoot: isRoot))
    }
  }

  private static func openDirectory(_ name: UnsafePointer<CChar>, in directory: Int32) -> Int32 {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
    let opened = harden_openat2(directory, name, flags, 0, harden_resolve_no_crossing)
    return opened < 0 && errno == ENOSYS ? openat(directory, name, flags) : opened
  }
}
