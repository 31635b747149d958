import Glibc
import HostState

/// Files that whoever runs harden names: values, keys, what harden remembers. Read and written whole.
package enum UserFiles {
  /// Nil when it is not there.
  ///
  /// - Parameter limit: bytes; a longer file is refused.
  /// - Throws: a `Diagnostic` when it cannot be read, is too long or no text.
  package static func text(of path: String, limit: Int = 1 << 20) throws(Diagnostic) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .notRead(path, errno)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .notRead(path, errno) }
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= limit else { throw .tooLong(path, limit) }
    }
    // Editors on Windows put a byte order mark in front.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(path) }
    return text
  }

  /// Puts a new file in the place of an old one, whole or not at all.
  ///
  /// - Parameter replacing: whether an old one may be there.
  /// - Throws: a `Diagnostic` when one is and may not, or the directory cannot be written to.
  package static func write(_ text: String, to path: String, mode: FileMode, replacing: Bool) throws(Diagnostic) {
    let temporary = "\(path).new-\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .notWritten(path, errno) }
    var bytes = Array(text.utf8)[...]
    var failure: Int32 = 0
    while !bytes.isEmpty, failure == 0 {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 { bytes = bytes.dropFirst(count) } else if errno != EINTR { failure = errno }
    }
    if failure == 0, fchmod(descriptor, mode_t(mode.rawValue)) != 0 || fsync(descriptor) != 0 { failure = errno }
    close(descriptor)
    if failure == 0 {
      // link(2) never replaces; rename(2) always does.
      if replacing {
        if rename(temporary, path) != 0 { failure = errno }
      } else if link(temporary, path) != 0 {
        failure = errno
      }
    }
    if failure != 0 || !replacing { unlink(temporary) }
    guard failure != EEXIST else { throw .alreadyThere(path) }
    guard failure == 0 else { throw .notWritten(path, failure) }
  }

  /// Removes a file, and its directory where nothing else is in it; nothing to do where it is not there.
  ///
  /// - Throws: a `Diagnostic` when it cannot be removed.
  package static func remove(_ path: String, withEmptyDirectory directory: String) throws(Diagnostic) {
    guard unlink(path) == 0 || errno == ENOENT else { throw .notWritten(path, errno) }
    rmdir(directory)
  }

  /// Makes a directory that only its owner may enter; one that is there stays as it is.
  ///
  /// - Throws: a `Diagnostic` when it cannot be made.
  package static func makePrivateDirectory(_ path: String) throws(Diagnostic) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .notWritten(path, errno) }
  }
}

private func reason(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }

extension Diagnostic {
  fileprivate static func notRead(_ path: String, _ code: Int32) -> Diagnostic {
    Diagnostic(
      "File not readable", detail: "“\(path)” could not be read: \(reason(code)).",
      fix: "ls -ld \(Command.quoted(path))")
  }
  fileprivate static func tooLong(_ path: String, _ limit: Int) -> Diagnostic {
    Diagnostic("File too long", detail: "“\(path)” is longer than \(limit) bytes, so it is hardly what was meant.")
  }
  fileprivate static func notText(_ path: String) -> Diagnostic {
    Diagnostic("File not readable", detail: "“\(path)” is not UTF-8 text.", fix: "file \(Command.quoted(path))")
  }
  fileprivate static func alreadyThere(_ path: String) -> Diagnostic {
    Diagnostic(
      "File already there", detail: "“\(path)” is there already, and was left as it is.", kind: .alreadyThere)
  }
  fileprivate static func notWritten(_ path: String, _ code: Int32) -> Diagnostic {
    Diagnostic("File not written", detail: "“\(path)” could not be written: \(reason(code)).")
  }
}
