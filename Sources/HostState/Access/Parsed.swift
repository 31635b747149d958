import Synchronization

/// Remembers what a text says, so that it is parsed once, however often resources look at it.
///
/// All resources are asked again after each round of questions and at the end of a plan, about texts that are mostly the
/// same: without this a plan for a blank host spends half of its time on parsing apt's and sshd's output anew.
package final class Parsed<Source: Hashable & Sendable, Meaning: Sendable>: Sendable {
  private let known = Mutex<[Source: Meaning]>([:])
  private let parse: @Sendable (Source) -> Meaning
  /// More texts than these are not held.
  private let most: Int

  package init(most: Int = 64, _ parse: @escaping @Sendable (Source) -> Meaning) {
    (self.most, self.parse) = (most, parse)
  }

  package subscript(source: Source) -> Meaning {
    if let meaning = known.withLock({ $0[source] }) { return meaning }
    let meaning = parse(source)
    known.withLock {
      if $0.count >= most { $0.removeAll() }
      $0[source] = meaning
    }
    return meaning
  }
}
