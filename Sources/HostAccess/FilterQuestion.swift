import Glibc
import SystemCalls

/// A question to nf_tables of the network namespace that the calling thread is in: linux/netfilter/nf_tables.h.
enum FilterQuestion {
  static let subsystem: UInt16 = 10
  /// By the kernel's numbers, as nft(8) calls them.
  static let families: [UInt8: String] = [1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"]
  /// `NFT_MSG_…`: the subsystem's number and the message's own.
  static func type(_ number: UInt16) -> UInt16 { subsystem << 8 | number }

  /// Sends it and hears all answers, until the kernel says that they end or why there are none.
  ///
  /// - Returns: the answers and the error number, 0 for none; nil where the kernel does not answer.
  static func ask(_ request: [UInt8]) -> (answers: [NetlinkText.Message], error: Int32)? {
    NetlinkText.ask(request, over: harden_filter_socket(0))
  }
}

/// The rules of a chain, by the kernel's own numbers for them, in their order: `NFT_MSG_GETRULE`.
enum RuleList {
  /// - Parameter family: 2 for IPv4, 10 for IPv6.
  static func handles(family: UInt8, table: String, chain: String) -> [UInt64] {
    let names = NetlinkText.attribute(1, table) + NetlinkText.attribute(2, chain)
    // NLM_F_REQUEST | NLM_F_DUMP
    let request = NetlinkText.message(FilterQuestion.type(7), flags: 0x301, family: family, names)
    guard let (rules, error) = FilterQuestion.ask(request), error == 0 else { return [] }
    return rules.filter { $0.type == FilterQuestion.type(6) }.compactMap { rule in
      NetlinkText.attributes(rule.attributes).last { $0.0 == 3 }?.1.big64
    }
  }
}

/// The tables of nf_tables, by name as nft(8) has them: `ip filter`. Not every host with iptables has `nft`.
enum FilterTables {
  /// Nil where the kernel cannot be asked.
  static func all() -> [String]? {
    // NFT_MSG_GETTABLE with NLM_F_REQUEST | NLM_F_DUMP
    guard let (tables, error) = FilterQuestion.ask(NetlinkText.message(FilterQuestion.type(1), flags: 0x301)),
      error == 0
    else { return nil }
    return tables.filter { $0.type == FilterQuestion.type(0) }.compactMap { table in
      let name = NetlinkText.attributes(table.attributes).first { $0.0 == 1 }?.1.text
      return FilterQuestion.families[table.family].flatMap { family in name.map { "\(family) \($0)" } }
    }
  }

  /// Takes a table away with all that is in it.
  ///
  /// - Returns: 0, or the error number.
  static func remove(_ name: String) -> Int32 {
    let words = name.split(separator: " ", maxSplits: 1).map(String.init)
    guard words.count == 2, let family = FilterQuestion.families.first(where: { $0.value == words[0] })?.key else {
      return EINVAL
    }
    // What changes something comes in a batch: NFNL_MSG_BATCH_BEGIN, NFT_MSG_DELTABLE with NLM_F_REQUEST | NLM_F_ACK,
    // NFNL_MSG_BATCH_END.
    let batch =
      NetlinkText.message(0x10, flags: 1, resource: FilterQuestion.subsystem)
      + NetlinkText.message(FilterQuestion.type(2), flags: 5, family: family, NetlinkText.attribute(1, words[1]))
      + NetlinkText.message(0x11, flags: 1, resource: FilterQuestion.subsystem)
    return FilterQuestion.ask(batch)?.error ?? EIO
  }
}
