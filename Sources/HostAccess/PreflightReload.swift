import HostState

extension Preflight {
  private static let unit = "ssh.service"

  /// Whether a reload of ssh.service reaches the sshd that listens: a unit that somebody changed may tell another
  /// program, which dies of it, or nobody at all.
  static func reload(of steps: [Step], _ runner: ProcessRunner = ProcessRunner()) -> [Diagnostic] {
    let isReloaded = steps.contains { step in
      if case .reload(unit, false, _, _) = step.action { true } else { false }
    }
    guard isReloaded else { return [] }
    let command = Command(
      UnitVerbs.systemctl, ["show", "--property=ActiveState,ExecReload", "--", unit], timeLimit: 30)
    guard let output = runner.run(command).result?.output, output.contains("ActiveState=active\n") else { return [] }
    let main = Listening.mainProcess(of: unit, runner)
    return objection(to: output, main: main, listens: !Listening.ports(of: main).isEmpty).map { [$0] } ?? []
  }

  /// - Parameter properties: the unit's, as `systemctl show` prints them: a line `ExecReload={ path=…` a command.
  static func objection(to properties: String, main: Int, listens: Bool) -> Diagnostic? {
    guard listens else { return .notMain(main) }
    let commands = properties.lines.filter { $0.hasPrefix("ExecReload=") }
    // Debian's and Ubuntu's: /bin/kill -HUP $MAINPID
    return commands.contains { $0.contains("HUP") } ? nil : .noHangUp
  }
}

extension Diagnostic {
  fileprivate static func notMain(_ main: Int) -> Diagnostic {
    Diagnostic(
      "Another program is ssh.service's main process",
      detail: "The main process of ssh.service (\(main)) is not the sshd that listens: somebody changed how the unit "
        + "starts it. A reload would reach that program instead, and may end it.",
      fix: "systemctl status ssh.service; systemctl cat ssh.service", address: "sshd")
  }

  fileprivate static var noHangUp: Diagnostic {
    Diagnostic(
      "ssh.service is not reloaded by SIGHUP",
      detail: "Somebody changed the unit's ExecReload: sshd would not read its files again, and what is written would "
        + "not be in force.",
      fix: "systemctl cat ssh.service; Debian's unit says: ExecReload=/bin/kill -HUP $MAINPID", address: "sshd")
  }
}
