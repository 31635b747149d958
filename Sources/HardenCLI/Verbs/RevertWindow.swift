import Foundation
import HostAccess
import HostState

extension Verb {
  /// What the units of an armed revert run, and what an apply becomes that a revert found at work.
  static let revertWindow = Verb(
    "revert-window", summary: "take back what nobody confirmed; for units of systemd",
    discussion: [], flags: [.due, .boot, .rest, .await], examples: []
  ) { invocation, tool throws(Failure) in
    try tool.requireRoot(for: invocation)
    if let run = invocation.value(.await) { return try tool.awaitRevert(of: Int(run) ?? 0) }
    guard let window = try diagnosed({ () throws(Diagnostic) in try ConfirmWindow.read() }) else {
      // Confirmed or undone a moment ago, by somebody who did not come to tell systemd.
      if !invocation.has(.boot) { try? Executor().disarm() }
      return .done
    }
    if invocation.has(.boot) { return try tool.revertFilesAtBoot(window) }
    if window.isOfAnotherBoot, !invocation.has(.rest) {
      // The timer may be due before the daemons are up; the unit that waits for them does it.
      try diagnosed { () throws(Diagnostic) in try Executor().startRest() }
      return .done
    }
    guard window.secondsLeft <= 1 else {
      tool.console.note("Not due: \(TimeSpan.words(window.secondsLeft)) are left.\n")
      return .done
    }
    return try tool.revert(
      window, cause: window.isOfAnotherBoot ? rebooted : "nobody confirmed it in time")
  }

  fileprivate static let rebooted = "the host was rebooted before anybody confirmed it"
}

extension Flag {
  fileprivate static let due = Flag("--due", "when the timer fires")
  fileprivate static let boot = Flag("--boot", "early in a boot: files alone")
  fileprivate static let rest = Flag("--rest", "late in a boot")
  fileprivate static let await = Flag("--await", "RUN", "wait until this run is taken back")
}

extension Tool {
  fileprivate func revert(_ window: ConfirmWindow, cause: String) throws(Failure) -> ExitCode {
    let executor = Executor()
    try diagnosed { () throws(Diagnostic) in
      try executor.seizeLock(window) { words, _ in console.note("\(words)\n") }
    }
    // What held the lock may have been the confirmation.
    guard let current = try diagnosed({ () throws(Diagnostic) in try ConfirmWindow.read() }) else { return .done }
    let outcome = executor.revertAndDisarm(current, cause: cause) { words, _ in console.note("\(words)\n") }
    guard outcome.troubles.isEmpty else { throw Failure(outcome.troubles) }
    console.note("Taken back: \(cause).\n")
    sayKeptAside()
    return .done
  }

  fileprivate func revertFilesAtBoot(_ window: ConfirmWindow) throws(Failure) -> ExitCode {
    guard window.isOfAnotherBoot else { return .done }
    let executor = Executor()
    try diagnosed { () throws(Diagnostic) in try executor.seizeLock(window) }
    let troubles = executor.revertFiles(window, cause: Verb.rebooted)
    guard troubles.isEmpty else { throw Failure(troubles) }
    return .done
  }

  /// Waits for a revert that another process makes of the run that this one was.
  fileprivate func awaitRevert(of run: Int) throws(Failure) -> ExitCode {
    Interruption.listen(endsSteps: false) { [console] _ in console.note("Taking back goes on to its end.\n") }
    console.note("\nThe time ran out before this apply had ended. It was stopped, and is being taken back.\n")
    do throws(Diagnostic) {
      for _ in 0..<3600 {
        if try ConfirmWindow.read() == nil, !Executor().isArmed { break }
        usleep(250_000)
      }
      let history = try RunSummary.history()
      guard let revert = history.last(where: { $0.undoes != nil && $0.cause != nil }), revert.outcome == .done,
        (revert.undoes ?? 0) <= run
      else { throw .notTakenBack(run) }
      console.note("Taken back: run \(run) with all that came after it. The host is as before; packages stay.\n")
      sayKeptAside()
    } catch {
      throw Failure(error)
    }
    return .reverted
  }
}

extension Executor {
  /// Takes back what a window holds, what the host remembers of it included, and takes the window away.
  ///
  /// Where something could not be put back it stays armed, and is made again until it is through.
  func revertAndDisarm(_ window: ConfirmWindow, cause: String, progress: Progress) -> RevertOutcome {
    var outcome = revert(window, cause: cause, version: HardenTool.version, progress: progress)
    guard outcome.troubles.isEmpty else {
      outcome.troubles.append(.triedAgain(window))
      return outcome
    }
    do throws(Diagnostic) {
      try Memory.restore(from: try RunSummary.history(), before: window.run)
      try disarm()
    } catch {
      outcome.troubles.append(error)
    }
    return outcome
  }
}

extension Diagnostic {
  fileprivate static func triedAgain(_ window: ConfirmWindow) -> Diagnostic {
    let when = window.secondsLeft > 0 ? "in \(TimeSpan.words(window.secondsLeft))" : "in a moment"
    return Diagnostic(
      "Not all was taken back",
      detail: "What is said above could not be put back, and what still leads in was left for that reason. It is tried "
        + "again \(when) and from then on until nothing is left, after a reboot as well.",
      fix: "journalctl -u harden-revert.service; harden undo \(window.run) --force")
  }

  fileprivate static func notTakenBack(_ run: Int) -> Diagnostic {
    Diagnostic(
      "Not all was taken back", detail: "Run \(run) was stopped, and taking it back did not come to its end.",
      fix: "sudo harden history; journalctl -u harden-revert.service")
  }
}
