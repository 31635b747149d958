import HostState

/// A login without a command, which gets a login shell at a terminal, and that reads files that no other shell reads.
extension LoginRehearsal {
  /// Opens one, and waits until something there waits for input.
  func openShell(
    _ login: Login, by proxy: String, over laid: Overlay, remark: (String) -> Void
  ) -> Outcome {
    let command = Command(
      Self.program(overlay.helper),
      [ShellWatch.argument, Self.client.text, "-tt"] + Self.options(login, by: proxy), timeLimit: Self.timeLimit)
    let ended = attend(command, over: laid.isEmpty ? laid : laid.withoutRecords)
    let verdict = Self.shellVerdict(ended, login)
    if let words = verdict.remark { remark(words) }
    return verdict.outcome
  }

  /// What came of it: all but an end of the session by itself stands in nobody's way.
  static func shellVerdict(_ ended: ProcessRunner.Outcome?, _ login: Login) -> (outcome: Outcome, remark: String?) {
    guard case .finished(let result)? = ended, let verdict = ShellWatch.Verdict(rawValue: result.status) else {
      return (.passed, "Not rehearsed for \(login.name): a login at a terminal.")
    }
    let last = result.output.split(whereSeparator: \.isNewline).last.map { String($0.prefix(200)) } ?? ""
    let said = last.isEmpty ? "" : " (the last on the screen: “\(last)”)"
    switch verdict {
    case .waits: return (.passed, nil)
    case .stays:
      return (
        .passed,
        "Rehearsed: at a terminal \(login.name)'s login stays open, but was not seen to wait for input\(said)."
      )
    case .failed: return (.passed, "Not rehearsed for \(login.name): a login at a terminal\(said).")
    case .ended:
      return (
        .refused(
          why: "\(login.name) gets in and may run commands, but a login at a terminal is over before it reads any input"
            + "\(said): a file that a login shell reads (/etc/profile and what lies in /etc/profile.d, .profile, "
            + ".bash_profile, .bashrc) may end it, and su - \(login.name) shows it"), nil
      )
    }
  }
}

extension Overlay {
  /// With empty files where sshd writes down who was at a terminal, so that nothing of this login is left there: wtmp(5),
  /// lastlog(8).
  fileprivate var withoutRecords: Overlay {
    var overlay = self
    for path: Path in ["/var/log/wtmp", "/var/log/lastlog", "/run/utmp"] {
      guard (try? SafeFiles.status(path))?.isFile == true else { continue }
      overlay.entries[path] = .file(contents: "", mode: 0o644, owner: .root)
    }
    return overlay
  }
}
