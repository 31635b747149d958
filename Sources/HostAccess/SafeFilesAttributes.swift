import Glibc
import HostState
import SystemCalls

extension SafeFiles {
  /// The extended attributes that a file's image keeps: ACLs, capabilities and what its owner put there.
  ///
  /// Labels of a security module (`security.selinux`, `security.apparmor`) are that module's own to set.
  static func attributes(of descriptor: Int32) -> [String: [UInt8]] {
    var kept: [String: [UInt8]] = [:]
    for name in attributeNames(of: descriptor) where isKept(name) {
      kept[name] = attribute(name, of: descriptor)
    }
    return kept
  }

  static func isKept(_ name: String) -> Bool {
    name.hasPrefix("user.") || name.hasPrefix("system.posix_acl_") || name == capability
  }

  /// Those that stay with a file when its text is replaced: its access list, within its new mode, and what its owner put
  /// there. Capabilities were given to what it held.
  static func lastingAttributes(of path: Path, mode: FileMode) throws(Diagnostic) -> [String: [UInt8]] {
    guard let directory = try openDirectory(path.parent), let descriptor = directory.open(path.name, harden_o_path),
      descriptor.status()?.isFile == true
    else { return [:] }
    var kept = attributes(of: descriptor.number).filter { $0.key != capability }
    if let list = kept[AccessList.attribute] {
      kept[AccessList.attribute] = AccessList.bytes(list, mode: mode, withGroup: true)
    }
    return kept
  }

  /// Takes from what was just made the access list that the default one of its directory gave it: what is declared of it
  /// is its mode, and what lies in the directory later is its owner's business. False with `errno` set.
  static func dropAccessList(of descriptor: Int32) -> Bool {
    harden_removexattr(descriptor, AccessList.attribute) == 0 || errno == ENODATA || errno == ENOTSUP
  }

  static let capability = "security.capability"

  /// Gives an entry to somebody else; false with `errno` set.
  ///
  /// The kernel takes a program's capabilities away with that (chown(2)). Whoever gave them was root, so they stay, but
  /// only under a lease: nobody has the file open for writing then, and so they never go over to another text.
  static func chown(_ descriptor: Int32, _ user: UInt32, _ group: UInt32) -> Bool {
    guard harden_getxattr(descriptor, capability, nil, 0) > 0 else { return harden_chown(descriptor, user, group) == 0 }
    let lease = harden_lease(descriptor)
    defer { if lease >= 0 { close(lease) } }
    let kept = lease >= 0 ? attribute(capability, of: descriptor) : nil
    guard harden_chown(descriptor, user, group) == 0 else { return false }
    guard let kept else { return true }
    return harden_setxattr(descriptor, capability, kept, kept.count) == 0
  }

  static func attribute(_ name: String, of descriptor: Int32) -> [UInt8]? {
    var size = harden_getxattr(descriptor, name, nil, 0)
    guard size > 0 else { return size == 0 ? [] : nil }
    var value = [UInt8](repeating: 0, count: size)
    size = harden_getxattr(descriptor, name, &value, value.count)
    return size < 0 ? nil : Array(value.prefix(size))
  }

  private static func attributeNames(of descriptor: Int32) -> [String] {
    let size = harden_listxattr(descriptor, nil, 0)
    guard size > 0 else { return [] }
    var names = [UInt8](repeating: 0, count: size)
    let read = harden_listxattr(descriptor, &names, names.count)
    guard read > 0 else { return [] }
    return names.prefix(read).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Gives a file exactly these attributes among those that images keep; false with `errno` set.
  static func setAttributes(_ wanted: [String: [UInt8]], of descriptor: Int32) -> Bool {
    let now = attributes(of: descriptor)
    for name in now.keys where wanted[name] == nil {
      guard harden_removexattr(descriptor, name) == 0 || errno == ENODATA else { return false }
    }
    for (name, value) in wanted where now[name] != value {
      guard harden_setxattr(descriptor, name, value, value.count) == 0 else { return false }
    }
    return true
  }
}
