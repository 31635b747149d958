import Glibc
import HostState

extension UserFiles {
  /// Looks whether a file could be put there, before anything that takes its time.
  ///
  /// - Throws: a `Diagnostic` when it could not.
  package static func expectWritable(_ path: String) throws(Diagnostic) {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { throw .notWritten(path, EISDIR) }
    if isStream(path) {
      guard access(path, W_OK) == 0 else { throw .notWritten(path, errno) }
      return
    }
    let path = target(of: path)
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard !path.isEmpty, slash.map({ path.index(after: $0) < path.endIndex }) ?? true else {
      throw .notWritten(path, EISDIR)
    }
    guard access(directory, W_OK | X_OK) == 0 else { throw .notWritten(path, errno) }
  }

  /// Puts a new file in the place of an old one, whole or not at all. What is no file is written into.
  ///
  /// - Parameter replacing: whether an old one may be there.
  /// - Throws: a `Diagnostic` when one is and may not, or the directory cannot be written to.
  package static func write(_ text: String, to path: String, mode: FileMode, replacing: Bool) throws(Diagnostic) {
    if isStream(path) {
      let failure = pour(text, into: path)
      guard failure == 0 else { throw .notWritten(path, failure) }
      return
    }
    let path = target(of: path)
    let temporary = "\(path).new-\(getpid())"
    var failure = fill(temporary, O_EXCL, text, mode)
    if failure == EEXIST { throw .notWritten(temporary, failure) }
    if failure == 0 {
      // link(2) never replaces; rename(2) always does.
      if (replacing ? rename(temporary, path) : link(temporary, path)) != 0 { failure = errno }
    }
    if failure != 0 || !replacing { unlink(temporary) }
    guard failure != EEXIST else { throw .alreadyThere(path) }
    guard failure == 0 else { throw .notWritten(path, failure) }
  }

  /// Whether what lies there is written into, and not replaced: a device, a pipe, what this process has open already.
  package static func isStream(_ path: String) -> Bool {
    if path == "/dev/stdout" || path == "/dev/stderr" || path.hasPrefix("/dev/fd/") { return true }
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  /// The file that a link leads to: it is replaced, and the link stays.
  private static func target(of path: String) -> String {
    FileReading.linkTarget(path) == nil ? path : FileReading.realPath(path) ?? path
  }

  /// - Returns: 0, or the error number.
  private static func pour(_ text: String, into path: String) -> Int32 {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    return fill(descriptor, text)
  }
}
