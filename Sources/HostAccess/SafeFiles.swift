import Glibc
import HostState
import SystemCalls

/// Files changed by descriptor: whole or not at all, and never through a link that somebody else could have laid.
///
/// Directories on the way are walked one by one. A symbolic link among them is followed only where root alone could
/// have made it (`/bin`, `/var/run`): it belongs to root and lies in a directory in which nobody else can write.
package enum SafeFiles {
  /// Opens a directory for what lies in it; nil when it is not there.
  ///
  /// - Throws: a `Diagnostic` when something else lies there, or a link on the way is not to be trusted.
  package static func openDirectory(_ path: Path) throws(Diagnostic) -> Descriptor? {
    let opened = harden_openat2(
      AT_FDCWD, path.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, harden_resolve_no_symlinks)
    if opened >= 0 { return Descriptor(opened) }
    switch errno {
    case ENOENT: return nil
    case ENOSYS, ELOOP: return try walk(path)
    default: throw .file("open", path, errno)
    }
  }

  /// The directory that holds `path`.
  ///
  /// - Throws: a `Diagnostic` when it is not there.
  static func parent(of path: Path) throws(Diagnostic) -> Descriptor {
    guard let directory = try openDirectory(path.parent) else { throw .noParent(path) }
    return directory
  }

  private static func walk(_ path: Path) throws(Diagnostic) -> Descriptor? {
    var open = [try rootDirectory()]
    var names = Array(path.text.split(separator: "/").map(String.init).reversed())
    var links = 0
    while let name = names.popLast() {
      if name == "." { continue }
      if name == ".." {
        if open.count > 1 { open.removeLast() }
        continue
      }
      guard let directory = open.last else { break }
      if let next = directory.open(name, O_RDONLY | O_DIRECTORY) {
        open.append(next)
        continue
      }
      let code = errno
      if code == ENOENT { return nil }
      guard code == ELOOP || code == ENOTDIR, let status = directory.status(of: name), status.isLink else {
        throw .file("open", path, code)
      }
      links += 1
      guard links < 40, let target = linkTarget(name, in: directory) else { throw .file("open", path, ELOOP) }
      guard status.st_uid == 0, let holder = directory.status(), holder.st_uid == 0, holder.st_mode & 0o022 == 0 else {
        throw .untrustedLink(path, name)
      }
      if target.hasPrefix("/") { open.removeLast(open.count - 1) }
      names += target.split(separator: "/").map(String.init).reversed()
    }
    return open.last
  }

  private static func rootDirectory() throws(Diagnostic) -> Descriptor {
    let opened = Glibc.open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { throw .file("open", "/", errno) }
    return Descriptor(opened)
  }

  /// `lstat(2)`; nil when it or a directory above it is not there.
  package static func status(_ path: Path) throws(Diagnostic) -> stat? {
    if path == "/" { return try rootDirectory().status() }
    guard let directory = try openDirectory(path.parent) else { return nil }
    if let status = directory.status(of: path.name) { return status }
    if errno == ENOENT { return nil }
    throw .file("look at", path, errno)
  }

  /// Whether a file is there that holds nothing.
  static func isEmptyFile(_ path: Path) -> Bool {
    (try? status(path))?.isEmptyFile == true
  }

  package static func linkTarget(_ name: String, in directory: Descriptor) -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let size = readlinkat(directory.number, name, &buffer, buffer.count)
    return size < 0 ? nil : String(decoding: buffer.prefix(size).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The bytes of a plain file; nil when it is not there.
  ///
  /// - Throws: a `Diagnostic` when something else lies there, or it cannot be read.
  package static func read(_ path: Path) throws(Diagnostic) -> [UInt8]? {
    guard let directory = try openDirectory(path.parent) else { return nil }
    guard let file = directory.open(path.name, O_RDONLY | O_NONBLOCK) else {
      if errno == ENOENT { return nil }
      throw .file("read", path, errno)
    }
    guard let status = file.status(), status.isFile else { throw .notAFile(path) }
    guard let bytes = read(file) else { throw .file("read", path, errno) }
    return bytes
  }

  /// All that is left to read; nil with `errno` set.
  static func read(_ file: Descriptor) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let size = Glibc.read(file.number, &buffer, buffer.count)
      if size == 0 { return bytes }
      if size > 0 { bytes += buffer[..<size] } else if errno != EINTR { return nil }
    }
  }

  /// Lines of a small text file of the system; none when it cannot be read.
  static func lines(of path: Path) -> [Substring] {
    guard let bytes = (try? read(path)) ?? nil else { return [] }
    return String(decoding: bytes, as: UTF8.self).lines
  }

  /// Walks components beneath a directory, no link among them; nil with `errno` set.
  static func descend(_ components: some Collection<[UInt8]>, from root: Descriptor) -> Descriptor? {
    var directory = root
    for component in components {
      let opened = component.withCName {
        openat(directory.number, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      }
      guard opened >= 0 else { return nil }
      directory = Descriptor(opened)
    }
    return directory
  }

  static func exists(_ components: [[UInt8]], in root: Descriptor) -> Bool {
    guard let name = components.last else { return true }
    guard let parent = descend(components.dropLast(), from: root) else { return errno != ENOENT }
    var status = stat()
    return name.withCName { fstatat(parent.number, $0, &status, AT_SYMLINK_NOFOLLOW) } == 0
  }

  /// An errno in words that say what to make of it.
  package static func words(_ code: Int32) -> String {
    switch code {
    case EROFS: return "the file system is read-only"
    case EPERM: return "the kernel does not permit it, even to root: the file may be immutable (chattr +i)"
    case ENOSPC: return "no space is left on the file system, or no inodes"
    case EDQUOT: return "the disk quota is used up"
    case EACCES: return "permission denied"
    case ELOOP: return "a symbolic link lies in the way, and it is not followed"
    case EMFILE, ENFILE: return "too many files are open"
    default: return String(cString: strerror(code))
    }
  }
}

extension Array where Element == UInt8 {
  /// The bytes as a file name for a system call.
  func withCName<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (self.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
      // The buffer holds at least its end mark.
      buffer.baseAddress.map(body) ?? "".withCString(body)
    }
  }
}

/// Bytes as hexadecimal digits, for journals.
enum Hex {
  static func text(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func bytes(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}

extension Diagnostic {
  /// A system call that failed on a path.
  static func file(_ verb: String, _ path: Path, _ code: Int32) -> Diagnostic {
    let (quoted, folder) = (Command.quoted(path.text), Command.quoted(path.parent.text))
    let fix: String =
      switch code {
      case EROFS: "findmnt -T \(quoted)"
      case EPERM: "lsattr -d \(quoted) \(folder)"
      case ENOSPC, EDQUOT: "df -h \(folder); df -i \(folder)"
      case EACCES: "Run harden as root: sudo harden …"
      default: "ls -ld \(quoted) \(folder)"
      }
    let title: String =
      switch verb {
      case "read", "look at": "File not readable"
      case "open", "lock": "File not opened"
      default: "File not changed"
      }
    return Diagnostic(
      title, detail: "Could not \(verb) \(path): \(SafeFiles.words(code)).", fix: fix)
  }

  fileprivate static func noParent(_ path: Path) -> Diagnostic {
    Diagnostic(
      "Directory missing", detail: "\(path) has no directory to lie in: \(path.parent) is not there.",
      fix: "ls -ld \(Command.quoted(path.parent.text))")
  }

  fileprivate static func untrustedLink(_ path: Path, _ name: String) -> Diagnostic {
    Diagnostic(
      "Link in the way",
      detail: "On the way to \(path), “\(name)” is a symbolic link that somebody other than root could have made. "
        + "It is not followed: as root, harden would write wherever it leads.",
      fix: "namei -l \(Command.quoted(path.text))")
  }

  static func notAFile(_ path: Path) -> Diagnostic {
    Diagnostic(
      "Not a plain file", detail: "\(path) is not a plain file, so it is neither read nor replaced.",
      fix: "ls -ld \(Command.quoted(path.text))")
  }
}
