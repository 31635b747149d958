extension Array where Element == String {
  /// The first of them, and how many more there are: `a, b and 3 more`.
  package func listed(first limit: Int) -> String {
    prefix(limit).joined(separator: ", ") + (count > limit ? " and \(count - limit) more" : "")
  }
}
