import Glibc
import HostState
import SystemCalls

/// An open file descriptor that closes itself.
package final class Descriptor {
  package let number: Int32

  package init(_ number: Int32) { self.number = number }
  deinit { close(number) }

  /// `fstat(2)`; nil never happens on an open descriptor of a sane file system.
  package func status() -> stat? {
    var status = stat()
    return fstat(number, &status) == 0 ? status : nil
  }

  /// Opens one component beneath this directory; a last symbolic link is never followed. Nil with `errno` set.
  package func open(_ name: String, _ flags: Int32, mode: mode_t = 0) -> Descriptor? {
    let opened = openat(number, name, flags | O_NOFOLLOW | O_CLOEXEC, mode)
    return opened < 0 ? nil : Descriptor(opened)
  }

  /// `lstat(2)` of one component beneath this directory. Nil with `errno` set.
  package func status(of name: String) -> stat? {
    var status = stat()
    return fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
  }
}

extension stat {
  package var kind: mode_t { st_mode & S_IFMT }
  package var isDirectory: Bool { kind == S_IFDIR }
  package var isFile: Bool { kind == S_IFREG }
  /// Whether it is a file with hard links besides the name that it was found by.
  var hasOtherNames: Bool { isFile && st_nlink > 1 }
  var isEmptyFile: Bool { isFile && st_size == 0 }
  package var isLink: Bool { kind == S_IFLNK }
  package var permissions: FileMode { FileMode(UInt16(st_mode & 0o7777)) }
}
