import Testing

@testable import Auditing

@Suite("Policies brought together")
struct MergingTests {
  @Test("as the original does it, whatever is said in them", arguments: 1...20)
  func same(seed: UInt64) {
    var random = Numbers(state: seed &* 7919)
    let texts = "a a/ a/b a/b/ a/b/c a/c a/%62/ ab a.b/ / b b/ 'none' a/c/d B/X".words
    let bad = ["a/%zz", "b/%f", "a/%ff/"]
    for _ in 0..<100 {
      // Few texts and few directives, so that they meet; escapes that are none now and then.
      let known = (0..<(2 + random.below(8))).map { _ in texts[random.below(texts.count)] }
      let policies = (0..<(1 + random.below(9))).map { _ in
        ["x-src", "report-uri", "y"].flatMap { directive in
          (0..<random.below(directive == "report-uri" ? 3 : 2)).map { _ in
            let words = (0..<random.below(5)).map { _ in
              random.below(200) == 0 ? bad[random.below(bad.count)] : known[random.below(known.count)]
            }
            return ([directive] + words).joined(separator: " ")
          }
        }.joined(separator: ";") + ";      z"
      }
      let merged = ParsedPolicies(policies)?.directives.mapValues(\.texts)
      #expect(merged == Original.directives(policies), "\(policies)")
    }
  }

  @Test("sources stand in the order that ICU gives them, also outside of ASCII")
  func order() {
    let inOrder = [
      "a_b", "a-b", "a'", "a\u{B6}", "a/", "a%", "a\u{B4}", "a\u{A8}", "a\u{D7}", "a~", "a\u{A4}", "a$", "a0", "a1",
      "a\u{B9}", "a\u{BD}", "a10", "a2", "aa", "aa\u{85}", "ad", "ae", "\u{E6}", "\u{E9}a", "e\u{E9}", "f", "\u{B5}",
    ]
    for (one, other) in zip(inOrder, inOrder.dropFirst()) {
      #expect(Collation.key(one).lexicographicallyPrecedes(Collation.key(other)), "\(one) \(other)")
    }
    #expect(Collation.key("a\u{81}b").prefix(2) == Collation.key("ab").prefix(2))
  }

  @Test("a page with very many policies takes no hours", .timeLimit(.minutes(5)))
  func many() throws {
    let count = 5000
    let one = try #require(ParsedPolicies((0..<count).map { "default-src https://a\($0)/x https://b" }))
    #expect(one["default-src"]?.texts == ["https://b"])
    // Each comes to stand next to the folder, and stays.
    let folder = Array(repeating: "img-src a/", count: 2)
    let other = try #require(ParsedPolicies(folder + (0..<count).map { "img-src a/\(99_999 - $0)" }))
    #expect(other["img-src"]?.texts.count == count + 1)
    let long = (0..<count).map { "https://a\($0)/" }.joined(separator: " ")
    #expect(try #require(ParsedPolicies(["img-src \(long)", "img-src \(long)"]))["img-src"]?.texts.count == count)
  }

  @Test("the nearest numbers of a set")
  func numbers() {
    for bound in [1, 2, 63, 64, 65, 4096, 5000] {
      var random = Numbers(state: UInt64(bound))
      var (set, plain) = (NumberSet(below: bound), Set<Int>())
      for _ in 0..<300 {
        let number = random.below(bound)
        if random.below(3) == 0 {
          set.remove(number)
          plain.remove(number)
        } else {
          set.insert(number)
          plain.insert(number)
        }
        let at = random.below(bound)
        #expect(set.contains(at) == plain.contains(at))
        #expect(set.last(below: at) == plain.filter { $0 < at }.max())
        #expect(set.first(above: at) == plain.filter { $0 > at }.min())
      }
      #expect(set.all == plain.sorted())
    }
  }
}

/// The same numbers every time.
private struct Numbers {
  var state: UInt64
  mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
}

/// Step by step as the Observatory's own code goes: sorted anew, and compared from one end to the other, for each policy.
private enum Original {
  struct Source {
    let text: String
    let policy: Int
    var isKept: Bool
  }

  static func directives(_ policies: [String]) -> [String: [String]]? {
    var known: [String: [Source]] = [:]
    for (number, policy) in policies.enumerated() {
      for entry in policy.pieces(at: ";") {
        let words = entry.words.map { $0.lowercased() }
        guard let directive = words.first else { continue }
        var texts = Array(words.dropFirst())
        if texts.isEmpty, directive.hasSuffix("-src") { texts = ["'none'"] }
        let added = texts.map { Source(text: $0, policy: number, isKept: number == 0) }
        let before = number == 0 ? [] : (known[directive] ?? [])
        guard let merged = merged(before + added, isFirst: number == 0, isOnly: policies.count == 1) else { return nil }
        known[directive] = merged
      }
    }
    return known.mapValues { sources in
      var seen: Set<String> = []
      let texts = sources.map(\.text).filter { seen.insert($0).inserted }
      return texts.isEmpty ? ["'none'"] : texts
    }
  }

  private static func merged(_ all: [Source], isFirst: Bool, isOnly: Bool) -> [Source]? {
    var sources = all.enumerated().sorted { left, right in
      let (one, other) = (Collation.key(left.element.text), Collation.key(right.element.text))
      return one == other ? left.offset < right.offset : one.lexicographicallyPrecedes(other)
    }.map(\.element)
    for index in sources.indices.dropFirst() {
      let (before, here) = (sources[index - 1], sources[index])
      if before.policy == here.policy {
        if here.text.begins(with: before.text) { sources[index].isKept = false }
      } else {
        guard let matches = PathMatch.covers(before.text, here.text) else { return nil }
        if matches { sources[index].isKept = true }
      }
    }
    sources.removeAll { !$0.isKept }
    if isFirst, !isOnly { for index in sources.indices { sources[index].isKept = false } }
    return sources
  }
}
