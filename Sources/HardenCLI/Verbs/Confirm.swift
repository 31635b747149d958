import HostAccess
import HostState

extension Verb {
  static let confirm = Verb(
    "confirm", summary: "keep what an apply changed, said from a fresh login",
    discussion: [
      "An apply that changes who gets in takes itself back after a while, unless somebody shows that they still do: log "
        + "in anew over SSH, as an administrator that the recipe declares, and run this with sudo. An open session or the "
        + "console proves nothing, and is refused.",
      "Where no revert is armed there is nothing to do.",
    ],
    flags: [.json], examples: ["ssh deploy@203.0.113.5 sudo harden confirm"]
  ) { invocation, tool throws(Failure) in
    try tool.requireRoot(for: invocation.verb)
    let executor = Executor()
    guard let window = try diagnosed({ () throws(Diagnostic) in try ConfirmWindow.read() }) else {
      let history = try diagnosed { () throws(Diagnostic) in try RunSummary.history() }
      if let last = history.last, let cause = last.cause, let run = last.undoes {
        throw Failure(.takenBack(run, cause), code: .reverted)
      }
      tool.console.note("Nothing waits to be confirmed.\n")
      if invocation.has(.json) { tool.console.print(try tool.json(Confirmed())) }
      return .done
    }
    let name = try diagnosed { () throws(Diagnostic) in try executor.confirm(window) }
    let confirmed = Confirmed(run: window.run, by: name)
    if invocation.has(.json) {
      tool.console.print(try tool.json(confirmed))
    } else {
      tool.console.print("Confirmed by \(confirmed.by ?? "?"): what run \(confirmed.run ?? 0) changed stays.\n")
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
  fileprivate static func takenBack(_ run: Int, _ cause: String) -> Diagnostic {
    Diagnostic(
      "Too late", detail: "Run \(run) was taken back: \(cause). There is nothing left to confirm.",
      fix: "sudo harden apply")
  }
}
