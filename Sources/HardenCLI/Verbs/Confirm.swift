import HostAccess
import HostState

extension Verb {
  static let confirm = Verb(
    "confirm", summary: "keep what an apply changed, said from a fresh login",
    discussion: [
      "An apply that changes who gets in takes itself back after a while, unless somebody shows that they still do: log "
        + "in anew over SSH, as an administrator that the recipe declares, and run this with sudo. An open session or the "
        + "console proves nothing, and is refused.",
      "Where no revert is armed there is nothing to do. While an apply is at work nothing can be confirmed yet.",
    ],
    flags: [.json], examples: ["ssh deploy@203.0.113.5 sudo harden confirm"]
  ) { invocation, tool throws(Failure) in
    try tool.requireRoot(for: invocation)
    return try tool.confirm(invocation, of: nil)
  }

  /// What `confirm` becomes where ssh.service's settings keep a session from seeing how it came about: systemd starts it
  /// outside of them, with the number of the process that was to confirm.
  static let confirmSession = Verb(
    "confirm-session", arguments: ["PID"], summary: "confirm, for a session that cannot see itself",
    discussion: [], flags: [.json], examples: []
  ) { invocation, tool throws(Failure) in
    try tool.requireRoot(for: invocation)
    return try tool.confirm(invocation, of: Int32(invocation.argument(0) ?? "") ?? 0)
  }
}

extension Tool {
  fileprivate func confirm(_ invocation: Invocation, of process: Int32?) throws(Failure) -> ExitCode {
    let executor = Executor()
    // Looked at first: what ends in between has armed by then what it arms.
    let worker = RunLock.worker()
    let open = try diagnosed { () throws(Diagnostic) in try ConfirmWindow.read() }
    if let worker {
      let history = try diagnosed { () throws(Diagnostic) in try RunSummary.history() }
      if let objection = Diagnostic.notWhile(worker, open, history) { throw Failure(objection) }
    }
    guard let window = open else {
      // An earlier one may have been cut short once it had decided.
      try diagnosed { () throws(Diagnostic) in try executor.sweepArming() }
      let history = try diagnosed { () throws(Diagnostic) in try RunSummary.history() }
      if let last = history.last, let cause = last.cause, let run = last.undoes {
        throw Failure(.takenBack(run, cause, last.recipe), code: .reverted)
      }
      console.note("Nothing waits to be confirmed.\n")
      if invocation.has(.json) { console.print(try json(Confirmed())) }
      return .done
    }
    if process == nil, let seen = executor.confirmFromOutside(window, isJSON: invocation.has(.json)) {
      console.print(seen.output)
      console.note(seen.errors)
      return ExitCode(rawValue: seen.status) ?? .failed
    }
    let name = try diagnosed { () throws(Diagnostic) in try executor.confirm(window, of: process) }
    let confirmed = Confirmed(run: window.run, by: name)
    if invocation.has(.json) {
      console.print(try json(confirmed))
    } else {
      console.print("Confirmed by \(confirmed.by ?? "?"): what run \(confirmed.run ?? 0) changed stays.\n")
    }
    return .done
  }
}

/// What `confirm --json` prints.
private struct Confirmed: Encodable {
  var run: Int?
  var by: String?
}

extension Diagnostic {
  /// Why nothing is confirmed while another harden is at work; nil where that leaves nothing to be confirmed.
  ///
  /// An apply may not have armed yet what it will. Whether it does is not known before then.
  static func notWhile(_ worker: RunLock.Worker, _ window: ConfirmWindow?, _ history: [RunSummary]) -> Diagnostic? {
    let summary = "Still at work"
    // By its end another port or account may lead in than the window names: history tells the line then.
    let fix = "sudo harden history"
    let waiting = window.map { "Run \($0.run) is not confirmed yet, and " }
    guard let run = worker.run else {
      return Diagnostic(
        summary,
        detail: "\(waiting.map { $0 + "another" } ?? "Another") harden is at work (process \(worker.process)). Once it "
          + "has ended, confirm from a fresh login what then waits for that.", fix: fix)
    }
    if let first = history.first(where: { $0.number == run })?.undoes {
      guard let window else { return nil }
      if first <= window.run {
        return Diagnostic(
          "Too late", detail: "Run \(run) is at work, and takes run \(first) back with all that came after it.",
          fix: fix)
      }
    }
    guard let window, let waiting, window.run != run else {
      return Diagnostic(
        summary,
        detail: "Run \(run) is at work: once it has ended, confirm it from a fresh login"
          + (window == nil ? ", if it then waits for that." : "."), fix: fix)
    }
    return Diagnostic(
      summary,
      detail: "\(waiting)run \(run) is at work: once that has ended, confirm from a fresh login what is there then.",
      fix: fix)
  }

  fileprivate static func takenBack(_ run: Int, _ cause: String, _ recipe: String) -> Diagnostic {
    Diagnostic(
      "Too late", detail: "Run \(run) was taken back: \(cause). There is nothing left to confirm.",
      fix: "sudo harden apply \(recipe)")
  }
}
