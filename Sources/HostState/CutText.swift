extension StringProtocol {
  /// No more of it than so many characters, whole words where it can be: `It was generated…`.
  package func cut(to limit: Int) -> String {
    guard count > limit else { return String(self) }
    let head = prefix(limit)
    let words = head.lastIndex(of: " ").map { head[..<$0] } ?? head
    return words + "…"
  }
}
