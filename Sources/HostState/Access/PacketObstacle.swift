/// What certainly keeps new connections out, and where it stands.
package struct PacketObstacle: Hashable, Sendable {
  package enum Place: Hashable, Sendable {
    /// The rules that `iptables-save` or `ip6tables-save` prints, which ufw's are among.
    case iptables
    /// Those of the old kernel interface, `iptables-legacy`.
    case legacy
    /// A table of nftables' own, `inet filter`, and its chain.
    case nft(table: String, chain: String)
  }
  package let place: Place
  /// The deciding line, or `the policy of INPUT`.
  package let rule: String
}

extension PacketFilter {
  /// What keeps a new connection from outside out; nil where nothing does, and where that cannot be told.
  ///
  /// - Parameters:
  ///   - address: Where it comes from, IPv4 or IPv6.
  ///   - localAddress: The address on this host; nil when it is not known.
  ///   - transport: `tcp` or `udp`.
  package func obstacle(
    toNewConnectionTo port: UInt16, from address: String, to localAddress: String?, over transport: String
  ) -> PacketObstacle? {
    let own = PacketFilter(ipv4: ipv4, ipv6: ipv6, otherTables: [])
    func verdict(_ filter: PacketFilter) -> PacketVerdict {
      filter.verdict(onNewConnectionTo: port, from: address, to: localAddress, over: transport)
    }
    switch verdict(own) {
    case .admitted: break
    case .dropped(let rule): return PacketObstacle(place: .iptables, rule: rule)
    // It may be sent to another port, which then is the one that counts.
    case .unknown: return nil
    }
    guard !otherTables.isEmpty, let source = AddressRange(address) else { return nil }
    let packet = NFTPacket(transport: transport, port: port, source: source)
    var obstacle: PacketObstacle?
    for table in otherTables {
      if Self.legacy(table) != nil {
        switch verdict(PacketFilter(ipv4: [], ipv6: [], otherTables: [table])) {
        case .admitted: continue
        case .dropped(let rule): obstacle = obstacle ?? PacketObstacle(place: .legacy, rule: rule)
        case .unknown: return nil
        }
        continue
      }
      let nft = NFTTable.of(table)
      switch nft.outcome(of: packet) {
      case .pass: continue
      case .drop(let chain, let rule):
        obstacle = obstacle ?? PacketObstacle(place: .nft(table: nft.name, chain: chain), rule: rule)
      case .unknown: return nil
      }
    }
    return obstacle
  }
}
