/// One `-A` line of iptables, taken apart so that it can be compared however it was written.
///
/// ufw's files say `-p tcp --dport 22 -s 203.0.113.9`, the kernel `-s 203.0.113.9/32 -p tcp -m tcp --dport 22`.
package struct PacketRule: Sendable {
  package struct Condition: Hashable, Sendable {
    /// The option as iptables(8) and iptables-extensions(8) name it; `-m NAME` for a module without options.
    package let option: String
    package let isNegated: Bool
    package let values: [String]

    package init(option: String, isNegated: Bool, values: [String]) {
      (self.option, self.isNegated, self.values) = (option, isNegated, values)
    }
  }
  package let chain: String
  /// Sorted by option; comments and what is so by default are left out.
  package let conditions: [Condition]
  /// What `-j` or `-g` names; nil where the rule only counts.
  package let target: String?
  package let isGoto: Bool
  /// As it was read.
  package let text: String

  /// Nil when it is no `-A` line.
  package init?(_ text: String) {
    let words = Self.words(text)
    guard words.count >= 2, words[0] == "-A" else { return nil }
    (self.text, chain) = (text, words[1])
    var conditions: [Condition] = []
    var (target, isGoto, isNegated) = (String?.none, false, false)
    var index = 2
    while index < words.count {
      let word = words[index]
      index += 1
      if word == "!" {
        isNegated = true
        continue
      }
      var values: [String] = []
      while index < words.count, words[index] != "!", !(words[index].hasPrefix("-") && words[index].count > 1) {
        values.append(words[index])
        index += 1
      }
      if word == "-j" || word == "-g" {
        (target, isGoto) = (values.first, word == "-g")
        // What follows are options of the target.
        break
      }
      if let condition = Self.condition(word, values, isNegated) { conditions.append(condition) }
      isNegated = false
    }
    self.conditions = conditions.sorted { $0.option < $1.option }
    (self.target, self.isGoto) = (target, isGoto)
  }

  private static func condition(_ option: String, _ values: [String], _ isNegated: Bool) -> Condition? {
    switch option {
    case "--comment", "--name", "--mask", "--rsource", "--limit-burst": return nil
    case "-m":
      return plainModules.contains(values.first ?? "")
        ? nil : Condition(option: "-m \(values.first ?? "")", isNegated: isNegated, values: [])
    case "-s", "-d":
      guard let range = AddressRange(values.first ?? "") else { break }
      return range.isEverything && !isNegated
        ? nil : Condition(option: option, isNegated: isNegated, values: [range.block])
    case "--dport", "--dports", "--destination-ports":
      return Condition(option: "--dport", isNegated: isNegated, values: list(values))
    case "--sport", "--sports", "--source-ports":
      return Condition(option: "--sport", isNegated: isNegated, values: list(values))
    case "--ctstate", "--state":
      return Condition(option: "--ctstate", isNegated: isNegated, values: list(values).sorted())
    case "--limit":
      let rate = values.first ?? ""
      // iptables takes `minute` and prints `min`.
      let slash = rate.firstIndex(of: "/").map { rate[..<$0] + rate[$0...].prefix(4) } ?? rate[...]
      return Condition(option: option, isNegated: isNegated, values: [String(slash)])
    default: break
    }
    return Condition(option: option, isNegated: isNegated, values: values)
  }

  /// Modules that match nothing without their options.
  private static let plainModules: Set<String> = [
    "tcp", "udp", "multiport", "conntrack", "state", "recent", "limit", "comment", "addrtype", "icmp", "icmp6",
  ]

  private static func list(_ values: [String]) -> [String] {
    values.flatMap { $0.split(separator: ",").map(String.init) }
  }

  /// Splits at blanks; a double-quoted part is one word, `\` takes the next character as it is.
  package static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word: [UInt8] = []
    var (isQuoted, isEscaped, hasWord) = (false, false, false)
    // By byte: a host has hundreds of rules, and what is looked for is ASCII.
    for byte in text.utf8 {
      if isEscaped {
        word.append(byte)
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        (isEscaped, hasWord) = (true, true)
      } else if byte == UInt8(ascii: "\"") {
        (isQuoted, hasWord) = (!isQuoted, true)
      } else if !isQuoted, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
        if hasWord { words.append(String(decoding: word, as: UTF8.self)) }
        word.removeAll(keepingCapacity: true)
        hasWord = false
      } else {
        word.append(byte)
        hasWord = true
      }
    }
    return hasWord ? words + [String(decoding: word, as: UTF8.self)] : words
  }
}

extension PacketRule: Hashable {
  /// Whether the kernel does the same: chain, conditions and target. What a REJECT answers does not count.
  package static func == (left: PacketRule, right: PacketRule) -> Bool {
    left.chain == right.chain && left.conditions == right.conditions && left.target == right.target
      && left.isGoto == right.isGoto
  }
  package func hash(into hasher: inout Hasher) {
    hasher.combine(chain)
    hasher.combine(conditions)
    hasher.combine(target)
  }
}

extension PacketRule {
  /// Whether every packet that meets `other`'s conditions meets these; false where that cannot be told.
  package func covers(_ other: PacketRule) -> Bool {
    conditions.allSatisfy { mine in
      if mine.isNegated { return other.conditions.contains(mine) }
      guard let theirs = other.conditions.first(where: { $0.option == mine.option && !$0.isNegated }) else {
        return false
      }
      switch mine.option {
      case "-s", "-d":
        guard let wide = AddressRange(mine.values.first ?? ""), let narrow = AddressRange(theirs.values.first ?? "")
        else { return false }
        return wide.contains(narrow)
      case "--dport", "--sport":
        return theirs.values.allSatisfy { narrow in
          guard let narrow = Self.ports(narrow) else { return false }
          return mine.values.contains { wide in
            guard let wide = Self.ports(wide) else { return false }
            return wide.contains(narrow.lowerBound) && wide.contains(narrow.upperBound)
          }
        }
      default: return mine == theirs
      }
    }
  }

  /// `80`, `6000:6007`
  package static func ports(_ text: String) -> ClosedRange<UInt16>? {
    let ends = text.split(separator: ":", omittingEmptySubsequences: false)
    guard let first = ends.first, let low = UInt16(first), ends.count <= 2 else { return nil }
    guard ends.count == 2 else { return low...low }
    guard let high = UInt16(ends[1]), low <= high else { return nil }
    return low...high
  }
}

/// What `iptables-save` prints, by table and chain.
package struct PacketTables: Hashable, Sendable {
  package struct Table: Hashable, Sendable {
    package var name: String
    /// In the order printed. The policy is `-` for a chain that somebody made.
    package var chains: [String] = []
    package var policies: [String: String] = [:]
    package var rules: [String: [PacketRule]] = [:]

    package init(
      name: String, chains: [String] = [], policies: [String: String] = [:], rules: [String: [PacketRule]] = [:]
    ) {
      (self.name, self.chains, self.policies, self.rules) = (name, chains, policies, rules)
    }
  }
  package var tables: [Table] = []

  /// A plan looks at a filter after every step, and one step changes a line or two of it.
  private static let rules = Parsed<String, PacketRule?>(most: 1 << 14) { PacketRule($0) }

  /// What `iptables-save` printed, line by line.
  package static let parsed = Parsed<[String], PacketTables> { PacketTables($0) }

  package init(_ lines: [String]) {
    for line in lines {
      if line.hasPrefix("*") {
        tables.append(Table(name: String(line.dropFirst())))
      } else if line.hasPrefix(":"), !tables.isEmpty {
        let words = line.dropFirst().split(separator: " ")
        guard words.count >= 2 else { continue }
        tables[tables.count - 1].chains.append(String(words[0]))
        tables[tables.count - 1].policies[String(words[0])] = String(words[1])
      } else if !tables.isEmpty, let rule = Self.rules[line] {
        tables[tables.count - 1].rules[rule.chain, default: []].append(rule)
      }
    }
  }

  package subscript(name: String) -> Table? {
    get { tables.first { $0.name == name } }
    set {
      tables.removeAll { $0.name == name }
      if let newValue { tables.append(newValue) }
    }
  }

  /// As the prober gives it: no comments, no counters.
  package var lines: [String] {
    tables.flatMap { table in
      var lines = ["*\(table.name)"]
      lines += table.chains.map { ":\($0) \(table.policies[$0] ?? "-")" }
      for chain in table.chains { lines += (table.rules[chain] ?? []).map(\.text) }
      return lines + ["COMMIT"]
    }
  }
}
