import Foundation
import HostAccess
import Synchronization

/// Signals that ask an apply to stop: it does at the next step boundary, with the journal whole.
///
/// The first SIGINT or SIGTERM is a wish; a second one also ends the program that runs. SIGHUP is ignored, so that a
/// lost connection does not leave a host half done; SIGPIPE too, since whoever reads the progress may go away.
enum Interruption {
  private static let requests = Atomic<Int>(0)
  private static let wakeUp = Atomic<Int32>(-1)

  /// Where the words lie that this process becomes on SIGUSR1: a revert that found it at work.
  private static let afterlife = Atomic<UInt>(0)

  /// Whether somebody asked to stop.
  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  /// What to run in this process' place once a revert asks it to step aside.
  static func setAfterlife(_ words: [String]) {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: words.count + 1)
    for (index, word) in words.enumerated() { pointers[index] = strdup(word) }
    pointers[words.count] = nil
    afterlife.store(UInt(bitPattern: pointers), ordering: .relaxed)
  }

  /// Starts to listen. Handlers, not ignored signals: `execve(2)` resets the former and hands the latter on to children.
  ///
  /// - Parameters:
  ///   - endsSteps: whether the second request ends the program that runs.
  ///   - heard: told how many requests came, on a thread of its own.
  static func listen(endsSteps: Bool, heard: @escaping @Sendable (Int) -> Void) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    wakeUp.store(ends[1], ordering: .relaxed)
    requests.store(0, ordering: .relaxed)
    let end = ends[0]
    Thread.detachNewThread {
      var (byte, count) = (UInt8(0), 0)
      while true {
        let got = read(end, &byte, 1)
        // The signal itself may have come to this thread.
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else { return }
        count += 1
        heard(count)
        if endsSteps && count > 1 { ProcessRunner.signalAll(SIGINT) }
      }
    }
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      // Nothing but atomics and write(2), as signal-safety(7) demands.
      action.__sigaction_handler.sa_handler = { _ in
        let saved = errno
        Interruption.requests.wrappingAdd(1, ordering: .relaxed)
        var byte = UInt8(1)
        _ = write(Interruption.wakeUp.load(ordering: .relaxed), &byte, 1)
        errno = saved
      }
      sigaction(number, &action, nil)
    }
    var aside = sigaction()
    // execve(2) is signal-safe, and with it all threads are gone between two instructions, whatever they hung in.
    aside.__sigaction_handler.sa_handler = { _ in
      guard
        let words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>(
          bitPattern: Interruption.afterlife.load(ordering: .relaxed)), let program = words[0]
      else { return }
      execve(program, words, environ)
    }
    sigaction(SIGUSR1, &aside, nil)
    signal(SIGHUP, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
  }
}
