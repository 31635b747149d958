import Foundation
import HostAccess
import HostState
import HostTesting

/// A host that was written down: answers what was asked of it then, and says of all else that it is not known.
struct RecordedHost: Respondent, Codable {
  struct Entry: Codable {
    let inquiry: Inquiry
    let answer: Answer<Fact>
  }
  let answers: [Entry]

  func answers(to inquiries: Set<Inquiry>) -> [Inquiry: Answer<Fact>] {
    var table: [Inquiry: Answer<Fact>] = [:]
    for entry in answers { table[entry.inquiry] = entry.answer }
    var found: [Inquiry: Answer<Fact>] = [:]
    for inquiry in inquiries { found[inquiry] = table[inquiry] ?? .unreadable(reason: "the recording does not say") }
    return found
  }

  /// A stock release by name, or a recording by file.
  ///
  /// - Throws: a `Diagnostic` where there is neither.
  static func named(_ name: String) throws(Diagnostic) -> any Respondent {
    switch name {
    case "debian-12": return SimulatedHost.debian(12)
    case "debian-13": return SimulatedHost.debian(13)
    default: break
    }
    guard let text = try UserFiles.text(of: name, limit: 64 << 20) else { throw .noRecording(name) }
    do {
      return try JSONDecoder().decode(RecordedHost.self, from: Data(text.utf8))
    } catch {
      throw .notARecording(name)
    }
  }
}

extension Diagnostic {
  fileprivate static func noRecording(_ name: String) -> Diagnostic {
    Diagnostic(
      "No such recording",
      detail: "“\(name)” is no file, and the hosts that are built in are debian-12 and debian-13.",
      fix: "--recorded debian-12")
  }
  fileprivate static func notARecording(_ name: String) -> Diagnostic {
    Diagnostic("Not a recording", detail: "“\(name)” is not what harden writes down of a host.")
  }
}
