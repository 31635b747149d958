import HostAccess
import HostState

extension Tool {
  /// A session that only looks. Without root it leaves out what it cannot read.
  func session(_ invocation: Invocation, asksApplications: Bool = false) throws(Failure) -> Session {
    let host = try host(invocation)
    if invocation.has(.recorded) { return Session(host) }
    guard isRoot else { return Session(host, isPartial: true) }
    return Session(
      host, foreseen: Foreseen.read(), asksApplications: asksApplications,
      ledger: { () throws(Diagnostic) in try Ledger.load() })
  }

  /// The host that the command line speaks of: this one, or a recorded one.
  func host(_ invocation: Invocation) throws(Failure) -> any Respondent {
    guard let name = invocation.value(.recorded) else { return Prober(from: invocation.value(.from)) }
    do throws(Diagnostic) { return try RecordedHost.named(name) } catch { throw .misuse(error) }
  }
}

extension Prober: Respondent {}
