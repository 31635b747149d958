import Glibc
import HostState

extension FreshLogin {
  /// How a process came to run.
  static func of(_ process: pid_t) -> FreshLogin {
    var ancestors: [Ancestor] = []
    var next = ProcessStatus.of(process)?.parent ?? 0
    while next > 1, let status = ProcessStatus.of(next), ancestors.count < 64 {
      let program = FileReading.linkTarget("/proc/\(next)/exe") ?? ""
      ancestors.append(
        Ancestor(process: next, program: installed(program), user: user(of: next) ?? UInt32.max, start: status.start))
      next = status.parent
    }
    // sshd's own process of the connection is moved into the session that it opens.
    let daemon = ancestors.first { $0.isSSHD && $0.user == 0 }
    let opensSessions = daemon.map { sessionName(of: $0.process) != nil } ?? true
    let connection = OperatorReading.connection(of: process).flatMap { OperatorReading.parse($0.text) }
    var (session, trouble) = session(of: process)
    if let found = session, found.service != "sshd", daemon != nil, asks(by: found.service, for: found.name) {
      session?.service = "sshd"
    }
    return FreshLogin(
      ancestors: ancestors, session: session, sessionTrouble: trouble, hasSessions: hasSessions && opensSessions,
      names: AccountNames.read().users, ownAddresses: ownAddresses(),
      visitor: connection.map { NetworkAddress.plain($0.address) },
      relay: connection.flatMap { RelayReading.relay(of: $0)?.process })
  }

  /// A program that an upgrade replaced under its process is still the one that was installed there.
  private static func installed(_ program: String) -> String {
    program.hasSuffix(" (deleted)") ? String(program.dropLast(" (deleted)".count)) : program
  }

  /// `proc_pid_status(5)`: `Uid:` and the real, effective, saved and file system's.
  private static func user(of process: pid_t) -> UInt32? {
    for line in SafeFiles.lines(of: Path("/proc/\(process)/status")) where line.hasPrefix("Uid:") {
      return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { UInt32($0) }
    }
    return nil
  }

  private static func session(of process: pid_t) -> (Session?, trouble: String?) {
    guard let identifier = sessionName(of: process) else { return (nil, nil) }
    let properties = ["Name", "Service", "Remote", "RemoteHost", "TimestampMonotonic"]
    let command = Command(
      "/usr/bin/loginctl", ["show-session"] + properties.map { "--property=\($0)" } + ["--", identifier])
    switch ProcessRunner(launcher: .spawn).run(command) {
    case .finished(let result) where result.status == 0: return (parsed(result.output), nil)
    case .finished(let result):
      return (nil, result.errors.lines.first.map(String.init) ?? "loginctl ended with \(result.status)")
    case .noProgram: return (nil, nil)
    case .notStarted(let reason): return (nil, "\(command.executable): \(reason)")
    case .outOfTime, .tooMuchOutput: return (nil, "it does not answer")
    }
  }

  /// Whether sshd itself goes by another name with PAM: sshd_config(5), PAMServiceName.
  private static func asks(by service: String, for user: String) -> Bool {
    let connection = SSHConnection(user: user, address: "127.0.0.1", localAddress: "127.0.0.1", localPort: 22)
    return asks(
      by: service, ProcessRunner(launcher: .spawn).run(connection.question(to: []).command).result?.output ?? "")
  }

  static func asks(by service: String, _ output: String) -> Bool {
    output.lines.contains { $0 == "pamservicename \(service)" }
  }

  private static func sessionName(of process: pid_t) -> String? {
    sessionName(SafeFiles.lines(of: Path("/proc/\(process)/cgroup")).map(String.init))
  }

  /// `session-c9.scope` as the last part of systemd's own cgroup: `c9`. `/proc/self/sessionid` is another number.
  static func sessionName(_ lines: [String]) -> String? {
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1] == "name=systemd" || parts[0] == "0" && parts[1].isEmpty else { continue }
      for name in parts[2].split(separator: "/") where name.hasPrefix("session-") && name.hasSuffix(".scope") {
        return String(name.dropFirst("session-".count).dropLast(".scope".count))
      }
    }
    return nil
  }

  static func parsed(_ output: String) -> Session {
    let values = output.properties
    return Session(
      name: values["Name"] ?? "", service: values["Service"] ?? "", isRemote: values["Remote"] == "yes",
      remoteHost: values["RemoteHost"] ?? "",
      start: (values["TimestampMonotonic"].flatMap { Double($0) } ?? 0) / 1_000_000)
  }

  private static var hasSessions: Bool {
    let lines = SafeFiles.lines(of: "/etc/pam.d/common-session") + SafeFiles.lines(of: "/etc/pam.d/sshd")
    return lines.contains { !$0.hasPrefix("#") && $0.contains("pam_systemd.so") }
  }

  /// Addresses of the host's interfaces, in the notation of inet_ntop(3).
  static func ownAddresses() -> Set<String> {
    Set(["127.0.0.1", "::1"] + InterfaceAddress.all().map(\.text))
  }
}
