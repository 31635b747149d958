/// What is wrong, why it matters and what to do about it: the one error type, data until Reporting words it.
public struct Diagnostic: Error, Hashable, Codable, Sendable {
  /// Fixed words, without anything of the user's in them.
  public var summary: String
  /// What is wrong and why it matters, in full sentences.
  public var detail: String
  /// A command to copy, or a sentence that says what to do.
  public var fix: String?
  /// The resource it is about.
  public var address: String?
  public var source: SourceLine?
  public var command: FailedCommand?
  /// A fault of harden's own, not of the input or the host.
  public var isBug: Bool
  /// What the code that catches it tells it by; nil where nobody has to.
  public var kind: Kind?

  public init(
    _ summary: String, detail: String, fix: String? = nil, address: String? = nil, source: SourceLine? = nil,
    command: FailedCommand? = nil, isBug: Bool = false, kind: Kind? = nil
  ) {
    self.summary = summary
    self.detail = detail
    self.fix = fix
    self.address = address
    self.source = source
    self.command = command
    self.isBug = isBug
    self.kind = kind
  }

  public enum Kind: String, Codable, Sendable {
    /// Something of the host could not be read, so what it is like is not known.
    case unreadable
    /// A file is there that was to be made.
    case alreadyThere
  }

  /// A command with its exit code and the last lines of its standard error.
  public struct FailedCommand: Hashable, Codable, Sendable {
    public let line: String
    public let status: Int32
    public let lastErrors: String

    public init(line: String, status: Int32, lastErrors: String) {
      (self.line, self.status, self.lastErrors) = (line, status, lastErrors)
    }

    /// With the last it said; on standard output where it said nothing on standard error.
    package init(_ command: Command, _ result: CommandResult) {
      let text = result.errors.allSatisfy(\.isWhitespace) ? result.output : result.errors
      let last = text.lines.filter { !$0.allSatisfy(\.isWhitespace) }.suffix(8)
      self.init(line: command.description, status: result.status, lastErrors: last.joined(separator: "\n"))
    }
  }

  public static func bug(_ detail: String, address: String? = nil) -> Diagnostic {
    Diagnostic("This is a bug in harden", detail: detail, address: address, isBug: true)
  }
}

/// A line of a recipe's source.
public struct SourceLine: Hashable, Codable, Sendable, CustomStringConvertible {
  public let file: String
  public let line: Int

  public init(file: String, line: Int) { (self.file, self.line) = (file, line) }
  public var description: String { "\(file):\(line)" }
}
