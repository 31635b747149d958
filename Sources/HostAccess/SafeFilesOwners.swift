import HostState
import SystemCalls

/// User and group names and their numbers, as the host's name services give them.
package enum Owners {
  /// The number of a user; a name of digits alone that no user has is a number itself.
  package static func user(_ name: String) -> UInt32? {
    var (user, group) = (UInt32(0), UInt32(0))
    return harden_user_id(name, &user, &group) == 0 ? user : UInt32(name)
  }

  package static func group(_ name: String) -> UInt32? {
    var group = UInt32(0)
    return harden_group_id(name, &group) == 0 ? group : UInt32(name)
  }

  /// The number as text where nobody has it.
  package static func name(ofUser user: UInt32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard harden_user_name(user, &buffer, buffer.count) == 0 else { return String(user) }
    return text(buffer)
  }

  package static func name(ofGroup group: UInt32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard harden_group_name(group, &buffer, buffer.count) == 0 else { return String(group) }
    return text(buffer)
  }

  package static func owner(_ user: UInt32, _ group: UInt32) -> Owner {
    Owner(name(ofUser: user), name(ofGroup: group))
  }

  /// - Throws: a `Diagnostic` when the host knows no such user or group.
  package static func numbers(of owner: Owner) throws(Diagnostic) -> (user: UInt32, group: UInt32) {
    guard let user = user(owner.user) else { throw .unknownName("user", owner.user) }
    guard let group = group(owner.group) else { throw .unknownName("group", owner.group) }
    return (user, group)
  }

  private static func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension Diagnostic {
  fileprivate static func unknownName(_ kind: String, _ name: String) -> Diagnostic {
    Diagnostic(
      "No such \(kind)", detail: "This host knows no \(kind) “\(name)”, so nothing can be given to it.",
      fix: kind == "user" ? "getent passwd" : "getent group")
  }
}
