import Foundation
import Synchronization

/// Signals that ask an apply to stop: it does at the next step boundary, with the journal whole.
///
/// SIGHUP is ignored, so that a lost connection does not leave a host half done; SIGPIPE too, since whoever reads the
/// progress may go away.
enum Interruption {
  private static let requests = Atomic<Int>(0)

  /// How often somebody asked to stop; a second time also ends the program that runs.
  static var count: Int { requests.load(ordering: .relaxed) }
  static var isRequested: Bool { count > 0 }

  /// Starts to listen. Children get the default dispositions back when they are started: only handlers are reset by
  /// `execve(2)`, and what is ignored here is what they should ignore as well.
  static func listen() {
    // The lazy global must exist before a handler, in which nothing may be allocated, touches it.
    _ = count
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in Interruption.requests.wrappingAdd(1, ordering: .relaxed) }
      sigaction(number, &action, nil)
    }
    signal(SIGHUP, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
  }
}
