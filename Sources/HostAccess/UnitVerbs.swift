import HostState

extension ProcessRunner {
  /// Properties of a unit by name; none where systemd does not answer.
  func properties(of unit: String, _ names: [String]) -> [String: String] {
    let command = Command(UnitVerbs.systemctl, ["show", "--property=\(names.joined(separator: ","))", "--", unit])
    guard case .finished(let result) = run(command), result.status == 0 else { return [:] }
    return result.output.properties
  }

  /// Whether systemd says that there is no such unit: it went with its package.
  func isGone(_ unit: String) -> Bool { properties(of: unit, ["LoadState"])["LoadState"] == "not-found" }
}

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
