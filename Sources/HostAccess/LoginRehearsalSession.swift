import Glibc
import HostState

/// How the session of a rehearsed login is begun, and what it leaves taken away.
extension LoginRehearsal {
  static let client: Path = "/usr/bin/ssh"

  /// What ssh is told of every login: nothing of the host's own, and no question.
  static func options(_ login: Login, by proxy: String) -> [String] {
    [
      "-F", "none", "-i", key, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "ControlPath=none",
      "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
      "-o", "GlobalKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
      // ssh replaces tokens in it, such as %u (ssh_config(5)); sshd's options may hold some that are sshd's.
      "-o", "ProxyCommand=" + proxy.replacing("%", with: "%%"), "\(login.name)@rehearsal",
    ]
  }

  /// Runs a login over planned writes.
  ///
  /// - Returns: nil where there is no such program.
  func attend(
    _ command: Command, over laid: Overlay, lending lent: LentPassword? = nil
  ) -> ProcessRunner.Outcome? {
    guard let job = overlay.job(for: command, over: laid, lending: lent) else { return nil }
    unlink(Self.ending)
    return service.ended(ProcessRunner().run(asService(job.command)), ending: Self.ending)
  }

  /// Takes away what the sessions of logins leave behind, once for all of them: to start the manager of a user anew for
  /// each takes longer than the login.
  func sweepingSessions(of name: String, _ logins: () -> Outcome) -> Outcome {
    let manager = LoginSessions.userManager(of: name)
    let isManaged = manager.map(LoginSessions.isActive) ?? true
    let before = LoginSessions.all(of: name)
    let outcome = logins()
    // logind keeps the manager of a user for ten seconds after the last session.
    if let manager, !isManaged { _ = ProcessRunner().run(Command("/usr/bin/systemctl", ["stop", manager])) }
    LoginSessions.end(of: name, since: before)
    return outcome
  }

  /// As a service of systemd's, since pam_systemd(8) opens no session, or waits for one, where the process is in a
  /// session already or in no control group that systemd knows.
  private func asService(_ command: Command) -> Command {
    let words = service.command(
      [Self.program(command.executable).text] + command.arguments, properties: [], timeLimit: command.timeLimit,
      ending: Self.ending)
    return Command(
      Path(words[0]), Array(words.dropFirst()), input: command.input,
      timeLimit: command.timeLimit + (service.channel == .none ? 0 : 5))
  }
}
