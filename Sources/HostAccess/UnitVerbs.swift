import HostState

/// Starts, stops and reloads units, for whoever has a way to run commands.
struct UnitVerbs {
  static let systemctl: Path = "/usr/bin/systemctl"
  let run: (Command) -> ProcessRunner.Outcome

  /// `systemctl VERB UNIT`.
  ///
  /// After five starts within ten seconds systemd refuses a further one (`StartLimitBurst=`, systemd.unit(5)). That is
  /// meant for daemons that crash, not for runs that follow one another closely.
  ///
  /// - Throws: a `Diagnostic` with what systemctl said.
  func tell(_ unit: String, to verb: String) throws(Diagnostic) {
    let command = Command(Self.systemctl, [verb, "--", unit], timeLimit: 180)
    do throws(Diagnostic) {
      _ = try run(command).accepted(of: command)
    } catch {
      let asked = run(Command(Self.systemctl, ["show", "--property=Result", "--value", "--", unit]))
      guard verb != "stop", asked.result?.output == "start-limit-hit\n" else { throw error }
      _ = run(Command(Self.systemctl, ["reset-failed", "--", unit]))
      _ = try run(command).accepted(of: command)
    }
  }
}
