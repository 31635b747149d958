import Dispatch
import Synchronization

/// A value that another thread works out while this one goes on.
final class Meanwhile<Value: Sendable>: Sendable {
  private let group = DispatchGroup()
  private let result = Mutex<Value?>(nil)

  init(_ work: @escaping @Sendable () -> Value) {
    DispatchQueue.global().async(group: group) { [self] in
      let value = work()
      result.withLock { $0 = value }
    }
  }

  /// Waits for the work to end.
  var value: Value {
    group.wait()
    guard let value = result.withLock({ $0 }) else { preconditionFailure("left before the work was done") }
    return value
  }
}
