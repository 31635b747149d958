/// What a boot does to the packet filter.
extension BootUnits {
  /// A file of rules that something loads at boot.
  package struct Load: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case ipv4, ipv6, nft }
    package let unit: String
    package let kind: Kind
    package let file: Path

    /// What keeps it from being loaded.
    package var remedy: String { BootUnits.remedy(for: unit) }
  }

  /// What keeps something from doing what it does at boot.
  package static func remedy(for starter: String) -> String {
    starter.hasPrefix("/") ? "take it out of \(starter)" : "systemctl disable \(starter)"
  }

  private static let persistent = "netfilter-persistent.service"
  private static let tools: Set<String> = [
    "arptables", "csf", "ebtables", "ferm", "ip6tables", "ip6tables-restore", "iptables", "iptables-restore",
    "netfilter-persistent", "nft", "shorewall", "shorewall6",
  ]

  /// The files, each loaded in place of what is there: iptables-restore(8), nft(8).
  package var loads: [Load] {
    var loads: [Load] = []
    for starter in starters {
      if starter.name == Self.persistent {
        loads += [
          Load(unit: starter.name, kind: .ipv4, file: "/etc/iptables/rules.v4"),
          Load(unit: starter.name, kind: .ipv6, file: "/etc/iptables/rules.v6"),
        ]
      }
      for line in starter.all {
        let words = Self.words(line)
        guard !words.contains("-n"), !words.contains("--noflush"), let file = words.last(where: { $0.hasPrefix("/") })
        else { continue }
        let names = Set(words.map(Self.name))
        let kind: Load.Kind? =
          names.contains("iptables-restore")
          ? .ipv4
          : names.contains("ip6tables-restore") ? .ipv6 : names.contains("nft") && words.contains("-f") ? .nft : nil
        guard let kind, !Self.tools.contains(Self.name(file)) else { continue }
        let load = Load(unit: starter.name, kind: kind, file: Path(file))
        if !loads.contains(load) { loads.append(load) }
      }
    }
    return loads
  }

  /// What else sets rules at boot, and by which tools: nobody can say what comes of it.
  var setters: [(name: String, tools: [String], script: Path?)] {
    let all = loads
    return starters.compactMap { starter in
      let loads = all.filter { $0.unit == starter.name }.map(\.file.text)
      func tools(_ lines: [String]) -> Set<String> {
        Set(
          lines.filter { line in !loads.contains { line.contains($0) } }
            .flatMap { Self.words($0).map(Self.name).filter(Self.tools.contains) })
      }
      let script = starter.scripts.sorted { $0.key < $1.key }.first { !tools($0.value).isEmpty }
      let found = tools(starter.all)
      guard !found.isEmpty, starter.name != Self.persistent else { return nil }
      return (starter.name, found.sorted(), script?.key)
    }
  }

  private static func words(_ line: String) -> [String] {
    pieces(of: line, between: " \t\"';&|<>()`$", without: "@:+!").map(String.init)
  }

  private static func name(_ word: String) -> String {
    String(Substring(word.utf8.split(separator: UInt8(ascii: "/")).last ?? "".utf8[...]))
  }

  /// Why a new connection would not come in once such a file is loaded; nil where it would, or nobody can say.
  package static func objection(_ text: String, isV6: Bool, to port: UInt16, from address: String, _ local: String?)
    -> String?
  {
    // `iptables-save -c` puts counters ahead of each rule.
    let lines = text.lines.map { line in
      line.hasPrefix("[") ? String(line.drop { $0 != " " }.dropFirst()) : String(line)
    }
    let filter = PacketFilter(ipv4: isV6 ? [] : lines, ipv6: isV6 ? lines : [], otherTables: [])
    guard case .dropped(let rule) = filter.verdict(onNewConnectionTo: port, from: address, to: local) else {
      return nil
    }
    return rule
  }
}
