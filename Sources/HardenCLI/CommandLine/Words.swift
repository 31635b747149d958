extension [String] {
  /// What can be chosen from: `There are vps and static-site.`
  var asThereAre: String {
    guard let last, count > 1 else { return "There is \(first ?? "none")." }
    return "There are \(dropLast().joined(separator: ", ")) and \(last)."
  }
}
