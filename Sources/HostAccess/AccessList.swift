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

  private static func entries(_ bytes: [UInt8]) -> [String] {
    parsed(bytes).compactMap { entry in
      entry.tag == 0x10 ? AccessGrant("mask:", rights: entry.rights).description : grant(entry)?.description
    }
  }

  /// What it gives to users and groups by name, whatever the mask says.
  static func grants(_ bytes: [UInt8]) -> [AccessGrant] { parsed(bytes).compactMap(grant) }

  /// The same of a file; nil where it has no such list.
  static func grants(of path: Path) -> [AccessGrant]? {
    let opened = open(path.text, harden_o_path | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0 else { return nil }
    defer { close(opened) }
    guard let bytes = SafeFiles.attribute(attribute, of: opened) else { return nil }
    let grants = grants(bytes)
    return grants.isEmpty ? nil : grants
  }

  private typealias Entry = (tag: UInt16, rights: UInt8, identifier: UInt32)

  private static func grant(_ entry: Entry) -> AccessGrant? {
    switch entry.tag {
    case 0x02: AccessGrant("user:\(Owners.name(ofUser: entry.identifier))", rights: entry.rights)
    case 0x08: AccessGrant("group:\(Owners.name(ofGroup: entry.identifier))", rights: entry.rights)
    default: nil
    }
  }

  /// The kernel's form: a version of four bytes, then tag, rights and id, little endian (linux/posix_acl_xattr.h).
  private static func parsed(_ bytes: [UInt8]) -> [Entry] {
    guard bytes.count >= 4, bytes[0] == 2 else { return [] }
    return stride(from: 4, through: bytes.count - 8, by: 8).map { start in
      let tag = UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8
      let identifier = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + 4 + $1]) << (8 * UInt32($1)) }
      return (tag, bytes[start + 2], identifier)
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
