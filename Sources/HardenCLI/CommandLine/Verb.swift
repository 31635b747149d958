import HostState

/// Something that harden can be told to do.
struct Verb: Sendable {
  /// `plan`; `secret set`.
  let name: String
  /// The words after it, as help shows them: `[RECIPE]`. Brackets around one that may be left out.
  let arguments: [String]
  /// For the list of verbs, and the head of its own help; no full stop.
  let summary: String
  /// What one must know to use it, in short paragraphs.
  let discussion: [String]
  let flags: [Flag]
  /// Lines to copy.
  let examples: [String]
  let run: @Sendable (Invocation, Tool) throws(Failure) -> ExitCode

  init(
    _ name: String, arguments: [String] = [], summary: String, discussion: [String], flags: [Flag],
    examples: [String], run: @escaping @Sendable (Invocation, Tool) throws(Failure) -> ExitCode
  ) {
    self.name = name
    self.arguments = arguments
    self.summary = summary
    self.discussion = discussion
    self.flags = flags + [.help]
    self.examples = examples
    self.run = run
  }

  var words: [String] { name.split(separator: " ").map(String.init) }
  var requiredArguments: [String] { arguments.filter { !$0.hasPrefix("[") } }
}

/// Why a verb ends early: what is wrong, and the exit code for it.
struct Failure: Error {
  let diagnostics: [Diagnostic]
  let code: ExitCode

  init(_ diagnostics: [Diagnostic], code: ExitCode = .failed) { (self.diagnostics, self.code) = (diagnostics, code) }
  init(_ diagnostic: Diagnostic, code: ExitCode = .failed) { self.init([diagnostic], code: code) }
  static func misuse(_ diagnostic: Diagnostic) -> Failure { Failure(diagnostic, code: .misused) }
}

/// Does what may fail with one diagnostic, for verbs.
func diagnosed<Value>(_ body: () throws(Diagnostic) -> Value) throws(Failure) -> Value {
  do throws(Diagnostic) { return try body() } catch { throw Failure(error) }
}
