import Glibc
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
    name.hasPrefix("user.") || name.hasPrefix("system.posix_acl_") || name == "security.capability"
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
