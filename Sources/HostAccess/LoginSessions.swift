import Glibc
import HostState

/// The sessions of an account, as logind keeps them.
enum LoginSessions {
  /// The service that logind starts with an account's first session.
  static func userManager(of name: String) -> String? {
    getpwnam(name).map { "user@\($0.pointee.pw_uid).service" }
  }

  /// What logind knows of an account's sessions.
  static func all(of name: String) -> Set<String> {
    let list = Command("/usr/bin/loginctl", ["show-user", name, "--property=Sessions", "--value"], accepted: [0, 1])
    let output = ProcessRunner().run(list).result?.output ?? ""
    return Set(output.split(whereSeparator: \.isWhitespace).map(String.init))
  }

  /// Ends what a session of ours left running: somebody's sshrc, an agent. One whose sshd lives is not ours.
  static func end(of name: String, since before: Set<String>) {
    for _ in 0..<10 {
      let left = all(of: name).subtracting(before)
      for session in left {
        let state = ProcessRunner().run(
          Command("/usr/bin/loginctl", ["show-session", session, "--property=State", "--value"], accepted: [0, 1]))
        guard state.result?.output.hasPrefix("closing") ?? false else { continue }
        _ = ProcessRunner().run(
          Command("/usr/bin/loginctl", ["kill-session", "--signal=KILL", session], accepted: [0, 1]))
      }
      if left.isEmpty { return }
      usleep(200_000)
    }
  }

  static func isActive(_ unit: String) -> Bool {
    let outcome = ProcessRunner().run(
      Command("/usr/bin/systemctl", ["is-active", "--quiet", unit], accepted: [0, 3, 4]))
    return outcome.result?.status == 0
  }
}
