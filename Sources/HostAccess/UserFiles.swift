import Glibc
import HostState

/// Files that whoever runs harden names: values, keys, what harden remembers. Read and written whole.
package enum UserFiles {
  /// Nil when it is not there. A pipe is read to its end, however slowly that comes.
  ///
  /// - Parameters:
  ///   - limit: bytes; a longer file is refused.
  ///   - patience: seconds that a pipe may say nothing.
  /// - Throws: a `Diagnostic` when it cannot be read, is too long or no text.
  package static func text(
    of path: String, limit: Int = 1 << 20, patience: Int = 10
  ) throws(Diagnostic) -> String? {
    // Without waiting, or a pipe that nobody writes to would hold harden up for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .notRead(path, errno)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    // A named pipe reads as empty until the first writer has come; poll(2) tells when one has gone.
    var awaitsWriter = isNamedPipe(descriptor)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 && errno == EAGAIN || count == 0 && awaitsWriter {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = poll(&waiting, 1, Int32(patience * 1000))
        if ready == 0 { throw .silent(path, patience) }
        if ready > 0 { awaitsWriter = false }
        continue
      }
      guard count >= 0 else { throw .notRead(path, errno) }
      if count == 0 { break }
      awaitsWriter = false
      bytes += buffer[..<count]
      guard bytes.count <= limit else { throw .tooLong(path, limit) }
    }
    // Editors on Windows put a byte order mark in front.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(path) }
    return text
  }

  /// The pipes between processes have no path, but a number: `pipe:[4711]` (proc(5)).
  private static func isNamedPipe(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return false }
    var name = [CChar](repeating: 0, count: 16)
    let count = readlink("/proc/self/fd/\(descriptor)", &name, name.count)
    return count > 0 && !name.prefix(count).starts(with: "pipe:".utf8.map { CChar($0) })
  }

  /// The same, readable by root alone, for a file of harden's own in a directory that root alone can enter.
  ///
  /// A power cut takes back a rename(2) of the last seconds, and what was to be renamed is there again. Under a name that
  /// is always the same it goes with the next write or removal.
  ///
  /// - Throws: a `Diagnostic` when it cannot be written.
  package static func writeState(_ text: String, to path: String) throws(Diagnostic) {
    let temporary = unrenamed(path)
    var failure = fill(temporary, O_TRUNC, text, 0o600)
    if failure == 0, rename(temporary, path) != 0 { failure = errno }
    guard failure == 0 else {
      unlink(temporary)
      throw .notWritten(path, failure)
    }
  }

  /// Whether a file of harden's own lies there as `writeState` leaves it: plain, and for its owner alone.
  package static func isState(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.isFile && status.permissions == 0o600 && status.st_uid == geteuid()
  }

  /// Removes a file of harden's own, and its directory where nothing else is in it; nothing to do where it is not there.
  ///
  /// - Throws: a `Diagnostic` when it cannot be removed.
  package static func removeState(_ path: String, withEmptyDirectory directory: String) throws(Diagnostic) {
    for file in [path, unrenamed(path)] {
      guard unlink(file) == 0 || errno == ENOENT else { throw .notWritten(file, errno) }
    }
    rmdir(directory)
  }

  private static func unrenamed(_ path: String) -> String { "\(path).new" }

  /// Writes a whole file onto the disk.
  ///
  /// - Returns: 0, or the error number.
  static func fill(_ path: String, _ flag: Int32, _ text: String, _ mode: FileMode) -> Int32 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flag, 0o600)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    let failure = fill(descriptor, text)
    guard failure == 0 else { return failure }
    return fchmod(descriptor, mode_t(mode.rawValue)) != 0 || fsync(descriptor) != 0 ? errno : 0
  }

  /// - Returns: 0, or the error number.
  static func fill(_ descriptor: Int32, _ text: String) -> Int32 {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 { bytes = bytes.dropFirst(count) } else if errno != EINTR { return errno }
    }
    return 0
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
  fileprivate static func silent(_ path: String, _ seconds: Int) -> Diagnostic {
    Diagnostic(
      "File not readable", detail: "“\(path)” is a pipe, and nothing came through it for \(seconds) s.",
      fix: "lsof \(Command.quoted(path))")
  }
  fileprivate static func tooLong(_ path: String, _ limit: Int) -> Diagnostic {
    Diagnostic("File too long", detail: "“\(path)” is longer than \(limit) bytes, so it is hardly what was meant.")
  }
  fileprivate static func notText(_ path: String) -> Diagnostic {
    Diagnostic("File not readable", detail: "“\(path)” is not UTF-8 text.", fix: "file \(Command.quoted(path))")
  }
  static func alreadyThere(_ path: String) -> Diagnostic {
    Diagnostic(
      "File already there", detail: "“\(path)” is there already, and was left as it is.", kind: .alreadyThere)
  }
  static func notWritten(_ path: String, _ code: Int32) -> Diagnostic {
    Diagnostic("File not written", detail: "“\(path)” could not be written: \(reason(code)).")
  }
}
