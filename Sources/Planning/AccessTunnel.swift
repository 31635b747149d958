import HostState
import Resources

extension AccessChain {
  /// Who comes through a tunnel of this host needs its own packets to come in, too: those of today are known to the
  /// kernel and come in under any rules, those after a boot or from another place are not.
  mutating func tunnel(of visitor: Operator) throws(Stop) {
    guard let tunnel = visitor.tunnel, !tunnel.doors.isEmpty else { return }
    let filter = try there(.packetFilter, "the packet filter", \.asPacketFilter)
    let reasons = try drops(tunnel.doors, filter, from: tunnel.address) { "\($0.port)/\($0.transport) by \($1)" }
    guard let reasons else { return }
    throw .broken(
      "packet filter",
      "you come through the tunnel \(tunnel.interface) (\(tunnel.program)), and a packet of the tunnel's own is dropped "
        + "(\(reasons)): open its port, too, or come by another way")
  }
}
