import HostState

/// Asks a question over planned writes that are not there yet.
public struct OverlayRunner: Sendable {
  public init() {}

  /// What has to be run for an answer; nil when that is known without.
  func job(for command: Command, over overlay: Overlay) -> ProcessRunner.Job? {
    overlay.isEmpty ? .init(command) : nil
  }

  func answer(_ outcome: ProcessRunner.Outcome?, to command: Command, over overlay: Overlay) -> Answer<Fact> {
    guard let outcome else { return .unreadable(reason: "overlays cannot be laid yet") }
    switch outcome {
    case .finished(let result): return .there(value: .output(result))
    case .noProgram: return .absent
    default: return outcome.reading(of: command).fact { _ in nil }
    }
  }
}
