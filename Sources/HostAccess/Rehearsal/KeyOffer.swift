import Glibc
import HostState
import SystemCalls

/// An administrator's own public key, offered to an sshd over the planned files: would it be taken?
///
/// The private half is not needed: sshd says whether it takes a key before the client signs (RFC 4252 §7), and the client
/// prints `Server accepts key`. Both run in mount and network namespaces of their own and talk over a loopback that bears
/// the operator's address, so that `from=`, `Match Address` and the TCP wrappers judge what they would judge. No session
/// is opened, and the daemon in force, with its penalties, is not involved.
public struct KeyOffer: Codable, Sendable {
  let account: String
  /// A line as of `id_ed25519.pub`.
  let key: String
  /// Options that the running sshd was started with.
  let options: [String]
  /// How the operator comes.
  let connection: VisitorConnection
  let entries: [OverlayRequest.Entry]
  let accounts: [AccountsChange]

  public init(
    _ key: String, of account: String, options: [String], over connection: VisitorConnection, and overlay: Overlay
  ) {
    (self.key, self.account, self.options, self.connection) = (key, account, options, connection)
    let overlay = overlay.readyForSSHD
    entries = OverlayRequest.Entry.all(of: overlay)
    accounts = overlay.accounts
  }

  private var client: Command {
    Command(
      "/usr/bin/ssh",
      [
        "-v", "-F", "none", "-i", "/dev/stdin", "-b", connection.source, "-p", "\(connection.port)", "-l", account,
        "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "ControlPath=none", "-o", "BatchMode=yes",
        "-o", "PreferredAuthentications=publickey", "-o", "StrictHostKeyChecking=no",
        "-o", "UserKnownHostsFile=/dev/null", "-o", "GlobalKnownHostsFile=/dev/null", "-o", "ConnectTimeout=10",
        "--", connection.target, "true",
      ], input: key + "\n", timeLimit: 20)
  }

  /// Offers the key. Called in a process of its own, which it takes into other namespaces.
  func make() throws(OverlayHelper.Failure) -> AccessRehearsal.Outcome {
    for (program, words) in [(ServingDaemon.program, "sshd"), (client.executable.text, "an ssh client")]
    where access(program, X_OK) != 0 {
      return .noProgram(why: "there is no \(words)")
    }
    if let obstacle = connection.obstacle { return .notTried(why: obstacle) }
    try OverlayHelper.lay(entries, accounts)
    let door = try connection.openDoor()
    let made = harden_memory_file("", 0)
    let log = try OverlayHelper.Failure.descriptor("sshd's messages", made < 0 ? -errno : made)
    let runner = ProcessRunner(launcher: .spawn)
    let children = runner.start([.init(client)])
    // It tells its reasons to this file and not to the journal, where somebody who bans addresses might count them.
    let daemon = try ServingDaemon(
      at: door, arguments: ["-i", "-e"] + options + ["-o", "PidFile=none", "-o", "LogLevel=VERBOSE"],
      errors: log.number)
    let outcome = runner.finish(children)[0]
    daemon?.end()
    switch outcome {
    case .finished(let result): return Self.judge(result.errors, daemon: Self.text(of: log))
    case .noProgram: return .noProgram(why: "there is no ssh client")
    case .outOfTime(let seconds, _): return .notTried(why: "sshd did not answer within \(seconds) seconds")
    case .notStarted(let reason): return .notTried(why: reason)
    case .tooMuchOutput: return .notTried(why: "the ssh client prints without end")
    }
  }

  private static func text(of log: Descriptor) -> String {
    var room = [UInt8](repeating: 0, count: 65_536)
    let count = pread(log.number, &room, room.count, 0)
    return String(decoding: room.prefix(max(0, count)), as: UTF8.self)
  }

  /// What sshd says about a key that it does not take; nil where it says no more than that.
  static func reason(in log: String) -> String? {
    let common = [
      "Connection ", "Failed ", "Postponed ", "Received disconnect", "Disconnected", "Server listening", "debug",
      "Connecting ", "Accepted ", "Could not get shadow",
    ]
    let lines = log.split(whereSeparator: \.isNewline).filter { line in
      !common.contains { line.hasPrefix($0) } && !line.contains(": Permission denied (")
    }
    guard var line = lines.last else { return nil }
    if line.hasSuffix(" [preauth]") { line = line.dropLast(" [preauth]".count) }
    return String(line.prefix(200))
  }

  /// Reads what `ssh -v` printed, and what sshd said meanwhile.
  static func judge(_ said: String, daemon log: String = "") -> AccessRehearsal.Outcome {
    let lines = said.split(whereSeparator: \.isNewline)
    if lines.contains(where: { $0.contains("Server accepts key: ") }) { return .passed(by: nil) }
    let last = lines.last { !$0.hasPrefix("debug") }.map { String($0.prefix(200)) } ?? "nothing"
    if last.contains("Permission denied (") {
      let offered = lines.contains { $0.contains("Offering public key: ") }
      let said = Self.reason(in: log).map { ": “\($0)”" } ?? ""
      return .refused(why: (offered ? "sshd does not take it" : "sshd lets nobody in by key alone") + said)
    }
    for words in ["Connection closed", "Connection reset", "kex_exchange_identification", "Received disconnect"]
    where last.contains(words) {
      return .refused(why: "sshd ends the connection: “\(Self.reason(in: log) ?? last)”")
    }
    return .notTried(why: "ssh says “\(last)”")
  }
}
