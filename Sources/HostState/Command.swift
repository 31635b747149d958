/// One program call: an argument vector, never a shell string.
public struct Command: Hashable, Codable, Sendable {
  /// Absolute path of the program.
  public let executable: Path
  public let arguments: [String]
  /// Added to the clean environment every child gets (`PATH`, `LC_ALL=C`, `HOME`).
  public var environment: [String: String]
  /// Text for standard input; empty when nil.
  public var input: String?
  /// Seconds after which the child's process group is ended.
  public var timeLimit: Int
  /// Exit codes that count as success.
  public var accepted: [Int32]
  /// The account it runs as; root when nil.
  public var user: String?

  public init(
    _ executable: Path, _ arguments: [String] = [], environment: [String: String] = [:], input: String? = nil,
    timeLimit: Int = 60, accepted: [Int32] = [0], user: String? = nil
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.input = input
    self.timeLimit = timeLimit
    self.accepted = accepted
    self.user = user
  }
}

extension Command: CustomStringConvertible {
  /// As one would type it, quoted where a shell needs quotes.
  public var description: String {
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.quoted($0.value))" }
    return (variables + [executable.name] + arguments.map(Self.quoted)).joined(separator: " ")
  }

  /// A word that a POSIX shell reads back as exactly `word`.
  public static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { $0.isLetterOrDigit || "_@%+=:,./-".utf8.contains($0) }
    if plain && !word.isEmpty { return word }
    // By scalars: for Swift a mark and a `'` can be one character, for a shell they are not.
    let parts = word.unicodeScalars.split(separator: "'", omittingEmptySubsequences: false).map { String($0) }
    return "'" + parts.joined(separator: "'\\''") + "'"
  }
}

/// What a finished command left: its exit code (128 + n when signal n ended it) and both streams.
public struct CommandResult: Hashable, Codable, Sendable {
  public let status: Int32
  public let output: String
  public let errors: String

  public init(status: Int32, output: String, errors: String = "") {
    (self.status, self.output, self.errors) = (status, output, errors)
  }
}

/// A command whose answer is a fact about the host, and the paths that answer depends on.
///
/// A planned write beneath `reads` makes it another question: it is asked again with the write laid over.
public struct Question: Hashable, Codable, Sendable {
  public let command: Command
  public let reads: [Path]
  /// Whether the answer depends on `/etc/passwd` and `/etc/group`.
  public let readsAccounts: Bool
  /// The one account that it is about, where nobody else's lines matter.
  public let account: String?
  /// The Debian package that brings the program.
  public let package: String?

  public init(
    _ command: Command, reads: [Path], readsAccounts: Bool = false, account: String? = nil, package: String? = nil
  ) {
    (self.command, self.reads, self.readsAccounts, self.package) = (command, reads, readsAccounts, package)
    self.account = account
  }
}
