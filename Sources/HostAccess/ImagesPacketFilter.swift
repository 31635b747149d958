import HostState

extension ImageCamera {
  static let filterFamilies = ["iptables", "ip6tables"]
  private static let ufwFolder: Path = "/etc/ufw"
  private static let ufwDefaults: Path = "/etc/default/ufw"

  /// The kernel's rules, ufw's files, and the kernel settings that ufw sets when it starts.
  func addPacketFilter(to image: inout Image) throws(Diagnostic) {
    let saves = Self.filterFamilies.map { Command(Path("/usr/sbin/\($0)-save")) }
    let outcomes = runner.run(saves.map { ProcessRunner.Job($0) })
    for (family, outcome) in zip(Self.filterFamilies, outcomes) {
      guard case .finished(let result) = outcome, result.status == 0 else { continue }
      image.values[.rules(family: family)] = .text(text: FilterRules.normalized(result.output))
    }
    for table in FilterTables.all() ?? [] { image.values[.table(name: table)] = .text(text: "yes") }
    for path in try Self.ufwFiles() { image.values[.path(path: path.text)] = try entry(path, .keep) }
    for key in Self.sysctls(in: Self.ufwSettings(Self.ufwDefaults)) {
      image.values[.setting(key)] = try sysctl(key)
    }
  }

  static func ufwFiles() throws(Diagnostic) -> [Path] {
    var paths: [Path] = [ufwDefaults, ufwFolder / "ufw.conf"]
    guard let directory = try SafeFiles.openDirectory(ufwFolder) else { return paths }
    for name in names(in: directory).map({ ByteName.text($0) }) where name.hasSuffix(".rules") {
      paths.append(ufwFolder / name)
    }
    return paths
  }

  /// The file of kernel settings that ufw loads when it starts: `IPT_SYSCTL=/etc/ufw/sysctl.conf`, which a shell reads,
  /// so that the last one counts. None where it is empty.
  static func ufwSettings(_ defaults: Path) -> Path? {
    let name = SmallFile.lines(defaults.text).last { $0.hasPrefix("IPT_SYSCTL=") }?.dropFirst(11)
    let text = (name ?? "").prefix { $0 != "#" }.filter { $0 != "\"" && $0 != "'" && !$0.isWhitespace }
    return text.hasPrefix("/") ? Path(text) : nil
  }

  /// The keys of a file: `net/ipv4/conf/all/accept_redirects=0`, `-net.ipv4.tcp_syncookies = 1` (sysctl.conf(5)).
  static func sysctls(in file: Path?) -> [String] {
    guard let file else { return [] }
    var keys: [String] = []
    for line in SmallFile.lines(file.text) {
      let line = line.drop(while: \.isWhitespace)
      guard let first = line.first, !"#;".contains(first), let equals = line.firstIndex(of: "=") else { continue }
      let key = line[..<equals].drop { $0 == "-" }.singleSpaced
      if !key.isEmpty { keys.append(key) }
    }
    return keys
  }
}

/// The text of `iptables-save`, as far as it says what is in force.
enum FilterRules {
  /// Without comments and counters, which change by themselves.
  static func normalized(_ text: String) -> String {
    var lines: [String] = []
    for line in text.lines where !line.hasPrefix("#") {
      if line.hasPrefix(":"), let bracket = line.lastIndex(of: "[") {
        lines.append(line[..<bracket] + "[0:0]")
      } else {
        lines.append(String(line))
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  struct Table {
    /// Chains in order, with their policies: `-` for one that is no part of the kernel.
    var chains: [(name: String, policy: String)] = []
    var rules: [String: [String]] = [:]

    var isEmpty: Bool {
      rules.values.allSatisfy(\.isEmpty) && chains.allSatisfy { $0.policy == "ACCEPT" }
    }
  }

  static func parsed(_ text: String) -> [(name: String, table: Table)] {
    var tables: [(name: String, table: Table)] = []
    for line in text.lines {
      if line.hasPrefix("*") {
        tables.append((String(line.dropFirst()), Table()))
      } else if line.hasPrefix(":"), !tables.isEmpty {
        let words = line.dropFirst().split(separator: " ")
        guard words.count >= 2 else { continue }
        tables[tables.count - 1].table.chains.append((String(words[0]), String(words[1])))
      } else if line.hasPrefix("-A "), !tables.isEmpty {
        let chain = line.dropFirst(3).prefix { $0 != " " }
        tables[tables.count - 1].table.rules[String(chain), default: []].append(String(line))
      }
    }
    return tables
  }

  /// The rules of before, with what others added since the step: what the step made goes, what it took comes back.
  ///
  /// - Parameter keepsUFW: whether what others added to the chains that ufw fills from its files stays, too.
  static func merged(before: String, after: String, now: String, keepsUFW: Bool = true) -> String {
    let (before, after) = (byName(before), byName(after))
    var text = ""
    var names = parsed(now).map(\.name)
    for name in before.keys.sorted() where !names.contains(name) { names.append(name) }
    let present = byName(now)
    for name in names {
      let table = merged(before[name] ?? Table(), after[name] ?? Table(), present[name] ?? Table(), keepsUFW)
      text += "*\(name)\n" + table.chains.map { ":\($0.name) \($0.policy) [0:0]\n" }.joined()
      for chain in table.chains { text += (table.rules[chain.name] ?? []).map { $0 + "\n" }.joined() }
      text += "COMMIT\n"
    }
    return text
  }

  private static func byName(_ text: String) -> [String: Table] {
    Dictionary(parsed(text).map { ($0.name, $0.table) }, uniquingKeysWith: { first, _ in first })
  }

  private static func merged(_ before: Table, _ after: Table, _ now: Table, _ keepsUFW: Bool) -> Table {
    var result = Table()
    for chain in now.chains {
      let wasThere = before.chains.first { $0.name == chain.name }
      let isOurs = after.chains.contains { $0.name == chain.name }
      if wasThere == nil && isOurs && chain.policy == "-" { continue }
      let left = after.chains.first { $0.name == chain.name }?.policy
      let policy = chain.policy == left ? wasThere?.policy ?? (chain.policy == "-" ? "-" : "ACCEPT") : chain.policy
      result.chains.append((chain.name, policy))
    }
    for chain in before.chains where !result.chains.contains(where: { $0.name == chain.name }) {
      // Gone since: by the step, or by somebody afterwards, whose doing stays.
      if !after.chains.contains(where: { $0.name == chain.name }) { result.chains.append(chain) }
    }
    let kept = Set(result.chains.map(\.name))
    for chain in kept {
      let (old, ours) = (before.rules[chain] ?? [], Set(after.rules[chain] ?? []))
      var (first, last, hasMetOurs) = ([String](), [String](), false)
      for rule in now.rules[chain] ?? [] {
        if ours.contains(rule) {
          hasMetOurs = true
        } else if !keepsUFW, chain.hasPrefix("ufw-user-") || chain.hasPrefix("ufw6-user-") {
          continue
        } else if !old.contains(rule), isWhole(rule, kept) {
          if hasMetOurs { last.append(rule) } else { first.append(rule) }
        }
      }
      let present = Set(now.rules[chain] ?? [])
      // What was there before and is gone although the step left it was taken out by somebody else.
      result.rules[chain] = first + old.filter { !ours.contains($0) || present.contains($0) } + last
    }
    return result
  }

  /// Whether the chain that a rule jumps to is still there.
  private static func isWhole(_ rule: String, _ chains: Set<String>) -> Bool {
    let words = rule.split(separator: " ").map(String.init)
    guard let jump = words.firstIndex(where: { $0 == "-j" || $0 == "-g" }), jump + 1 < words.count else { return true }
    let target = words[jump + 1]
    return target == target.uppercased() || chains.contains(target)
  }
}
