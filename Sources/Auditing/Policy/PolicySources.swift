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
    var said: [String: [(policy: Int, sources: [String])]] = [:]
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
        said[directive, default: []].append((number, texts))
      }
    }
    for (directive, lists) in said {
      guard let texts = MergedSources.merged(lists) else { return nil }
      directives[directive] = PolicySources(texts.isEmpty ? ["'none'"] : texts)
    }
  }
}
