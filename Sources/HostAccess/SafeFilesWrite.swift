import Glibc
import HostState
import SystemCalls

extension SafeFiles {
  /// What may lie at a path that is about to be replaced.
  enum Replacing { case file, fileOrLink }

  /// The name of the temporary file that becomes `name`: derived from it, so that what a crash leaves can be found.
  ///
  /// It begins with a dot: run-parts, sshd, sudo, cron and apt all skip such a name.
  package static func temporaryName(for name: String) -> String {
    ".harden-" + String(SHA256.hex(Array(name.utf8)).prefix(16))
  }

  /// Replaces or makes a plain file, whole or not at all, and on disk when it returns.
  ///
  /// - Throws: a `Diagnostic`; the old file is then untouched.
  package static func write(
    _ path: Path, _ bytes: [UInt8], mode: FileMode, user: UInt32, group: UInt32, attributes: [String: [UInt8]]? = nil
  ) throws(Diagnostic) {
    try write(path, bytes, mode: mode, user: user, group: group, attributes: attributes, replacing: .file)
  }

  static func write(
    _ path: Path, _ bytes: [UInt8], mode: FileMode, user: UInt32, group: UInt32, attributes: [String: [UInt8]]?,
    replacing: Replacing
  ) throws(Diagnostic) {
    let directory = try parent(of: path)
    try mayReplace(path, in: directory, replacing, owner: user)
    try put(path, bytes, mode: mode, user: user, group: group, attributes: attributes, in: directory)
  }

  /// Lays a new file at a path, whatever file or link is there.
  static func put(
    _ path: Path, _ bytes: [UInt8], mode: FileMode, user: UInt32, group: UInt32, attributes: [String: [UInt8]]?,
    in directory: Descriptor
  ) throws(Diagnostic) {
    let temporary = temporaryName(for: path.name)
    unlinkat(directory.number, temporary, 0)
    guard let file = directory.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600) else {
      throw .file("write", path, errno)
    }
    var done = false
    defer { if !done { unlinkat(directory.number, temporary, 0) } }
    // Owner and mode before the first byte: nobody ever reads the text under another mode. The mode last, since it
    // bounds what an access list gives.
    guard dropAccessList(of: file.number) else { throw .file("take the access list from", path, errno) }
    guard fchown(file.number, user, group) == 0 else { throw .file("set the owner of", path, errno) }
    let capability = attributes?[Self.capability]
    try set((attributes ?? [:]).filter { $0.key != Self.capability }, of: file, path)
    guard fchmod(file.number, mode_t(mode.rawValue)) == 0 else { throw .file("set the mode of", path, errno) }
    guard write(bytes, to: file) else { throw .file("write", path, errno) }
    // Each write takes them away again.
    if let capability { try set([Self.capability: capability], of: file, path) }
    guard fsync(file.number) == 0 else { throw .file("write", path, errno) }
    guard renameat(directory.number, temporary, directory.number, path.name) == 0 else {
      throw .file("replace", path, errno)
    }
    done = true
    guard fsync(directory.number) == 0 else { throw .file("sync the directory of", path, errno) }
  }

  private static func set(
    _ attributes: [String: [UInt8]], of file: Descriptor, _ path: Path
  ) throws(Diagnostic) {
    for (name, value) in attributes {
      guard harden_setxattr(file.number, name, value, value.count) == 0 else {
        throw .file("set \(name) of", path, errno)
      }
    }
  }

  static func write(_ bytes: [UInt8], to file: Descriptor) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count {
        let size = Glibc.write(file.number, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
        if size < 0 && errno == EINTR { continue }
        guard size > 0 else { return false }
        offset += size
      }
      return true
    }
  }

  private static func mayReplace(
    _ path: Path, in directory: Descriptor, _ replacing: Replacing, owner: UInt32
  ) throws(Diagnostic) {
    guard let status = directory.status(of: path.name) else {
      if errno == ENOENT { return }
      throw .file("look at", path, errno)
    }
    switch status.kind {
    case S_IFREG:
      if status.hasOtherNames && status.st_uid != owner { throw .foreignHardLink(path, status.st_uid) }
    case S_IFLNK where replacing == .fileOrLink: break
    default: throw .notReplaced(path, status)
    }
  }

  /// Removes a file or link; nothing to do when it is not there.
  ///
  /// - Throws: a `Diagnostic` when a directory or device lies there.
  package static func remove(_ path: Path) throws(Diagnostic) {
    guard let directory = try openDirectory(path.parent) else { return }
    guard let status = directory.status(of: path.name) else { return }
    guard status.isFile || status.isLink else { throw .notReplaced(path, status) }
    guard unlinkat(directory.number, path.name, 0) == 0 || errno == ENOENT else {
      throw .file("remove", path, errno)
    }
    fsync(directory.number)
  }

  /// Removes a directory if nothing is in it; false when something is.
  static func removeDirectory(_ path: Path) throws(Diagnostic) -> Bool {
    guard let directory = try openDirectory(path.parent) else { return true }
    guard unlinkat(directory.number, path.name, AT_REMOVEDIR) == 0 || errno == ENOENT else {
      if errno == ENOTEMPTY || errno == EEXIST || errno == EBUSY { return false }
      throw .file("remove", path, errno)
    }
    fsync(directory.number)
    return true
  }

  /// Makes a directory with exactly this mode and owner, whatever the umask; its parent must be there.
  package static func makeDirectory(_ path: Path, mode: FileMode, user: UInt32, group: UInt32) throws(Diagnostic) {
    let directory = try parent(of: path)
    // 0700 until the owner is right: a setgid or group-writable directory of root's is nobody's yet.
    guard mkdirat(directory.number, path.name, 0o700) == 0 else { throw .file("make the directory", path, errno) }
    guard let made = directory.open(path.name, O_RDONLY | O_DIRECTORY), dropAccessList(of: made.number),
      fchown(made.number, user, group) == 0, fchmod(made.number, mode_t(mode.rawValue)) == 0
    else { throw .file("set the owner of", path, errno) }
    fsync(directory.number)
  }

  /// Makes or replaces a symbolic link; a plain file in its place is replaced too, a directory never.
  package static func link(
    _ path: Path, to target: String, user: UInt32 = 0, group: UInt32 = 0
  ) throws(Diagnostic) {
    let directory = try parent(of: path)
    try mayReplace(path, in: directory, .fileOrLink, owner: user)
    let temporary = temporaryName(for: path.name)
    unlinkat(directory.number, temporary, 0)
    guard symlinkat(target, directory.number, temporary) == 0 else { throw .file("make the link", path, errno) }
    if geteuid() == 0 { fchownat(directory.number, temporary, user, group, AT_SYMLINK_NOFOLLOW) }
    guard renameat(directory.number, temporary, directory.number, path.name) == 0 else {
      let code = errno
      unlinkat(directory.number, temporary, 0)
      throw .file("make the link", path, code)
    }
    fsync(directory.number)
  }

  /// Removes the temporary file of `path` that a crash may have left.
  package static func sweep(_ path: Path) {
    guard let directory = try? openDirectory(path.parent) else { return }
    unlinkat(directory.number, temporaryName(for: path.name), 0)
  }
}

extension Diagnostic {
  fileprivate static func notReplaced(_ path: Path, _ status: stat) -> Diagnostic {
    let kind =
      switch status.kind {
      case S_IFDIR: "a directory"
      case S_IFLNK: "a symbolic link"
      case S_IFREG: "a plain file"
      case S_IFSOCK: "a socket"
      case S_IFIFO: "a named pipe"
      default: "a device"
      }
    return Diagnostic(
      "Not replaced", detail: "At \(path) lies \(kind). harden replaces plain files only; nothing was changed there.",
      fix: "ls -ld \(Command.quoted(path.text))")
  }
}
