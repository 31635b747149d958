/// What several policies say of one directive, brought together as the Observatory does it: of the first policy's
/// sources those stay that a later one confirms, and what confirms a source stays with it.
///
/// For every policy the original sorts all sources and compares each with the one before it. What a policy cannot have
/// changed is not compared again here, so that a page with thousands of policies takes no hours; the outcome is the same.
struct MergedSources {
  /// By the order of the original's collation, each once.
  private let texts: [String]
  /// Which policies have the text and are not superfluous, by the text's place.
  private var holders: [Queue]
  private var held: NumberSet
  /// Places whose text, or the one before it, changed with the last policy.
  private var due: Set<Int> = []

  /// A directive's sources in the order of the policies; the first policy's are never confirmed by themselves.
  ///
  /// Nil for percent escapes that are none, which make all policies invalid.
  static func merged(_ lists: [(policy: Int, sources: [String])]) -> [String]? {
    let all = lists.flatMap(\.sources)
    let keys = all.map(Collation.key)
    var (texts, places): ([String], [Int]) = ([], Array(repeating: 0, count: all.count))
    var last: [UInt32]?
    for index in keys.indices.sorted(by: { keys[$0].lexicographicallyPrecedes(keys[$1]) }) {
      if keys[index] != last { texts.append(all[index]) }
      (last, places[index]) = (keys[index], texts.count - 1)
    }
    var rest = places[...]
    let steps = lists.map { list in
      defer { rest = rest.dropFirst(list.sources.count) }
      return (policy: list.policy, places: Set(rest.prefix(list.sources.count)).sorted())
    }
    // Where the first policy repeats the directive, the last time counts.
    let first = steps.last { $0.policy == 0 }.map { withoutLonger($0.places, texts) } ?? []
    let later = steps.filter { $0.policy > 0 }
    guard let second = later.first else { return first.map { texts[$0] } }
    var merged = MergedSources(texts: texts)
    guard merged.confirm(first, by: second.policy, second.places) else { return nil }
    for step in later.dropFirst() { guard merged.add(step.policy, step.places) else { return nil } }
    return merged.held.all.map { texts[$0] }
  }

  private init(texts: [String]) {
    (self.texts, holders) = (texts, Array(repeating: Queue(), count: texts.count))
    held = NumberSet(below: texts.count)
  }

  /// Next to its own prefix a source is superfluous.
  private static func withoutLonger(_ places: [Int], _ texts: [String]) -> [Int] {
    places.prefix(1)
      + zip(places, places.dropFirst()).filter { !texts[$1].begins(with: texts[$0]) }.map(\.1)
  }

  /// The first policy's sources and those of another one: what the neighbour of the other policy covers stays.
  private mutating func confirm(_ first: [Int], by policy: Int, _ places: [Int]) -> Bool {
    let all = (first.map { ($0, 0) } + places.map { ($0, policy) }).sorted { $0 < $1 }
    for (before, here) in zip(all, all.dropFirst()) where before.1 != here.1 {
      guard let matches = PathMatch.covers(texts[before.0], texts[here.0]) else { return false }
      if matches { hold(here.0, here.1) }
    }
    due = Set(held.all)
    return true
  }

  /// A further policy's sources, in order and each once. False where an escape is none.
  private mutating func add(_ policy: Int, _ places: [Int]) -> Bool {
    var (kept, superfluous): ([Int], [Int]) = ([], [])
    for place in places {
      let same = holders[place].last.map { (place, $0) }
      guard let before = same ?? self.before(place, policy, places), before.1 != policy else { continue }
      guard let matches = PathMatch.covers(texts[before.0], texts[place]) else { return false }
      if matches { kept.append(place) }
    }
    let candidates = due.union(places.compactMap { held.first(above: $0) })
    due = []
    for place in candidates {
      guard let own = holders[place].first, let before = self.before(place, policy, places) else { continue }
      if before.1 == own {
        if texts[place].begins(with: texts[before.0]) { superfluous.append(place) }
      } else if PathMatch.covers(texts[before.0], texts[place]) == nil {
        return false
      }
      // With the next policy another one stands before it.
      if before.1 == policy { due.insert(place) }
    }
    for place in superfluous {
      holders[place].removeFirst()
      if holders[place].first == nil { held.remove(place) }
    }
    for place in kept { hold(place, policy) }
    for place in superfluous + kept { due.formUnion([place, held.first(above: place)].compactMap { $0 }) }
    return true
  }

  private mutating func hold(_ place: Int, _ policy: Int) {
    holders[place].append(policy)
    held.insert(place)
  }

  /// The source before this text: of those that are held, and of the policy that is being added.
  private func before(_ place: Int, _ policy: Int, _ added: [Int]) -> (Int, Int)? {
    var (low, high) = (0, added.count)
    while low < high {
      let middle = (low + high) / 2
      if added[middle] < place { low = middle + 1 } else { high = middle }
    }
    let new = low > 0 ? added[low - 1] : -1
    if let old = held.last(below: place), old > new { return holders[old].last.map { (old, $0) } }
    return new >= 0 ? (new, policy) : nil
  }

  private struct Queue {
    private var numbers: [Int] = []
    private var start = 0
    var first: Int? { start < numbers.count ? numbers[start] : nil }
    var last: Int? { start < numbers.count ? numbers.last : nil }
    mutating func append(_ number: Int) { numbers.append(number) }
    mutating func removeFirst() { start += 1 }
  }
}

/// Whether a source's address covers another's, by their paths.
enum PathMatch {
  /// Nil for percent escapes that are none.
  static func covers(_ one: String, _ other: String) -> Bool? {
    if one.isEmpty || (one == "/" && other.isEmpty) { return true }
    var (left, right) = (one.pieces(at: "/"), other.pieces(at: "/"))
    let isDirectory = one.hasSuffix("/")
    if left.count > right.count || (!isDirectory && left.count != right.count) { return false }
    if isDirectory { left.removeLast() }
    right = Array(right.prefix(left.count))
    for (mine, theirs) in zip(left, right) {
      guard let mine = strictlyDecoded(mine), let theirs = strictlyDecoded(theirs) else { return nil }
      if mine != theirs { return false }
    }
    return true
  }

  /// `decodeURIComponent` of ECMA-262: nil where an escape is none, or what it gives is no UTF-8.
  private static func strictlyDecoded(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "%") {
      guard index + 2 < bytes.count, Unicode.Scalar(bytes[index + 1]).isHexDigit,
        Unicode.Scalar(bytes[index + 2]).isHexDigit
      else { return nil }
    }
    let decoded = percentDecoded(text)
    return decoded.unicodeScalars.contains("\u{FFFD}") && !text.unicodeScalars.contains("\u{FFFD}") ? nil : decoded
  }
}
