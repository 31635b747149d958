import Glibc

/// The rules by which IPv4 routes are chosen: `ip rule`, linux/fib_rules.h.
enum RoutingRules {
  /// Whether there are others than the kernel's own three; also where it cannot be asked.
  static var hasOthers: Bool {
    // RTM_GETRULE with NLM_F_REQUEST | NLM_F_DUMP, of AF_INET; what fib_rule_hdr has more than nfgenmsg is 0.
    let request = NetlinkText.message(34, flags: 0x301, family: 2, Array(repeating: 0, count: 8))
    // NETLINK_ROUTE
    let number = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | O_CLOEXEC, 0)
    guard let (rules, error) = NetlinkText.ask(request, over: number) else { return true }
    // A kernel without rules has none.
    if error != 0 { return error != EOPNOTSUPP }
    return Set(rules.map(Rule.init)) != Rule.stock
  }

  private struct Rule: Hashable {
    let priority: UInt32
    let table: UInt8
    /// Whether every packet is meant.
    let isForAll: Bool

    /// `local`, `main` and `default`.
    static let stock: Set<Rule> = [.init(0, 255), .init(32766, 254), .init(32767, 253)]

    private init(_ priority: UInt32, _ table: UInt8) { (self.priority, self.table, isForAll) = (priority, table, true) }

    /// fib_rule_hdr: family and lengths of prefixes in the head's last part; table, two of nothing, action and flags.
    init(_ message: NetlinkText.Message) {
      let head = Array(message.attributes.prefix(8))
      let attributes = NetlinkText.attributes(message.attributes.dropFirst(8))
      table = head.first ?? 0
      priority = attributes.first { $0.0 == 6 }?.1.little32 ?? 0
      // FRA_PRIORITY, FRA_SUPPRESS_PREFIXLEN, FRA_TABLE and FRA_PROTOCOL select nothing; FR_ACT_TO_TBL is 1.
      isForAll =
        message.start >> 8 == 0 && head.dropFirst(3) == [1, 0, 0, 0, 0]
        && attributes.allSatisfy { [6, 14, 15, 21].contains($0.0) }
    }
  }
}
