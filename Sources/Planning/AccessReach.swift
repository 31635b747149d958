import HostState
import Resources

// MARK: From the visitor to the port that sshd listens on

extension AccessChain {
  /// Where sshd listens after a reload or a boot: what its files say may not be in force yet.
  func willListen(_ effective: SSHDEffective, _ visitor: Operator) throws(Stop) {
    let addresses = effective.listenAddresses
    let own = (try? host.host())?.value?.addresses ?? []
    let isBound = { (address: String) in
      own.isEmpty || ["0.0.0.0", "::"].contains(address) || NetworkAddress.isLoopback(address) || own.contains(address)
    }
    guard !addresses.isEmpty, !addresses.contains(where: { isBound($0) && SocketReach.serves($0, visitor) }) else {
      return
    }
    throw .broken(
      "port",
      "once sshd reads its files anew it listens on \(addresses.joined(separator: " and ")) alone (ListenAddress, "
        + "AddressFamily), where \(visitor.address ?? "nobody from outside") cannot connect")
  }

  /// Where Ubuntu's socket listens after a daemon-reload or a boot, which make its addresses out of sshd's files.
  mutating func socketWillListen(
    _ inquest: SSHDInquest, _ effective: SSHDEffective, _ visitor: Operator
  ) throws(Stop) {
    // harden's own drop-in is read after what the generator makes, and has the last word.
    guard try status(SSHDInquest.socketGenerator) != nil, try status(SSHDaemon.socketDropIn) == nil else { return }
    try willListen(effective, visitor)
    guard !effective.ports.contains(where: inquest.ports.contains) else { return }
    func words(_ ports: [UInt16]) -> String { ports.map { "\($0)" }.joined(separator: " and ") }
    throw .broken(
      "port",
      "ssh.socket listens on \(words(inquest.ports)), and on \(words(effective.ports)) after the next boot, since sshd's "
        + "files say so: have it listen there now, with systemctl daemon-reload; systemctl restart ssh.socket")
  }

  /// The ports that somebody who comes from there can connect to: not those on the loopback or another address.
  func reachable(
    _ ports: [UInt16], _ listeners: [Listener], _ visitor: Operator
  ) throws(Stop) -> [UInt16] {
    let sockets = listeners.filter {
      $0.transport == "tcp" && ports.contains($0.port) && ["sshd", "systemd"].contains($0.process)
    }
    // The port of a socket unit may be known by its unit file alone.
    let open = ports.filter { port in
      let those = sockets.filter { $0.port == port }
      return those.isEmpty || those.contains { SocketReach.serves($0.address, visitor) }
    }
    if open.isEmpty {
      let addresses = Set(sockets.map(\.address)).sorted().joined(separator: " and ")
      throw .broken(
        "port", "sshd listens on \(addresses) alone, where \(visitor.address ?? "nobody from outside") cannot connect")
    }
    return open
  }

  mutating func packets(_ visitor: Operator, ports: [UInt16], _ listeners: [Listener]) throws(Stop) {
    let filter = try there(.packetFilter, "the packet filter", \.asPacketFilter)
    if let relay = visitor.relay, !relay.ports.isEmpty { return try packets(to: relay, filter) }
    let doors = ports.map { Operator.Tunnel.Door(transport: "tcp", port: $0) }
    let reasons = try drops(doors, filter, from: visitor.address, to: visitor.localAddress) { door, rule in
      "port \(door.port) from \(visitor.address ?? "anywhere") by \(rule)"
    }
    guard let reasons else { return try otherServer(visitor, ports: ports, listeners, filter) }
    throw .broken("packet filter", "a packet to sshd is dropped (\(reasons))")
  }

  /// Why no new connection comes in by any of these doors, a few words for each; nil where one lets it in.
  func drops(
    _ doors: [Operator.Tunnel.Door], _ filter: PacketFilter, from address: String?, to localAddress: String? = nil,
    _ words: (Operator.Tunnel.Door, _ rule: String) -> String
  ) throws(Stop) -> String? {
    var reasons: [String] = []
    for door in doors {
      switch filter.verdict(
        onNewConnectionTo: door.port, from: address ?? SSHConnection.unknownAddress, to: localAddress,
        over: door.transport)
      {
      case .admitted: return nil
      case .dropped(let rule): reasons.append(words(door, rule))
      case .unknown(let why): throw .unknown("the packet filter: \(why)")
      }
    }
    return reasons.joined(separator: "; ")
  }

  /// Who comes through a proxy of this host needs the proxy's port: they may have no way to sshd's own.
  private func packets(to relay: Operator.Relay, _ filter: PacketFilter) throws(Stop) {
    let doors = relay.ports.map { Operator.Tunnel.Door(transport: "tcp", port: $0) }
    guard let reasons = try drops(doors, filter, from: relay.address, { "port \($0.port) by \($1)" }) else { return }
    throw .broken(
      "packet filter",
      "you come through \(relay.process), which passes you on to sshd from this host's own address, and a packet to "
        + "\(relay.process) is dropped (\(reasons)): open its port, too, or come to sshd itself"
    )
  }

  /// Who came to another server than sshd's own daemon, one behind inetd(8) or a socket of somebody's, came by a port
  /// that sshd's own does not stand in for.
  private func otherServer(
    _ visitor: Operator, ports: [UInt16], _ listeners: [Listener], _ filter: PacketFilter
  ) throws(Stop) {
    guard let address = visitor.address, !visitor.isOfThisHost, let port = visitor.localPort, !ports.contains(port),
      let server = listeners.first(where: { $0.transport == "tcp" && $0.port == port }),
      case .dropped(let rule) = filter.verdict(onNewConnectionTo: port, from: address, to: visitor.localAddress)
    else { return }
    throw .broken(
      "packet filter",
      "you came by port \(port), where \(server.process) listens and not sshd itself, and a packet to it is dropped "
        + "(\(rule)): open that port, too, or come to sshd itself")
  }
}

/// Whether a connection from somewhere can come to a socket that is bound to an address.
enum SocketReach {
  static func serves(_ bound: String, _ visitor: Operator) -> Bool {
    let bound = NetworkAddress.plain(bound)
    let (source, target) = (visitor.address.map(NetworkAddress.plain), visitor.localAddress.map(NetworkAddress.plain))
    switch bound {
    case "*": return true
    // sshd binds one socket a family: IPV6_V6ONLY.
    case "0.0.0.0": return source.map { !$0.contains(":") } ?? true
    case "::": return source.map { $0.contains(":") } ?? true
    default: break
    }
    if let target { return bound == target }
    if let source, NetworkAddress.isLoopback(source) { return true }
    return !NetworkAddress.isLoopback(bound) && source.map { $0.contains(":") == bound.contains(":") } ?? true
  }
}
