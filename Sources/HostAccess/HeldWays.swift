import HostState

/// The ways in that a revert made, as far as they must stay: what had closed the other ones cannot be put back.
///
/// Newest first, what closed a way in is taken back before the account, the key and the port that were made in its stead.
/// Where the former fails, those are all that still leads in.
struct HeldWays {
  /// The resources that opened a way in.
  private let openers: Set<String>
  private var isHolding = false

  /// - Parameter steps: all that are to be taken back.
  init(_ steps: [JournaledStep]) {
    openers = Set(steps.filter { $0.planned.step.risk == .opens }.map(\.planned.address))
  }

  /// To be told of each step that could not be taken back.
  mutating func failed(_ step: JournaledStep) {
    if step.planned.step.risk.concernsAccess { isHolding = true }
  }

  /// To be told where a daemon could not be told of what was put back.
  mutating func failedToTell() { isHolding = true }

  /// Whether a step has to stay for now.
  func holds(_ step: JournaledStep) -> Bool { isHolding && openers.contains(step.planned.address) }
}
