import HostState

/// What there is to see of how somebody came to run this: the processes above, and logind's session.
struct FreshLogin: Hashable {
  /// A process above this one.
  struct Ancestor: Hashable {
    var process: Int32
    /// The file it runs, by `/proc/PID/exe`; empty where the kernel does not tell, for want of CAP_SYS_PTRACE.
    var program: String
    /// Its real user.
    var user: UInt32
    /// Seconds since boot, by `CLOCK_BOOTTIME`.
    var start: Double

    /// `sshd`, by the last part of the path.
    var name: String { String(program.split(separator: "/").last ?? "?") }
    /// OpenSSH 9.8 and later serve a connection with a program of its own (release notes).
    var isSSHD: Bool { ["sshd", "sshd-session"].contains(name) && (program.hasPrefix("/usr/")) }
    var isSudo: Bool { ["sudo", "sudo-rs"].contains(name) && program.hasPrefix("/usr/") }
  }

  /// A session as `loginctl show-session` tells of it.
  struct Session: Hashable {
    var name: String
    var service: String
    var isRemote: Bool
    var remoteHost: String
    /// Seconds, by `CLOCK_MONOTONIC`.
    var start: Double
  }

  /// From the parent upwards.
  var ancestors: [Ancestor]
  /// The session that the cgroup names; nil where there is none.
  var session: Session?
  /// Why logind could not be asked about the session that the cgroup names.
  var sessionTrouble: String?
  /// Whether this login got a session of logind's: `pam_systemd` is set up, and sshd asks PAM.
  var hasSessions: Bool
  /// Names of the users that the ancestors run as.
  var names: [UInt32: String]
  /// The host's own addresses, the loopback ones among them.
  var ownAddresses: Set<String>
  /// Where the login came from by its own word, `SSH_CONNECTION`; for one without a session.
  var visitor: String?
  /// The program of this host that the login came through, where it came from the host itself.
  var relay: String?

  /// The administrator who has just logged in over SSH and became root with sudo.
  ///
  /// Each part is there because something passes without it: an open session's new channel (start of sshd, start of the
  /// session), `su` and the console (sshd, sudo), a job that was left behind (the chain), `ssh localhost` (the address).
  ///
  /// - Throws: a `Diagnostic` that names what was seen instead.
  func administrator(of window: ConfirmWindow) throws(Diagnostic) -> String {
    guard !isBlind else { throw .notFresh(.unseen, window) }
    guard let login = ancestors.firstIndex(where: \.isSSHD) else { throw .notFresh(.noSSH(chain), window) }
    let user = ancestors[login].user
    let name = names[user] ?? String(user)
    guard window.administrators.contains(name) else {
      throw .notFresh(.anotherUser(name, window.administrators), window)
    }
    guard let sudo = ancestors[..<login].lastIndex(where: \.isSudo) else { throw .notFresh(.noSudo(chain), window) }
    if let other = ancestors[(sudo + 1)..<login].first(where: { $0.user != user }) {
      throw .notFresh(.anotherUserBetween(names[other.user] ?? String(other.user), name, chain), window)
    }
    if let other = ancestors[..<sudo].first(where: { $0.user != 0 && !$0.isSudo }) {
      throw .notFresh(.anotherUserBetween(names[other.user] ?? String(other.user), name, chain), window)
    }
    guard login + 1 < ancestors.count, ancestors[login + 1].isSSHD, ancestors[login + 1].user == 0 else {
      throw .notFresh(.foreignSSHD(chain), window)
    }
    let age = window.armed.sinceBoot - ancestors[login + 1].start
    guard age <= 0 else { throw .notFresh(.oldConnection(seconds: Int(age) + 1), window) }
    guard let session else {
      // With UsePAM no, and without pam_systemd, nobody has one; the connection's own sshd is new all the same.
      if let sessionTrouble { throw .notFresh(.noAnswer(sessionTrouble), window) }
      guard !hasSessions else { throw .notFresh(.noSession, window) }
      if let visitor, isFromHere(visitor, window) {
        throw .notFresh(.fromHere(visitor), window)
      }
      return name
    }
    guard session.service == "sshd", session.isRemote, session.name == name else {
      throw .notFresh(.otherSession(session.name, session.service), window)
    }
    let sessionAge = window.armed.monotonic - session.start
    guard sessionAge <= 0 else { throw .notFresh(.oldConnection(seconds: Int(sessionAge) + 1), window) }
    if isFromHere(session.remoteHost, window) {
      throw .notFresh(.fromHere(session.remoteHost), window)
    }
    return name
  }

  /// Whether it came past the firewall: from the host itself, and not as the operator did.
  private func isFromHere(_ address: String, _ window: ConfirmWindow) -> Bool {
    guard ownAddresses.contains(address) else { return false }
    if address != window.operatorAddress { return true }
    // Behind a proxy everybody comes from here, and so does `ssh localhost`.
    guard let wanted = window.operatorRelay, let relay else { return false }
    return relay != wanted
  }

  /// Whether a process above this one hides what it runs.
  var isBlind: Bool { ancestors.contains(where: \.program.isEmpty) }

  private var chain: String { (["harden"] + ancestors.map(\.name)).joined(separator: " ← ") }
}

/// Why a confirmation does not count.
private enum Objection {
  case noSSH(String)
  case anotherUser(String, [String])
  case noSudo(String)
  case anotherUserBetween(String, String, String)
  case foreignSSHD(String)
  case oldConnection(seconds: Int)
  case noSession
  case unseen
  case noAnswer(String)
  case otherSession(String, String)
  case fromHere(String)

  var words: String {
    switch self {
    case .noSSH(let chain): "this is no login over SSH: \(chain)"
    case .anotherUser(let name, let administrators):
      "this login is \(name)'s, and the plan relies on \(administrators.joined(separator: ", "))"
    case .noSudo(let chain): "root was not reached with sudo: \(chain)"
    case .anotherUserBetween(let other, let name, let chain):
      "between the login of \(name) and this, somebody became \(other): \(chain)"
    case .foreignSSHD(let chain): "the sshd above this is not the system's: \(chain)"
    case .oldConnection(let seconds):
      "this connection is \(seconds) s older than the window. A shared one (ControlMaster) counts as the old one that it "
        + "is; ssh -o ControlPath=none makes a new one"
    case .unseen:
      "what runs above this cannot be seen: root is without CAP_SYS_PTRACE in this session (CapabilityBoundingSet= of "
        + "ssh.service)"
    case .noAnswer(let why): "logind could not be asked about this session: \(why)"
    case .noSession: "this runs outside of any login's session: as a job or service that was left behind"
    case .otherSession(let name, let service): "this is a session of \(name)'s by way of \(service)"
    case .fromHere(let address):
      "this login came from the host itself (\(address)), past the firewall; it must come from outside"
    }
  }
}

extension Diagnostic {
  fileprivate static func notFresh(_ objection: Objection, _ window: ConfirmWindow) -> Diagnostic {
    Diagnostic(
      "Not confirmed",
      detail:
        "Only a login made after the change shows that you still get in, and \(objection.words). The window stays "
        + "open. From another terminal:",
      fix: window.command)
  }
}
