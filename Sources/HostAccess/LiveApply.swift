import Glibc
import HostState

/// An apply that is still at work when its time is over, and what it has started: asked to step aside, then ended.
///
/// Told by `SIGUSR1`, an apply that can still listen becomes one that waits for the revert and says how that went. One
/// that cannot is killed. What it started has the run's lock for its input and is found by that; it is asked first
/// (dpkg gets a moment to end well), each with its whole process group.
struct LiveApply {
  private let worker: ProcessStatus?
  private var asked: Double?
  private var groups: [pid_t: Double] = [:]

  /// Seconds to step aside in.
  static let patience = 3.0

  init(_ worker: ProcessStatus?) { self.worker = worker }

  /// Does what is due now; to be called again until nobody holds the lock.
  mutating func press(_ holders: [RunLock.Holder], _ progress: (String) -> Void) {
    let now = Clocks.monotonic
    if let worker, worker.isAlive, holders.contains(where: { $0.process == worker.process }) {
      if let asked {
        if now - asked > Self.patience { kill(worker.process, SIGKILL) }
      } else {
        progress("stopping the apply that is still at work (process \(worker.process))")
        asked = now
        // One that was stopped hears nothing until it goes on.
        kill(worker.process, SIGUSR1)
        kill(worker.process, SIGCONT)
      }
      return
    }
    for holder in holders {
      let group = getpgid(holder.process)
      let target = group > 1 && group != getpgrp() ? -group : holder.process
      guard let since = groups[target] else {
        progress("ending \(holder.words)")
        groups[target] = now
        kill(target, SIGTERM)
        kill(target, SIGCONT)
        continue
      }
      if now - since > Self.patience { kill(target, SIGKILL) }
    }
  }
}
