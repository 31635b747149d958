/// What a comma-separated list loses and gains: ciphers, names of hosts. Easier on the eye than the list twice.
struct ListDifference {
  private let lost: [String]
  private let gained: [String]
  private let count: Int

  /// Nil where one of them is not a list of at least three.
  init?(from before: String, to after: String) {
    let (old, new) = (Self.elements(before), Self.elements(after))
    guard max(old.count, new.count) >= 3, min(old.count, new.count) >= 1 else { return nil }
    guard !(old + new).contains(where: { $0.isEmpty || $0.contains(" ") }) else { return nil }
    lost = old.filter { !new.contains($0) }
    gained = new.filter { !old.contains($0) }
    // The same ones, another number of times: the lists themselves say it best.
    guard !lost.isEmpty || !gained.isEmpty || old.sorted() == new.sorted() else { return nil }
    count = new.count
  }

  func lines(width: Int) -> [String] {
    if lost.isEmpty && gained.isEmpty { return wrapped("the same \(count), in another order", to: width) }
    let parts = [("without", lost), ("with", gained)].filter { !$0.1.isEmpty }.map { word, elements in
      word + " " + elements.map(printable).joined(separator: ", ")
    }
    let line = parts.joined(separator: "; ")
    if columns(line) <= width { return [line] }
    return parts.flatMap { paragraph($0, hanging: 2, width: width) }
  }

  /// With or without blanks after the commas, with or without JSON's brackets.
  private static func elements(_ text: String) -> [String] {
    let isJSON = text.hasPrefix("[") && text.hasSuffix("]")
    let list = isJSON ? text.dropFirst().dropLast() : text[...]
    return list.split(separator: ",", omittingEmptySubsequences: false).map { String($0.drop { $0 == " " }) }
  }
}
