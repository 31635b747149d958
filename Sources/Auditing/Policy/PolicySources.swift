/// One directive's sources, in a class: what `script-src`, `style-src` and `object-src` fall back to is `default-src`
/// itself, so that what is struck out of one is struck out of all.
final class PolicySources {
  var texts: [String]
  init(_ texts: [String]) { self.texts = texts }

  func contains(anyOf others: [String]) -> Bool { texts.contains { others.contains($0) } }
  func hasOne(beginningWith prefixes: [String]) -> Bool {
    texts.contains { text in prefixes.contains { text.begins(with: $0) } }
  }
  func remove(where shouldGo: (String) -> Bool) { texts.removeAll(where: shouldGo) }
}

/// One or more Content-Security-Policies brought together as the Observatory does it.
struct ParsedPolicies {
  private(set) var directives: [String: PolicySources] = [:]
  /// `report-uri` or `report-to` stands twice in a policy.
  private(set) var hasDuplicates = false

  subscript(_ directive: String) -> PolicySources? { directives[directive] }
  mutating func remove(_ names: [String]) { for name in names { directives[name] = nil } }

  /// Nil for policies that make the whole list invalid.
  init?(_ policies: [String]) {
    var known: [String: [Source]] = [:]
    for (number, policy) in policies.enumerated() {
      let text = String(String.UnicodeScalarView(policy.unicodeScalars.filter { $0 != "\r" && $0 != "\n" })).trimmed
      guard text.utf16.count >= 6 else { return nil }
      var seen: Set<String> = []
      for entry in text.pieces(at: ";") {
        let words = entry.words.map { $0.lowercased() }
        guard let directive = words.first else { continue }
        if !seen.insert(directive).inserted {
          guard directive == "report-uri" || directive == "report-to" else { return nil }
          hasDuplicates = true
        }
        var texts = Array(words.dropFirst())
        if texts.isEmpty, directive.hasSuffix("-src") { texts = ["'none'"] }
        let added = texts.map { Source(text: $0, policy: number, isKept: number == 0) }
        let before = number == 0 ? [] : (known[directive] ?? [])
        guard let merged = Self.merged(before + added, isFirst: number == 0, isOnly: policies.count == 1) else {
          return nil
        }
        known[directive] = merged
      }
    }
    directives = known.mapValues { sources in
      var seen: Set<String> = []
      let texts = sources.map(\.text).filter { seen.insert($0).inserted }
      return PolicySources(texts.isEmpty ? ["'none'"] : texts)
    }
  }

  private struct Source {
    let text: String
    let policy: Int
    var isKept: Bool
  }

  /// A longer source goes next to its prefix; a source stays if a later policy has one that it covers.
  private static func merged(_ all: [Source], isFirst: Bool, isOnly: Bool) -> [Source]? {
    var sources = sorted(all)
    for index in sources.indices.dropFirst() {
      let (before, here) = (sources[index - 1], sources[index])
      if before.policy == here.policy {
        if here.text.begins(with: before.text) { sources[index].isKept = false }
      } else {
        guard let matches = pathMatches(before.text, here.text) else { return nil }
        if matches { sources[index].isKept = true }
      }
    }
    sources.removeAll { !$0.isKept }
    // To be confirmed by a later policy.
    if isFirst, !isOnly { for index in sources.indices { sources[index].isKept = false } }
    return sources
  }

  private static func sorted(_ sources: [Source]) -> [Source] {
    sources.enumerated().sorted { left, right in
      let order = Collation.compare(left.element.text, right.element.text)
      return order == 0 ? left.offset < right.offset : order < 0
    }.map(\.element)
  }

  /// Nil for percent escapes that are none.
  private static func pathMatches(_ one: String, _ other: String) -> Bool? {
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

/// The root collation of CLDR, as far as sources of a policy need it: punctuation, digits, letters.
enum Collation {
  /// Negative, zero or positive.
  static func compare(_ left: String, _ right: String) -> Int {
    let (left, right) = (left.unicodeScalars.map(weight), right.unicodeScalars.map(weight))
    for (mine, theirs) in zip(left, right) where mine != theirs { return mine < theirs ? -1 : 1 }
    return left.count - right.count
  }

  private static func weight(_ scalar: Unicode.Scalar) -> UInt32 { weights[scalar] ?? scalar.value + 1000 }

  private static let weights: [Unicode.Scalar: UInt32] = {
    let order = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"
    return Dictionary(uniqueKeysWithValues: order.unicodeScalars.enumerated().map { ($0.element, UInt32($0.offset)) })
  }()
}
