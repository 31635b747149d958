/// The keys that harden put into an account.
struct KeyLedger {
  let keys: Set<String>
  let text: String

  init(keys: Set<String>, lines: [String]) {
    self.keys = keys
    text = Set(lines).sorted().map { $0 + "\n" }.joined()
  }

  init(_ text: String) {
    self.text = text
    keys = Set(
      text.split(whereSeparator: \.isNewline).compactMap { line in
        line.split(separator: " ").dropFirst().first.map(String.init)
      })
  }
}
