/// `1 change`, `2 changes`.
func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}

/// `a`, `a and b`, `a, b and c`.
package func listed(_ words: [String]) -> String {
  guard let last = words.last, words.count > 1 else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " and " + last
}

/// The sentence with a full stop at its end, unless it brings one.
func sentence(_ text: String) -> String {
  guard let last = text.last, !".:!?…".contains(last) else { return text }
  return text + "."
}
