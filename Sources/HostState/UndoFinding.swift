/// One thing that an undo looks at, and what becomes of it.
public struct UndoFinding: Hashable, Codable, Sendable {
  public enum Fate: Hashable, Codable, Sendable {
    /// Put back to what the words say: `file 0644 root:root`.
    case putBack(to: String)
    /// It was not there before, and goes.
    case removed
    case asBefore
    /// It is not taken back, and why.
    case stays(why: String)
    /// An account to which something still belongs: expired and locked, and not taken away, why, and what takes it away
    /// where that can be said in one line.
    case shut(why: String, finish: String? = nil)
    /// Neither as before nor as the run left it: somebody else changed it since.
    case conflict(found: String)
    /// A daemon that still runs with what was there before its files were put back.
    case reloaded

    /// What was kept for it is not there any more.
    package static let contentsLost = Fate.stays(why: "what it held before was kept, and is lost")
    /// Of a run: nobody knows what it did.
    package static let journalLost = Fate.stays(why: "its journal is lost, and what it did is not known any more")
  }
  /// `/etc/ssh/sshd_config.d/00-harden.conf`, `account deploy`.
  public var subject: String
  public var fate: Fate

  public init(_ subject: String, _ fate: Fate) { (self.subject, self.fate) = (subject, fate) }

  /// A certificate cannot be handed back, and authorities count how many they issue.
  package static func certificateStays(_ order: CertificateOrder) -> UndoFinding {
    UndoFinding("certificate \(order.name)", .stays(why: "it is in \(order.directory), and certbot renews it"))
  }

  /// Others may need by now what was installed.
  package static func packagesStay(_ packages: [String]) -> UndoFinding {
    UndoFinding("package \(packages.joined(separator: " "))", packagesStay)
  }

  private static let packagesStay = Fate.stays(why: "packages are not removed")

  public var isConflict: Bool {
    if case .conflict = fate { return true }
    return false
  }

  public var isStaying: Bool {
    switch fate {
    case .stays, .shut: true
    case .putBack, .removed, .asBefore, .conflict, .reloaded: false
    }
  }

  /// Whether taking back changes something here.
  package var isTakenBack: Bool {
    switch fate {
    case .putBack, .removed, .reloaded, .shut: true
    case .asBefore, .stays, .conflict: false
    }
  }

  /// Whether it stays because what harden had written down or kept is gone.
  package var isLost: Bool { fate == .contentsLost || fate == .journalLost }

  /// Whether it is about packages, of which everybody knows that they stay.
  package var isOfPackages: Bool { fate == Self.packagesStay }
}
