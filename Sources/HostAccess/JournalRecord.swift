import Foundation
import HostState

/// What a run was started with.
struct RunHeader: Hashable, Codable {
  enum Kind: String, Codable { case apply, undo }
  static let format = 1

  var format = RunHeader.format
  var number: Int
  var kind: Kind
  var recipe: String
  /// Without secrets: the inputs as the plan prints them.
  var inputs: [String: [String]]
  /// The plan as it was shown.
  var plan: String
  /// What the plan was to change; older journals do not say.
  var changes: [RecordedChange]?
  /// Seconds since 1970.
  var started: Int
  /// The version of harden.
  var version: String
  /// The run from which on everything was taken back, for an undo.
  var undoes: Int?
  /// Why it was taken back by itself: `nobody confirmed it in time`; nil where somebody asked for it.
  var cause: String?
  /// How many lines its journal had at least, once the first was written and whenever it ended: fewer are damage.
  var lines: Int?
}

/// A change of a plan, with the resource that wanted it.
public struct RecordedChange: Hashable, Codable, Sendable {
  public var address: String
  public var change: Change

  public init(_ address: String, _ change: Change) { (self.address, self.change) = (address, change) }
}

/// One line of a run's journal.
struct JournalRecord: Hashable, Codable {
  enum Kind: String, Codable {
    /// A step is about to be done.
    case intent
    case done
    /// The step failed, and what it had done was taken back.
    case failed
    /// A step that was done has been taken back.
    case takenBack
    /// A run that was interrupted goes on.
    case resumed
    case finished
  }
  var kind: Kind
  /// Seconds since 1970.
  var time: Int
  /// The step's number within the run, from 1.
  var step: Int?
  var planned: JournalStep?
  var before: Image?
  var after: Image?
  var words: String?
  var isSuccess: Bool?
  /// What harden had made earlier and the step removed, by resource; older journals do not say.
  var disowned: [String: Ledger.Entry]?
}

/// A step as the journal keeps it.
struct JournalStep: Hashable, Codable {
  var address: String
  var section: String
  var step: Step
}

/// A line of the journal: a checksum and a length before the JSON text, so that a line torn by a power cut shows.
enum JournalLine {
  static func text(_ record: JournalRecord) throws(Diagnostic) -> String {
    let json = String(try JSONText.compact(record).dropLast())
    return "\(checksum(json)) \(json.utf8.count) \(json)\n"
  }

  /// Nil for a line that is not whole.
  static func record(_ line: Substring) -> JournalRecord? {
    let parts = line.split(separator: " ", maxSplits: 2)
    guard parts.count == 3, parts[2].utf8.count == Int(parts[1]), checksum(String(parts[2])) == parts[0] else {
      return nil
    }
    return try? JSONDecoder().decode(JournalRecord.self, from: Data(parts[2].utf8))
  }

  private static func checksum(_ text: String) -> String { String(SHA256.hex(Array(text.utf8)).prefix(16)) }
}
