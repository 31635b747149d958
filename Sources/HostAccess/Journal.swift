import Foundation
import Glibc
import HostState

/// The record of one run: what was about to be done, what was done, and how everything was before and after.
///
/// Every line is on disk before what it announces happens. Only root can read it.
final class Journal {
  private(set) var header: RunHeader
  let directory: Path
  private(set) var records: [JournalRecord]

  private init(_ header: RunHeader, _ directory: Path, _ records: [JournalRecord]) {
    (self.header, self.directory, self.records) = (header, directory, records)
  }

  var blobs: BlobStore { BlobStore(directory: directory / "blobs") }

  /// Begins a run under the next number.
  static func begin(_ header: RunHeader, in paths: StatePaths) throws(Diagnostic) -> Journal {
    try StatePaths.makeDirectory(paths.runs)
    var header = header
    header.number = try nextNumber(in: paths)
    let directory = Self.directory(header.number, in: paths)
    try StatePaths.makeDirectory(directory)
    try SafeFiles.write(
      directory / "journal", [], mode: 0o600, user: geteuid(), group: getegid())
    try StateFile.write(header, to: directory / "header.json")
    return Journal(header, directory, [])
  }

  /// Reads the journal of a run.
  ///
  /// - Throws: a `Diagnostic` when it is not there, damaged, or of a newer harden.
  static func open(_ number: Int, in paths: StatePaths) throws(Diagnostic) -> Journal {
    let directory = Self.directory(number, in: paths)
    let head = directory / "header.json"
    guard let bytes = try SafeFiles.read(head) else { throw .noRun(number, paths) }
    let header: RunHeader = try StateFile.decoded(
      bytes, newest: RunHeader.format, newer: { .newer(directory, $0) }, damaged: .damaged(head))
    let text = String(decoding: try SafeFiles.read(directory / "journal") ?? [], as: UTF8.self)
    let lines = text.lines
    var records: [JournalRecord] = []
    for (index, line) in lines.enumerated() {
      guard let record = JournalLine.record(line) else {
        // Torn by a power cut: what it announced was never begun. In the middle it is damage.
        guard index == lines.count - 1 else { throw .damaged(directory / "journal") }
        break
      }
      records.append(record)
    }
    return Journal(header, directory, records)
  }

  /// Numbers of the runs there are, in order; a run whose header was never written does not count.
  static func numbers(in paths: StatePaths) throws(Diagnostic) -> [Int] {
    guard let directory = try SafeFiles.openDirectory(paths.runs) else { return [] }
    return ImageCamera.names(in: directory).compactMap { Int(String(decoding: $0, as: UTF8.self)) }.sorted()
  }

  /// A number that no run has had: the ledger may know of one whose directory is gone.
  static func nextNumber(in paths: StatePaths) throws(Diagnostic) -> Int {
    max(try numbers(in: paths).last ?? 0, LedgerTestimony(paths).runs.max() ?? 0) + 1
  }

  /// - Throws: a `Diagnostic` also when less is in one of them than is known to have been.
  static func all(in paths: StatePaths) throws(Diagnostic) -> [Journal] {
    // Before the journals: a run that is at work writes it after its journal.
    let testimony = LedgerTestimony(paths)
    var journals: [Journal] = []
    for number in try numbers(in: paths) {
      guard try SafeFiles.status(directory(number, in: paths) / "header.json") != nil else { continue }
      let journal = try open(number, in: paths)
      guard journal.records.count >= journal.header.lines ?? 0, testimony.agrees(with: journal) else {
        throw .damaged(journal.directory / "journal")
      }
      journals.append(journal)
    }
    return journals
  }

  /// Appends a record and has it on disk before it returns.
  func append(_ record: JournalRecord) throws(Diagnostic) {
    let path = directory / "journal"
    guard let folder = try SafeFiles.openDirectory(directory),
      let file = folder.open(path.name, O_WRONLY | O_APPEND)
    else { throw .file("open", path, errno) }
    let line = try JournalLine.text(record)
    try dropTornLine(file, path)
    guard SafeFiles.write(Array(line.utf8), to: file), fdatasync(file.number) == 0 else {
      throw .file("write", path, errno)
    }
    records.append(record)
    guard records.count == 1 || record.kind == .finished else { return }
    header.lines = records.count
    // Evidence for later; that it cannot be written now takes nothing from the run.
    try? StateFile.write(header, to: directory / "header.json")
  }

  /// Cuts off what a power cut left of a last line, so that the next one begins by itself.
  private func dropTornLine(_ file: Descriptor, _ path: Path) throws(Diagnostic) {
    guard isFresh, let bytes = try SafeFiles.read(path) else { return }
    isFresh = false
    guard bytes.last != nil else { return }
    var end = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    // A last line that is complete but wrong is cut as well: it was never acted upon.
    let whole = bytes[..<end].split(separator: UInt8(ascii: "\n")).last
    if let whole, JournalLine.record(Substring(String(decoding: whole, as: UTF8.self))) == nil {
      end -= whole.count + 1
    }
    guard end == bytes.count || ftruncate(file.number, off_t(end)) == 0 else { throw .file("write", path, errno) }
  }
  private var isFresh = true

  static func directory(_ number: Int, in paths: StatePaths) -> Path {
    let digits = String(number)
    return paths.runs / (String(repeating: "0", count: max(0, 4 - digits.count)) + digits)
  }
}

/// A step of a run, with all that the journal says of it.
struct JournaledStep {
  enum State { case open, done, failed, takenBack }
  let number: Int
  let planned: JournalStep
  let before: Image
  /// When it was begun, in seconds since 1970.
  let began: Int
  var after: Image?
  var state: State
  /// What harden had made earlier and the step removed, by resource.
  var disowned: [String: Ledger.Entry]?
  /// Where contents that its images name are kept.
  var blobs: BlobStore?
}

extension Journal {
  /// The run's steps in order of doing.
  var steps: [JournaledStep] {
    var steps: [JournaledStep] = []
    for record in records {
      guard let number = record.step else { continue }
      switch record.kind {
      case .intent:
        guard let planned = record.planned else { continue }
        steps.append(
          JournaledStep(
            number: number, planned: planned, before: record.before ?? Image(), began: record.time, after: nil,
            state: .open, blobs: blobs))
      case .done, .failed, .takenBack:
        guard let index = steps.lastIndex(where: { $0.number == number }) else { continue }
        steps[index].state = record.kind == .done ? .done : record.kind == .failed ? .failed : .takenBack
        if let after = record.after { steps[index].after = after }
        if let disowned = record.disowned { steps[index].disowned = disowned }
      case .resumed, .finished: break
      }
    }
    return steps
  }

  /// Whether the run never came to an end.
  var isOpen: Bool { records.last { $0.kind == .finished || $0.kind == .resumed }?.kind != .finished }
}

extension Diagnostic {
  fileprivate static func noRun(_ number: Int, _ paths: StatePaths) -> Diagnostic {
    Diagnostic(
      "No such run", detail: "The journal in \(paths.runs) knows no run \(number).", fix: "harden history")
  }

  fileprivate static func newer(_ path: Path, _ format: Int) -> Diagnostic {
    Diagnostic(
      "Journal of a newer harden",
      detail:
        "\(path) is written in format \(format), and this harden knows formats up to \(RunHeader.format). Working "
        + "on beside it could lose what it recorded.",
      fix: "Use the harden that made it, or a newer one.")
  }

  fileprivate static func damaged(_ path: Path) -> Diagnostic {
    Diagnostic(
      "Journal damaged",
      detail: "\(path) is not as harden wrote it. What that run did cannot be taken back with certainty.",
      fix: "Restore \(path) from a backup, or move its directory aside to go on without it.")
  }
}
