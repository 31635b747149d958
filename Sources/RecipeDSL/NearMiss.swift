/// The candidate that was most likely meant; nil where none is close.
package func nearMiss(to word: String, in candidates: [String]) -> String? {
  // No name is that long, and to compare one would take its time.
  guard word.utf8.count <= 200 else { return nil }
  var best: (candidate: String, distance: Int)?
  for candidate in candidates.sorted() {
    let distance = editDistance(word, candidate)
    let isPrefix = word.count >= 3 && candidate.hasPrefix(word)
    guard isPrefix || distance <= max(1, min(word.count, candidate.count) / 3) else { continue }
    let rank = isPrefix ? 0 : distance
    if rank < (best?.distance ?? .max) { best = (candidate, rank) }
  }
  return best?.candidate
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
private func editDistance(_ left: String, _ right: String) -> Int {
  let (a, b) = (Array(left.lowercased()), Array(right.lowercased()))
  var rows = [Array(0...b.count)]
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, rows[i - 1][j - 1] + 1) }
      row.append(cost)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
