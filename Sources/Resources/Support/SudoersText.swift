/// sudoers(5), as far as harden reads it: to show the rules of others.
enum SudoersText {
  static let prefix = "99-harden-"

  static func isHardens(_ name: String) -> Bool { name.hasPrefix(prefix) }

  /// The lines that give somebody something: no comments, defaults, aliases and includes.
  static func rules(_ text: String) -> [String] {
    var rules: [String] = []
    var joined = ""
    for line in text.utf8.split(separator: 0x0A) {
      var part = String(decoding: line.filter { $0 != 0x0D }, as: UTF8.self)
      if part.hasSuffix("\\") {
        joined += part.dropLast() + " "
        continue
      }
      part = joined + part
      joined = ""
      let words = part.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard let first = words.first, !first.hasPrefix("#"), !first.hasPrefix("@"), !first.hasPrefix("Defaults"),
        !first.hasSuffix("_Alias"), part.contains("=")
      else { continue }
      rules.append(words.joined(separator: " "))
    }
    return rules
  }
}
