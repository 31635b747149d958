import Foundation
import HostAccess
import HostState

/// The questions that the last apply ended up asking, so that the next run asks them all at once.
///
/// Only which questions, never an answer. A host that never saw an apply, or whose file is not understood, is asked in
/// rounds, which comes to the same.
struct Foreseen: Codable, Hashable, Sendable {
  static let format = 1
  static let file = "/var/lib/harden/questions.json"

  var format = Foreseen.format
  /// Sorted, so that the same questions are the same bytes.
  var probes: [Probe]

  init(_ probes: Set<Probe>) {
    let texts = probes.map { (text: (try? JSONText.compact($0)) ?? "", probe: $0) }
    self.probes = texts.sorted { $0.text < $1.text }.map(\.probe)
  }

  static func read(_ file: String = Foreseen.file) -> Set<Inquiry> {
    guard let text = try? UserFiles.text(of: file, limit: 8 << 20),
      let foreseen = try? JSONDecoder().decode(Foreseen.self, from: Data(text.utf8)), foreseen.format == format
    else { return [] }
    return Set(foreseen.probes.map { Inquiry($0) })
  }

  /// Whether all of these are in the file.
  func isKnown(in file: String = Foreseen.file) -> Bool { Self.read(file).isSuperset(of: probes.map { Inquiry($0) }) }

  /// Into a directory that is there already and that root alone can enter.
  func write(to file: String = Foreseen.file) throws(Diagnostic) {
    try UserFiles.writeState(try JSONText.compact(self), to: file)
  }
}
