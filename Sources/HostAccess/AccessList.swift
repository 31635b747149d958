import Glibc
import HostState
import SystemCalls

/// A file's access list beyond its mode: acl(5).
package enum AccessList {
  static let attribute = "system.posix_acl_access"

  /// Entries for named users and groups, and the mask, as getfacl(1) prints them; empty where there are none or the file
  /// system keeps none.
  package static func entries(of path: Path) -> [String] {
    let descriptor = open(path.text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    let handle = descriptor >= 0 ? descriptor : open(path.text, harden_o_path | O_NOFOLLOW | O_CLOEXEC)
    guard handle >= 0 else { return [] }
    defer { close(handle) }
    return SafeFiles.attribute(attribute, of: handle).map(entries) ?? []
  }

  /// The kernel's form: a version of four bytes, then tag, rights and id, little endian (linux/posix_acl_xattr.h).
  static func entries(_ bytes: [UInt8]) -> [String] {
    guard bytes.count >= 4, bytes[0] == 2 else { return [] }
    return stride(from: 4, through: bytes.count - 8, by: 8).compactMap { start in
      let tag = UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8
      let identifier = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + 4 + $1]) << (8 * UInt32($1)) }
      let rights = [(4, "r"), (2, "w"), (1, "x")].map { Int(bytes[start + 2]) & $0.0 != 0 ? $0.1 : "-" }.joined()
      switch tag {
      case 0x02: return "user:\(Owners.name(ofUser: identifier)):\(rights)"
      case 0x08: return "group:\(Owners.name(ofGroup: identifier)):\(rights)"
      case 0x10: return "mask::\(rights)"
      default: return nil
      }
    }
  }

  /// The list as chmod(2) leaves it: owner and others are the mode's own, and its group is the mask, if there is one.
  ///
  /// - Parameter withGroup: whether the owning group gets what the mode says as well, and not only up to it.
  static func bytes(_ list: [UInt8], mode: FileMode, withGroup: Bool = false) -> [UInt8] {
    guard list.count >= 4, list[0] == 2 else { return list }
    let entries = Array(stride(from: 4, through: list.count - 8, by: 8))
    let hasMask = entries.contains { list[$0] == 0x10 }
    var list = list
    for entry in entries {
      switch list[entry] {
      case 0x01: list[entry + 2] = UInt8(mode.rawValue >> 6 & 7)
      case 0x04 where !hasMask || withGroup: list[entry + 2] = UInt8(mode.rawValue >> 3 & 7)
      case 0x10: list[entry + 2] = UInt8(mode.rawValue >> 3 & 7)
      case 0x20: list[entry + 2] = UInt8(mode.rawValue & 7)
      default: break
      }
    }
    return list
  }
}
