import HostAccess
import HostState

extension Tool {
  /// A session that only looks. Without root it leaves out what it cannot read.
  func session(_ invocation: Invocation) throws(Failure) -> Session {
    let isThisHost = !invocation.has(.recorded)
    return Session(
      try host(invocation), isPartial: isThisHost && !isRoot, foreseen: isThisHost ? Foreseen.read() : [])
  }

  /// The host that the command line speaks of: this one, or a recorded one.
  func host(_ invocation: Invocation) throws(Failure) -> any Respondent {
    guard let name = invocation.value(.recorded) else { return Prober(from: invocation.value(.from)) }
    do throws(Diagnostic) { return try RecordedHost.named(name) } catch { throw .misuse(error) }
  }
}

extension Prober: Respondent {}
