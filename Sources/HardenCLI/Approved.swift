import HostState
import Planning

/// What somebody approved of: the deeds of a plan, and its changes in words.
///
/// How a value reads today may be foreseen and turn out otherwise, and what is left of a half-done resource is worded
/// in another way than the whole; the deeds then are the same.
struct Approved {
  private var deeds: Set<Deed> = []
  private var words: Set<[String]> = []
  /// Addresses of resources that more was said to follow for.
  private(set) var announced: Set<String> = []

  init(_ plan: Plan) { add(plan) }

  mutating func add(_ plan: Plan) {
    for planned in plan.steps { deeds.formUnion(Deed.all(of: planned.step.action)) }
    for change in plan.changes { words.insert([change.subject, change.property]) }
    announced.formUnion(plan.announced)
  }

  /// The changes of resources that need a deed which nobody saw.
  func unseen(in plan: Plan) -> [Change] {
    let strange = Set(
      plan.steps.filter { !deeds.isSuperset(of: Deed.all(of: $0.step.action)) }.map(\.address))
    return plan.sections.flatMap(\.items).filter { strange.contains($0.address) }
      .flatMap(\.changes).filter { !words.contains([$0.subject, $0.property]) }
  }

  /// Whether this was said to follow; never what concerns a way in.
  func hasAnnounced(_ change: Change, in plan: Plan) -> Bool {
    plan.sections.flatMap(\.items).filter { $0.changes.contains(change) }.allSatisfy { item in
      announced.contains(item.address)
        && !plan.steps.contains { $0.address == item.address && $0.step.risk.concernsAccess }
    }
  }

  private enum Deed: Hashable {
    case file(Path)
    case install(String)
    case unit(String)
    case other(Action)

    static func all(of action: Action) -> [Deed] {
      switch action {
      case .install(let packages): packages.map { .install($0) }
      case .reload(let unit, _, _, _), .setUnit(let unit, _, _): [.unit(unit)]
      default: [action.path.map { .file($0) } ?? .other(action)]
      }
    }
  }
}
