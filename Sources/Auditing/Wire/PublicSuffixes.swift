/// Below which names anybody can register one: the Public Suffix List (publicsuffix.org, MPL-2.0), as Debian ships it.
enum PublicSuffixes {
  /// Whether the name is such a suffix itself, by a registry's rule or a private one.
  static func isSuffix(_ name: String) -> Bool {
    let labels = name.pieces(at: ".")
    return suffixLength(labels, ICANNOnly: false) == labels.count
  }

  /// The suffix and one label: what belongs to one owner. Nil for addresses, single labels, suffixes, and what is no name.
  ///
  /// Rules of the list's ICANN part alone: `a.github.io` and `b.github.io` are one owner's.
  static func registrableDomain(_ host: String) -> String? {
    var labels = host.lowercased().pieces(at: ".")
    if labels.last == "" { labels.removeLast() }
    guard !isAddress(labels.joined(separator: ".")) else { return nil }
    if labels.first == "" { labels.removeFirst() }
    // No name is longer; the original looks no further either.
    guard labels.joined(separator: ".").utf16.count <= 255 else { return nil }
    let length = suffixLength(labels, ICANNOnly: true)
    guard labels.count > length, labels.allSatisfy(isLabel) else { return nil }
    return labels.suffix(length + 1).joined(separator: ".")
  }

  private static func isLabel(_ label: String) -> Bool {
    !label.isEmpty && label.utf16.count <= 63 && !label.begins(with: "-") && !label.hasSuffix("-")
      && label.unicodeScalars.allSatisfy { $0.isLetter || $0.isDigit || $0 == "-" || $0 == "_" || !$0.isASCII }
  }

  /// How many labels the suffix has; an unknown top level counts as one (the list's own default, `*`).
  private static func suffixLength(_ labels: [String], ICANNOnly: Bool) -> Int {
    for start in labels.indices {
      let name = labels[start...].joined(separator: ".")
      let parent = labels[(start + 1)...].joined(separator: ".")
      if let found = rules["!" + name], !ICANNOnly || found { return labels.count - start - 1 }
      if let found = rules[name], !ICANNOnly || found { return labels.count - start }
      if let found = rules["*." + parent], !parent.isEmpty, !ICANNOnly || found { return labels.count - start }
    }
    return min(1, labels.count)
  }

  /// Each rule, and whether a registry made it.
  private static let rules: [String: Bool] = {
    var rules: [String: Bool] = [:]
    for (text, isICANN) in [(privateSuffixes, false), (icannSuffixes, true)] {
      for rule in text.split(whereSeparator: \.isWhitespace) { rules[String(rule)] = isICANN }
    }
    return rules
  }()
}
