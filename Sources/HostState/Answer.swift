/// What a probe brought back. Not having asked is none of these: it is a bug.
public enum Answer<Value: Hashable & Codable & Sendable>: Hashable, Codable, Sendable {
  case there(value: Value)
  case absent
  /// It may be there, but could not be read; says why.
  case unreadable(reason: String)
  /// A planned step changes it, and nobody can say to what before it is done.
  case moved

  /// The value, nil for the other three.
  public var value: Value? {
    guard case .there(let value) = self else { return nil }
    return value
  }

  /// Whether it is known to be there.
  package var isThere: Bool {
    if case .there = self { return true }
    return false
  }

  /// The value, nil only when it is known not to be there.
  ///
  /// - Throws: a `Diagnostic` when it could not be read; the caller handles `.moved` first, so that is one too.
  public func known(_ what: String) throws(Diagnostic) -> Value? {
    switch self {
    case .there(let value): return value
    case .absent: return nil
    case .unreadable(let reason):
      throw Diagnostic(
        "Not readable", detail: "\(what) could not be read: \(reason).",
        fix: .remedy(forUnreadable: reason), kind: .unreadable)
    case .moved:
      throw .bug("\(what) is changed by a planned step, and the resource did not allow for that.")
    }
  }

  package func map<Other>(_ transform: (Value) -> Other?) -> Answer<Other>? {
    switch self {
    case .there(let value): transform(value).map { .there(value: $0) }
    case .absent: .absent
    case .unreadable(let reason): .unreadable(reason: reason)
    case .moved: .moved
    }
  }
}

extension String {
  /// What to do where something could not be read for this reason. Root that is kept from it is not helped by being told
  /// to become root.
  package static func remedy(forUnreadable reason: String) -> String {
    func says(_ words: String...) -> Bool { words.contains { reason.contains($0) } }
    if says("CAP_", "no mount namespace") {
      return "Start the container with --privileged (podman run, docker run), take CapabilityBoundingSet= off the unit "
        + "that starts harden, or run it on the host itself."
    }
    if says("connect to bus", "has not been booted with systemd") {
      return "Where the host is still coming up, wait for it: systemctl is-system-running --wait"
    }
    return says("ermission denied", "not permitted", "root")
      ? "Run harden as root, or mend what is said above." : "Mend that, then run harden again."
  }
}
