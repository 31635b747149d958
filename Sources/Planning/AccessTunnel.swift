import HostState
import Resources

extension AccessChain {
  /// Who comes through a tunnel of this host needs its own packets to come in, too: those of today are known to the
  /// kernel and come in under any rules, those after a boot or from another place are not.
  mutating func tunnel(of visitor: Operator) throws(Stop) {
    guard let tunnel = visitor.tunnel, !tunnel.doors.isEmpty else { return }
    let filter = try there(.packetFilter, "the packet filter", \.asPacketFilter)
    var reasons: [String] = []
    for door in tunnel.doors {
      switch filter.verdict(
        onNewConnectionTo: door.port, from: tunnel.address ?? SSHConnection.unknownAddress, over: door.transport)
      {
      case .admitted: return
      case .dropped(let rule): reasons.append("\(door.port)/\(door.transport) by \(rule)")
      case .unknown(let why): throw .unknown("the packet filter: \(why)")
      }
    }
    throw .broken(
      "packet filter",
      "you come through the tunnel \(tunnel.interface) (\(tunnel.program)), and a packet of the tunnel's own is dropped "
        + "(\(reasons.joined(separator: "; "))): open its port, too, or come by another way")
  }
}
