import Planning
import Reporting
import Synchronization

/// The progress of an apply on standard error: one line that is written over at a terminal, a line a step elsewhere.
final class ProgressDisplay: Sendable {
  private let console: Console
  private let style: Style
  private let state = Mutex(State())

  private struct State {
    /// Whether the terminal's current line is only for now.
    var isOpen = false
    /// When a log was last told that a step still lives.
    var lastWord = ContinuousClock.now
  }

  /// Seconds between two words about one step in a log.
  private static let patience = Duration.seconds(20)

  init(_ console: Console, style: Style) { (self.console, self.style) = (console, style) }

  func show(_ number: Int, of total: Int, _ step: PlannedStep, _ progress: StepProgress) {
    let line = Report.progress(number, of: total, step, progress, style: style)
    state.withLock { state in
      if console.errorsAreTerminal {
        console.note((state.isOpen ? "\r\u{1B}[K" : "") + line + (progress.isFinal ? "\n" : ""))
        state.isOpen = !progress.isFinal
        return
      }
      switch progress {
      case .started: state.lastWord = .now
      case .working:
        guard ContinuousClock.now - state.lastWord > Self.patience else { return }
        state.lastWord = .now
        console.note(line + "\n")
      case .done, .failed: console.note(line + "\n")
      }
    }
  }

  /// Ends a line that was only for now, so that what comes next begins by itself.
  func close() {
    state.withLock { state in
      if state.isOpen { console.note("\n") }
      state.isOpen = false
    }
  }
}

extension StepProgress {
  fileprivate var isFinal: Bool {
    switch self {
    case .started, .working: false
    case .done, .failed: true
    }
  }
}
