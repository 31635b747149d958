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
  /// Where the operator comes from, and the address and port that they come to.
  let source: String
  let target: String
  let port: UInt16
  let entries: [OverlayRequest.Entry]
  let accounts: [AccountsChange]

  public init(
    _ key: String, of account: String, options: [String], from source: String, to target: String, port: UInt16,
    over overlay: Overlay
  ) {
    (self.key, self.account, self.options) = (key, account, options)
    self.source = PacketTrial.plain(source)
    let target = PacketTrial.plain(target)
    // Both of one family; RFC 5737 and RFC 3849 keep these for nobody.
    let isV6 = VirtualLink.isV6(self.source)
    self.target = VirtualLink.isV6(target) == isV6 ? target : isV6 ? "2001:db8::2" : "192.0.2.2"
    self.port = port
    var overlay = overlay
    // Behind a socket unit it is there while somebody is logged in, and sshd does not begin without it.
    if access("/run/sshd", F_OK) != 0 { overlay.entries["/run/sshd"] = .directory(mode: 0o755, owner: .root) }
    entries = OverlayRequest.Entry.all(of: overlay)
    accounts = overlay.accounts
  }

  private static let daemon = "/usr/sbin/sshd"

  private var client: Command {
    Command(
      "/usr/bin/ssh",
      [
        "-v", "-F", "none", "-i", "/dev/stdin", "-b", source, "-p", "\(port)", "-l", account,
        "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "ControlPath=none", "-o", "BatchMode=yes",
        "-o", "PreferredAuthentications=publickey", "-o", "StrictHostKeyChecking=no",
        "-o", "UserKnownHostsFile=/dev/null", "-o", "GlobalKnownHostsFile=/dev/null", "-o", "ConnectTimeout=10",
        "--", target, "true",
      ], input: key + "\n", timeLimit: 20)
  }

  /// Offers the key. Called in a process of its own, which it takes into other namespaces.
  func make() throws(OverlayHelper.Failure) -> AccessRehearsal.Outcome {
    for (program, words) in [(Self.daemon, "sshd"), (client.executable.text, "an ssh client")]
    where access(program, X_OK) != 0 {
      return .notTried(why: "there is no \(words == "sshd" ? "sshd yet" : words)")
    }
    if source.contains("%") { return .notTried(why: "\(source) is an address of one link alone") }
    try OverlayHelper.lay(entries, accounts)
    try OverlayHelper.Failure.enterNewNetwork(harden_new_network)
    VirtualLink.configure(
      ["link set lo up"] + [source, target].map { "addr add \(VirtualLink.block($0)) dev lo\(VirtualLink.flags($0))" })
    let door = try OverlayHelper.Failure.descriptor("listening on \(target)", harden_listen(target, port))
    let made = harden_memory_file("", 0)
    let log = try OverlayHelper.Failure.descriptor("sshd's messages", made < 0 ? -errno : made)
    let runner = ProcessRunner(launcher: .spawn)
    let children = runner.start([.init(client)])
    let daemon = try answer(at: door, log: log)
    let outcome = runner.finish(children)[0]
    if let daemon { Self.end(daemon) }
    switch outcome {
    case .finished(let result): return Self.judge(result.errors, daemon: Self.text(of: log))
    case .noProgram: return .notTried(why: "there is no ssh client")
    case .outOfTime(let seconds, _): return .notTried(why: "sshd did not answer within \(seconds) seconds")
    case .notStarted(let reason): return .notTried(why: reason)
    case .tooMuchOutput: return .notTried(why: "the ssh client prints without end")
    }
  }

  /// Takes the client's connection and gives it to an sshd, as inetd would; nil where none came.
  ///
  /// It tells its reasons to `log` and not to the journal, where somebody who bans addresses might count them.
  private func answer(at door: Descriptor, log: Descriptor) throws(OverlayHelper.Failure) -> pid_t? {
    var waiting = pollfd(fd: door.number, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, 10_000) == 1 else { return nil }
    let connection = Descriptor(accept(door.number, nil, nil))
    let command = Command(
      Path(Self.daemon), ["-i", "-e"] + options + ["-o", "PidFile=none", "-o", "LogLevel=VERBOSE"])
    var child: pid_t = 0
    let failure = LaunchedProcess.withCStrings([Self.daemon] + command.arguments) { arguments in
      LaunchedProcess.withCStrings(ProcessRunner.environment(for: command).map { "\($0.key)=\($0.value)" }) {
        harden_spawn(
          Self.daemon, arguments, $0, connection.number, connection.number, log.number, &child)
      }
    }
    try OverlayHelper.Failure.check(Self.daemon, failure)
    return child
  }

  /// Waits until it ends, which it does when its client is gone; ends it after a second.
  private static func end(_ daemon: pid_t) {
    let ended = harden_pidfd(daemon)
    var waiting = pollfd(fd: ended, events: Int16(POLLIN), revents: 0)
    if ended < 0 || poll(&waiting, 1, 1000) != 1 { kill(daemon, SIGTERM) }
    if ended >= 0 { close(ended) }
    waitpid(daemon, nil, 0)
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
      "Connecting ", "Accepted key", "Could not get shadow",
    ]
    let lines = log.split(whereSeparator: \.isNewline).filter { line in !common.contains { line.hasPrefix($0) } }
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
