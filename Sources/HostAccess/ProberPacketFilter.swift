import HostState

/// The kernel's packet filter: iptables' rules through its own tool, all else through `nft`.
enum PacketFilterReading {
  static let save4 = Command("/usr/sbin/iptables-save")
  static let save6 = Command("/usr/sbin/ip6tables-save")
  /// `-s`: without counters and other state.
  static let tables = Command("/usr/sbin/nft", ["-s", "list", "ruleset"])
  static let legacy4 = Command("/usr/sbin/iptables-legacy-save")
  static let legacy6 = Command("/usr/sbin/ip6tables-legacy-save")

  static let commands = [save4, save6, tables] + (hasLegacyTables ? [legacy4, legacy6] : [])

  /// Tables of the old kernel interface are seen by the old tools alone.
  private static var hasLegacyTables: Bool {
    ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"].contains { !SmallFile.lines($0).isEmpty }
  }

  /// A host without these tools has no rules: nobody could have made any.
  static func answer(_ outcome: (Command) -> ProcessRunner.Outcome) -> Answer<Fact> {
    var texts: [Command: String] = [:]
    for command in commands {
      switch outcome(command).reading(of: command) {
      case .read(let text): texts[command] = text
      case .absent: texts[command] = ""
      case .unreadable(let reason): return .unreadable(reason: reason)
      }
    }
    let (ipv4, ipv6) = (lines(texts[save4]), lines(texts[save6]))
    var others = foreignTables(texts[tables] ?? "", beside: ["ip": ipv4, "ip6": ipv6])
    for (command, seen, name) in [(legacy4, ipv4, "ip"), (legacy6, ipv6, "ip6")] {
      let legacy = lines(texts[command])
      // Where the plain tools are the old ones, they have told it already.
      if !legacy.isEmpty && legacy != seen { others.append(([name + " legacy"] + legacy).joined(separator: "\n")) }
    }
    return .there(value: .packetFilter(PacketFilter(ipv4: ipv4, ipv6: ipv6, otherTables: others)))
  }

  /// Without comments and the counters of `:INPUT DROP [0:0]`.
  static func lines(_ text: String?) -> [String] {
    (text ?? "").lines.compactMap { line in
      if line.hasPrefix("#") { return nil }
      guard line.hasPrefix(":"), let bracket = line.lastIndex(of: "[") else { return String(line) }
      return String(line[..<bracket].dropLast())
    }
  }

  /// The text of every table that iptables-save did not tell, its `table ` taken off: `inet NAME {`, ….
  ///
  /// A table is iptables' if its save has a section of that name: `ip filter` made by hand for `nft`, which
  /// iptables-save calls incompatible, has none.
  static func foreignTables(_ ruleset: String, beside saved: [String: [String]]) -> [String] {
    var tables: [String] = []
    var current: [Substring]?
    for line in ruleset.lines {
      if current == nil, line.hasPrefix("table ") {
        current = [line.dropFirst("table ".count)]
        // An empty table on one line.
        if !line.hasSuffix("}") { continue }
      } else if current != nil {
        current?.append(line)
      }
      guard let lines = current, line.hasPrefix("}") || lines.count == 1 else { continue }
      current = nil
      let words = lines[0].split(separator: " ")
      let isSaved = words.count >= 2 && saved[String(words[0])]?.contains("*\(words[1])") == true
      if !isSaved { tables.append(lines.joined(separator: "\n")) }
    }
    return tables
  }
}
