import HostState
import HostTesting

/// A stock release as it was written down.
enum RecordedHost {
  /// - Throws: a `Diagnostic` where there is none of that name.
  static func named(_ name: String) throws(Diagnostic) -> SimulatedHost {
    switch name {
    case "debian-12": return .debian(12)
    case "debian-13": return .debian(13)
    default: throw .noRecording(name)
    }
  }
}

extension Diagnostic {
  fileprivate static func noRecording(_ name: String) -> Diagnostic {
    Diagnostic(
      "No such recording", detail: "“\(name)” was never written down; debian-12 and debian-13 were.",
      fix: "--recorded debian-12")
  }
}
