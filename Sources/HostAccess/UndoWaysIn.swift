import Glibc
import HostState

/// Which accounts get in over SSH, judged by the same rules as a plan's proof of access.
///
/// Only what certainly shuts an account out counts: a pattern, a key or a module that may let somebody in does.
struct WaysIn: Equatable {
  /// What lets an account in, and makes it root.
  struct Means: Equatable {
    /// Those that sshd takes, or that could not be offered to it: `SHA256:9xQe… “laptop”`.
    var keys: [String] = []
    var password = false
    /// How sudo lets it do everything, where that is known: `without password`.
    var sudo: String?
  }

  /// What becomes of a connection to a port of sshd's.
  enum Door: Equatable {
    case open
    case shut(by: String)
    case unknown
  }

  /// Those that may show a key or a password.
  var accounts: Set<String> = []
  /// Those of them that are root or can become it: by sudo for everything, with a password that it would take or
  /// without one, or by su(1) where root's own password is one to type.
  var masters: Set<String> = []
  /// What shuts everybody out, whoever it is.
  var obstacle: String?
  /// Whether it could be looked at.
  var isKnown = true
  /// Of each account what it gets in by.
  var means: [String: Means] = [:]
  /// Where sshd listens; empty where that cannot be told.
  var doors: [UInt16: Door] = [:]

  /// Whether somebody got in before and nobody does now.
  func isShut(comparedWith before: WaysIn) -> Bool {
    isKnown && before.isKnown && accounts.isEmpty && !before.accounts.isEmpty
  }

  /// Whether somebody who got in could become root before, and nobody who does can now.
  func isPowerless(comparedWith before: WaysIn) -> Bool {
    isKnown && before.isKnown && masters.isEmpty && !before.masters.isEmpty
  }

  /// - Parameters:
  ///   - address: where the operator came from, where no login tells.
  ///   - changed: what is not as it is on the host.
  ///   - isForeseen: whether sshd is judged as its files will have it.
  static func now(
    from address: String? = nil, over changed: Observations = Observations(), isForeseen: Bool = false
  ) -> WaysIn {
    guard access("/usr/sbin/sshd", X_OK) == 0 else { return WaysIn(isKnown: false) }
    // Behind a socket unit it is there while somebody is logged in, and sshd does not begin without it.
    let isMade = mkdir("/run/sshd", 0o755) == 0
    defer { if isMade { rmdir("/run/sshd") } }
    var reading = WaysInReading(changed, Prober(from: address), isForeseen: isForeseen)
    return reading.look()
  }
}

extension Diagnostic {
  /// - Parameters:
  ///   - now: what is left.
  ///   - before: who got in before.
  static func nobodyGetsIn(_ now: WaysIn, before: WaysIn) -> Diagnostic {
    Diagnostic(
      "Nobody gets in over SSH any more",
      detail: "All was taken back, and "
        + (now.obstacle ?? "sshd admits no account with a key or a password of its own now")
        + ". Before it were: " + before.accounts.sorted().joined(separator: ", ")
        + ". Keep this session open until you have mended that.",
      fix: "sshd -T | grep -iE '^(allow|deny|permitroot|passwordauth|pubkeyauth)'; passwd root")
  }

  /// - Parameters:
  ///   - now: who gets in still.
  ///   - before: who got in before.
  static func nobodyBecomesRoot(_ now: WaysIn, before: WaysIn) -> Diagnostic {
    Diagnostic(
      "Nobody who gets in can become root any more",
      detail: "All was taken back. Over SSH get in: \(now.accounts.sorted().joined(separator: ", ")), without sudo for "
        + "everything, and root has no password for su. Before, root was to be had by: "
        + before.masters.sorted().joined(separator: ", ")
        + ". Keep this session open until you have mended that.",
      fix: "passwd root")
  }
}
