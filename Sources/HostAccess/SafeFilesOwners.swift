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
    String.written(capacity: 256) { harden_user_name(user, $0, $1) == 0 } ?? String(user)
  }

  package static func name(ofGroup group: UInt32) -> String {
    String.written(capacity: 256) { harden_group_name(group, $0, $1) == 0 } ?? String(group)
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
}

extension Diagnostic {
  fileprivate static func unknownName(_ kind: String, _ name: String) -> Diagnostic {
    Diagnostic(
      "No such \(kind)", detail: "This host knows no \(kind) “\(name)”, so nothing can be given to it.",
      fix: kind == "user" ? "getent passwd" : "getent group")
  }
}
