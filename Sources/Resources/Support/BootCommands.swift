import HostState

/// What a boot's own calls of iptables come to, where they are plain: no variable, no condition, nothing that decides
/// first. Of others nobody can say.
extension BootUnits {
  /// Why none of these ports lets a new connection in once something has given its commands; nil where one does, or
  /// nobody can say. They are taken to come after the rules that there are: ufw's are loaded ahead of the network.
  ///
  /// - Returns: what gives them, and the rule that drops.
  package func objection(
    to ports: [UInt16], from address: String, _ local: String?, after filter: PacketFilter
  ) -> (starter: String, rule: String)? {
    let isV6 = address.contains(":") && NetworkAddress.plain(address) == address
    for starter in starters {
      guard let commands = Self.commands(of: starter, isV6 ? "ip6tables" : "iptables") else { continue }
      var tables = PacketTables.parsed[isV6 ? filter.ipv6 : filter.ipv4]
      guard commands.allSatisfy({ Self.give($0, &tables) }) else { continue }
      let after = PacketFilter(
        ipv4: isV6 ? [] : tables.lines, ipv6: isV6 ? tables.lines : [], otherTables: filter.otherTables)
      var rules: [String] = []
      for port in ports {
        guard case .dropped(let rule) = after.verdict(onNewConnectionTo: port, from: address, to: local) else { break }
        rules.append(rule)
      }
      if rules.count == ports.count, let rule = rules.first { return (starter.name, rule) }
    }
    return nil
  }

  private static let deciding: Set<Substring> = [
    ".", "case", "do", "elif", "else", "for", "function", "if", "return", "source", "then", "until", "while", "{",
  ]
  /// What may stand ahead of a command without having a say in it.
  private static let ahead: Set<String> = ["@reboot", "post-up", "root", "sudo", "up"]

  /// The words after the tool's name, call by call; nil where there is none, or not all of them are plain.
  private static func commands(of starter: Starter, _ tool: String) -> [[String]]? {
    var commands: [[String]] = []
    let files = [starter.lines] + starter.scripts.sorted { $0.key < $1.key }.map(\.value)
    for line in files.flatMap({ $0 }) {
      let line = line.drop { "-@:+!".contains($0) && !line.hasPrefix("@reboot") }
      var words = PacketRule.words(String(line))
      guard let first = words.first else { continue }
      if deciding.contains(first[...]) || first.hasPrefix("$") || line.contains("()") { return nil }
      guard let place = words.firstIndex(where: { Self.isTool($0) }) else {
        // By another name, or in a string.
        if line.contains("tables") || line.contains("nft ") { return nil }
        continue
      }
      if let end = words.firstIndex(where: { $0.hasPrefix("#") }) { words.removeSubrange(end...) }
      words.removeAll(where: isSilencing)
      guard place < words.count, words[..<place].allSatisfy(ahead.contains),
        !words.contains(where: { $0.contains { "$`;&|<>(".contains($0) } })
      else { return nil }
      guard words[place].split(separator: "/").last == tool[...] else { continue }
      commands.append(Array(words[(place + 1)...]))
    }
    return commands.isEmpty ? nil : commands
  }

  /// Where its words go is no matter.
  private static func isSilencing(_ word: String) -> Bool {
    ["2>&1", ">/dev/null", "2>/dev/null", "&>/dev/null"].contains(word)
  }

  private static func isTool(_ word: String) -> Bool {
    ["iptables", "ip6tables"].contains(word.split(separator: "/").last ?? "")
  }

  /// Does to the tables what the kernel would: iptables(8).
  ///
  /// - Returns: whether that is known.
  private static func give(_ command: [String], _ tables: inout PacketTables) -> Bool {
    var words = command.filter { $0 != "-w" && $0 != "--wait" }[...]
    var name = "filter"
    if ["-t", "--table"].contains(words.first), words.count > 1 {
      name = words[words.startIndex + 1]
      words = words.dropFirst(2)
    }
    guard let operation = words.popFirst(), !words.contains("-t") else { return false }
    if ["-L", "-S", "-Z", "--list", "--list-rules", "--zero"].contains(operation) { return true }
    var table = tables[name] ?? PacketTables.Table(name: name)
    defer { tables[name] = table }
    guard let chain = words.popFirst() else {
      switch operation {
      case "-F", "--flush": table.rules = [:]
      case "-X", "--delete-chain": break
      default: return false
      }
      return true
    }
    if table.policies[chain] == nil {
      table.chains.append(chain)
      table.policies[chain] = chain == chain.uppercased() && operation != "-N" ? "ACCEPT" : "-"
    }
    switch operation {
    case "-P", "--policy": table.policies[chain] = words.first
    case "-F", "--flush": table.rules[chain] = []
    case "-N", "--new-chain", "-X", "--delete-chain": break
    case "-A", "--append", "-I", "--insert":
      var place: Int?
      if operation.lowercased().hasPrefix("-i") || operation == "--insert" {
        place = words.first.flatMap { Int($0) }
        if place != nil { words = words.dropFirst() }
        place = (place ?? 1) - 1
      }
      guard let rule = rule(of: chain, Array(words)) else { return false }
      var rules = table.rules[chain] ?? []
      guard let place else {
        table.rules[chain] = rules + [rule]
        return true
      }
      guard (0...rules.count).contains(place) else { return false }
      rules.insert(rule, at: place)
      table.rules[chain] = rules
    default: return false
    }
    return true
  }

  /// Nil where it names a port by a word, which only /etc/services knows.
  private static func rule(of chain: String, _ words: [String]) -> PacketRule? {
    let quoted = words.map { $0.contains(" ") ? "\"\($0)\"" : $0 }
    guard let rule = PacketRule((["-A", chain] + quoted).joined(separator: " ")) else { return nil }
    let ports = rule.conditions.filter { ["--dport", "--sport"].contains($0.option) }.flatMap(\.values)
    return ports.allSatisfy { PacketRule.ports($0) != nil } ? rule : nil
  }
}
