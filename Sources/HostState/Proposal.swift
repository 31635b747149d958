/// One property that differs, in the reader's words.
public struct Change: Hashable, Codable, Sendable {
  /// What it is about: `sshd`, `user deploy`, `/etc/crontab`.
  public var subject: String
  /// The property, as the field names it: `PasswordAuthentication`, `mode`; empty when the subject says it all.
  public var property: String
  /// The property of a file whose access list (acl(5)) changes.
  package static let accessList = "ACL"
  /// Nil when it is not there yet.
  public var before: String?
  /// Nil when it will be gone.
  public var after: String?
  /// What decides the value today: `set by /etc/ssh/sshd_config.d/50-cloud-init.conf:1`.
  public var decidedBy: String?
  public var risk: Risk
  /// Whether `before` is foreseen (a package not installed yet brings it), not seen.
  public var isForecast: Bool
  /// A word of warning printed beside the change: `can break pages`.
  public var warning: String?

  public init(
    _ subject: String, _ property: String = "", from before: String?, to after: String?, decidedBy: String? = nil,
    risk: Risk = .none, isForecast: Bool = false, warning: String? = nil
  ) {
    self.subject = subject
    self.property = property
    self.before = before
    self.after = after
    self.decidedBy = decidedBy
    self.risk = risk
    self.isForecast = isForecast
    self.warning = warning
  }
}

/// Something that the outside has to bring first; not a failure.
public struct Waiting: Hashable, Codable, Sendable {
  public var subject: String
  public var seen: String
  public var wanted: String

  public init(_ subject: String, seen: String, wanted: String) {
    (self.subject, self.seen, self.wanted) = (subject, seen, wanted)
  }
}

/// What differs and the steps that settle it. No changes exactly when no steps.
public struct Proposal: Hashable, Codable, Sendable {
  public var changes: [Change]
  public var steps: [Step]
  /// Facts worth knowing that harden does not change: a rule, key or account of somebody else's.
  public var notes: [String]
  public var waiting: [Waiting]
  /// Facts that are not known yet and that further changes hang on, which are said here in words: apply makes them by
  /// itself once it knows, for whichever resource looks at these. Never what concerns a way in.
  public var awaited: [Probe]

  public init(
    changes: [Change] = [], steps: [Step] = [], notes: [String] = [], waiting: [Waiting] = [], awaited: [Probe] = []
  ) {
    self.awaited = awaited
    self.changes = changes
    self.steps = steps
    self.notes = notes
    self.waiting = waiting
  }
  public static let nothing = Proposal()
  public var isSettled: Bool { changes.isEmpty && steps.isEmpty }
}
