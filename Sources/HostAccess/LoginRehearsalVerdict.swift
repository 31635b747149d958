import HostState

extension LoginRehearsal.Outcome {
  static let noClient = LoginRehearsal.Outcome.notTried(
    why: "there is no ssh client", fix: "apt-get install openssh-client")
}

/// What a login that was tried came to.
extension LoginRehearsal {
  static func judge(_ outcome: ProcessRunner.Outcome, _ login: Login) -> Outcome {
    switch outcome {
    case .noProgram: return .noClient
    case .notStarted(let reason): return .notTried(why: reason)
    case .outOfTime: return .refused(why: noShell)
    case .tooMuchOutput: return .refused(why: "the shell prints without end")
    case .finished(let result):
      // At a terminal a line ends with both, which a String takes for one character.
      let lines = result.output.split(whereSeparator: \.isNewline).map(String.init)
      let last = result.errors.split(whereSeparator: \.isNewline).last.map { String($0.prefix(200)) }
      // systemd-run's own words, before anything was begun.
      if lines.isEmpty, let last, last.hasPrefix("Failed to ") { return .notTried(why: last) }
      // `VisitorProxy`, which makes the connection, is no sshd.
      if lines.isEmpty, let trouble = VisitorProxy.trouble(in: result.errors) {
        return .notTried(why: "harden cannot come to its own sshd from there: \(trouble)")
      }
      let said = KeyOffer.reason(in: result.errors) ?? last ?? lines.last.map { String($0.prefix(200)) } ?? "nothing"
      guard lines.contains(login.name) else {
        // ssh(1): 255 is its own; any other code is that of what it ran.
        if result.status != 255 {
          let heard = said == "nothing" ? "" : " (it says “\(said)”)"
          return .refused(
            why:
              "\(login.name) gets in, but the shell ends with exit code \(result.status) before it runs anything\(heard): "
              + "a forced command, or a file that it reads when it starts (.bashrc and the like), may end it")
        }
        return .refused(
          why: said == "nothing"
            ? "sshd does not let \(login.name) in, and says nothing" : "sshd does not let \(login.name) in: “\(said)”")
      }
      // One that asks for a password got as far as that, or wants a terminal to ask at (`requiretty`).
      let all = result.errors + result.output
      let asks = !login.withSudo && ["a password is required", "must have a tty"].contains { all.contains($0) }
      guard lines.last == "0" || asks else {
        // sudo(8) about what it was told to run.
        if said.contains("unable to execute") {
          return .refused(why: "\(login.name) gets in, but harden, which confirms the change, cannot be run: “\(said)”")
        }
        // Of the two of them, this env(1) is the login's own, which starts sudo.
        if all.split(whereSeparator: \.isNewline).contains(where: { $0.hasPrefix("env: ") && $0.contains("sudo") }),
          all.contains("Permission denied")
        {
          return .refused(why: "\(login.name) gets in, but may not run sudo (ls -l /usr/bin/sudo): “\(said)”")
        }
        // env(1) cannot start what sudo lets it start no more.
        if all.contains("env: "), all.contains("Permission denied") {
          return .refused(why: "\(login.name) gets in, but what sudo runs may run nothing itself (noexec): “\(said)”")
        }
        return .refused(why: "\(login.name) gets in, but sudo does not make root: “\(said)”")
      }
      return .passed
    }
  }
}
