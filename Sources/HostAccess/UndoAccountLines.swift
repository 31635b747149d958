extension AccountImages {
  /// The line with the fields that the step changed as they were before; nil where somebody else changed one of them too.
  static func merged(before: String, after: String, now: String) -> String? {
    let (before, after, now) = (fields(before[...]), fields(after[...]), fields(now[...]))
    guard before.count == after.count, now.count == after.count else { return nil }
    var merged: [String] = []
    for index in now.indices {
      if now[index] == after[index] || now[index] == before[index] {
        merged.append(before[index])
      } else if before[index] == after[index] {
        merged.append(now[index])
      } else {
        return nil
      }
    }
    return merged.joined(separator: ":")
  }
}
