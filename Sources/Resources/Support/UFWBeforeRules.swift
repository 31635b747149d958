/// What people added to `/etc/ufw/before.rules`: it decides ahead of every rule that `ufw allow` makes.
///
/// Of the stock file nothing concerns a new TCP connection from outside, so what is left here is somebody's own.
struct UFWBeforeRules {
  static let files: [Bool: Path] = [false: "/etc/ufw/before.rules", true: "/etc/ufw/before6.rules"]

  /// Lines of the chain that each packet meets first, in their order.
  let rules: [PacketRule]
  /// Chains of somebody's that they lead to, with theirs.
  let chains: [String: [PacketRule]]

  /// Whether they say themselves what becomes of packets of a connection that is there.
  var judgesEstablished: Bool { rules.contains(where: Self.isOfEstablished) }

  init(_ text: String, prefix: String) {
    var own: [String: [PacketRule]] = [:]
    var table = Substring()
    for line in text.lines {
      if line.hasPrefix("*") { table = line.dropFirst() }
      guard table == "filter" else { continue }
      if line.hasPrefix(":"), let chain = line.dropFirst().split(separator: " ").first {
        own[String(chain), default: []] += []
      }
      guard let rule = PacketRule(String(line)), Self.concernsVisitors(rule) || Self.isOfEstablished(rule) else {
        continue
      }
      own[rule.chain, default: []].append(rule)
    }
    // The stock file accepts the packets of a connection that is there; who drops some of them counts, and where.
    if !own.values.joined().contains(where: { Self.isOfEstablished($0) && ["DROP", "REJECT"].contains($0.target) }) {
      own = own.mapValues { $0.filter { !Self.isOfEstablished($0) } }
    }
    let stock = ["before-input", "before-output", "before-forward", "not-local"].map { "\(prefix)-\($0)" }
    rules = (own[stock[0]] ?? []).filter { $0.target != stock[3] && $0.target?.hasPrefix("\(prefix)-logging-") != true }
    chains = own.filter { !stock.contains($0.key) }
  }

  private static func isOfEstablished(_ rule: PacketRule) -> Bool {
    rule.conditions.contains {
      $0.option == "--ctstate" && !$0.isNegated && $0.values.contains("ESTABLISHED") && !$0.values.contains("NEW")
    }
  }

  /// Not what is for the host itself, for connections that are there, or for anything but TCP.
  private static func concernsVisitors(_ rule: PacketRule) -> Bool {
    rule.conditions.allSatisfy { condition in
      let value = condition.values.first ?? ""
      switch condition.option {
      case "-p": return ["tcp", "6", "all"].contains(value)
      case "-i": return value != "lo"
      case "--ctstate": return condition.values.contains("NEW") != condition.isNegated
      case "-m rt": return false
      default: return true
      }
    }
  }
}
