import Glibc
import HostState
import SystemCalls

/// The default ACL of a directory (`acl(5)`): what is made in it later gets these rights, whatever the umask.
///
/// Only the three base entries: then the kernel writes plain modes on new files and no ACL of their own.
enum DefaultACL {
  static let attribute = "system.posix_acl_default"

  /// As the kernel keeps it: `struct posix_acl_xattr_header` and entries of linux/posix_acl_xattr.h, little endian.
  static func bytes(mode: UInt32) -> [UInt8] {
    let entries: [(tag: UInt8, rights: UInt32)] = [(0x01, mode >> 6), (0x04, mode >> 3), (0x20, mode)]
    var bytes: [UInt8] = [2, 0, 0, 0]
    for entry in entries { bytes += [entry.tag, 0, UInt8(entry.rights & 7), 0, 0xFF, 0xFF, 0xFF, 0xFF] }
    return bytes
  }

  static func text(mode: UInt32) -> String {
    func rights(_ bits: UInt32) -> String {
      (bits & 4 != 0 ? "r" : "-") + (bits & 2 != 0 ? "w" : "-") + (bits & 1 != 0 ? "x" : "-")
    }
    return "u::\(rights(mode >> 6)),g::\(rights(mode >> 3)),o::\(rights(mode))"
  }

  /// What it gives to users and groups by name; nothing where there is none.
  static func grants(of name: UnsafePointer<CChar>, in directory: Int32) -> [AccessGrant] {
    bytes(of: name, in: directory).map(AccessList.grants) ?? []
  }

  /// The list of a directory as the kernel gives it; nil where it has none.
  static func bytes(of name: UnsafePointer<CChar>, in directory: Int32) -> [UInt8]? {
    let opened = openat(directory, name, harden_o_path | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0 else { return nil }
    defer { close(opened) }
    return SafeFiles.attribute(attribute, of: opened)
  }

  enum Finding { case fits, differs, unsupported }

  static func look(_ directory: Int32, mode: UInt32) -> Finding {
    let wanted = bytes(mode: mode)
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { room in
      let size = harden_getxattr(directory, attribute, room.baseAddress, room.count)
      if size < 0 { return errno == ENOTSUP ? .unsupported : .differs }
      return size == wanted.count && wanted.elementsEqual(room.prefix(size)) ? .fits : .differs
    }
  }
}
