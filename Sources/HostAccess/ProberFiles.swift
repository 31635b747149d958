import Glibc
import HostState

/// Files and directories, through `lstat(2)` and its like.
enum FileReading {
  static func status(_ path: Path, _ names: AccountNames) -> Answer<Fact> {
    var found = stat()
    guard lstat(path.text, &found) == 0 else { return missing(errno) }
    let kind: FileStatus.Kind
    switch found.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .directory
    case S_IFLNK:
      guard let target = linkTarget(path.text) else { return missing(errno) }
      kind = .link(target: target)
    case S_IFSOCK: kind = .other(type: "s")
    case S_IFIFO: kind = .other(type: "p")
    case S_IFCHR: kind = .other(type: "c")
    default: kind = .other(type: "b")
    }
    return .there(
      value: .file(
        FileStatus(
          kind: kind, mode: FileMode(UInt16(found.st_mode & 0o7777)),
          owner: names.owner(user: found.st_uid, group: found.st_gid),
          grants: kind == .file ? AccessList.grants(of: path) : nil,
          names: found.hasOtherNames ? Int(found.st_nlink) : nil)))
  }

  static func contents(_ path: Path) -> Answer<Fact> {
    let reading = SmallFile.bytes(path.text, followingLinks: false)
    guard case .read(let bytes) = reading else { return reading.fact { _ in nil } }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return .unreadable(reason: "it is not UTF-8 text")
    }
    return .there(value: .text(text))
  }

  static func names(in directory: Path) -> Answer<Fact> {
    guard let stream = opendir(directory.text) else { return missing(errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return .there(value: .names(names))
  }

  static func sysctl(_ key: String) -> Answer<Fact> {
    SmallFile.text(SysctlKey.path(key).text).fact { text in
      var value = text[...]
      while value.last?.isWhitespace == true { value.removeLast() }
      return .text(String(value))
    }
  }

  /// Where a path leads to, also a relative one, without a link on the way; nil where it is not there.
  static func realPath(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  static func linkTarget(_ path: String) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { room in
      guard let base = room.baseAddress else { return nil }
      let count = readlink(path, base, room.count)
      guard count >= 0 else { return nil }
      return String(decoding: UnsafeRawBufferPointer(room).prefix(count), as: UTF8.self)
    }
  }

  private static func missing(_ error: Int32) -> Answer<Fact> {
    switch error {
    case ENOENT, ENOTDIR: .absent
    default: .unreadable(reason: String(cString: strerror(error)))
    }
  }
}
