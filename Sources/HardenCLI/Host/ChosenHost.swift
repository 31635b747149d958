import HostState

extension Tool {
  /// The host that the command line speaks of: this one, or a recorded one.
  func host(_ invocation: Invocation) throws(Failure) -> any Respondent {
    guard let name = invocation.value(.recorded) else {
      throw Failure(.bug("This build cannot ask the host it runs on yet."))
    }
    do throws(Diagnostic) { return try RecordedHost.named(name) } catch { throw .misuse(error) }
  }
}
