import HostState
import Resources

// MARK: What the next boot comes to

extension AccessChain {
  private static let defaultTarget: Path = "/etc/systemd/system/default.target"
  /// Targets in which no daemon runs: systemd.special(7).
  private static let idle: Set<String> = [
    "emergency", "halt", "poweroff", "reboot", "rescue", "runlevel0", "runlevel1", "runlevel6",
  ]

  /// Whether the host boots into something in which sshd is started at all.
  mutating func nextTarget() throws(Stop) {
    guard case .link(let target)? = try status(Self.defaultTarget)?.kind else { return }
    let name = Path(target).name
    guard name.hasSuffix(".target"), Self.idle.contains(String(name.dropLast(".target".count))) else { return }
    throw .broken(
      "port",
      "the host boots into \(name), where nobody listens for SSH: systemctl set-default multi-user.target")
  }

  /// Whether `ssh.socket` listens, by its files, where the operator comes to: systemd reads them at a boot, and before.
  mutating func nextSocket(ports: [UInt16], _ visitor: Operator) throws(Stop) {
    guard let files = try unitFiles("ssh.socket") else { return }
    let isV6Only = files.values(of: "BindIPv6Only", in: "Socket").last == "ipv6-only"
    let streams = files.values(of: "ListenStream", in: "Socket").compactMap { stream -> (String, UInt16)? in
      if let port = UInt16(stream) { return (isV6Only ? "::" : "*", port) }
      guard let colon = stream.lastIndex(of: ":"), let port = UInt16(stream[stream.index(after: colon)...]) else {
        return nil
      }
      return (stream[..<colon].filter { $0 != "[" && $0 != "]" }, port)
    }
    guard !streams.isEmpty, !streams.contains(where: { ports.contains($0.1) && SocketReach.serves($0.0, visitor) })
    else { return }
    let words = streams.map { "\($0.0) port \($0.1)" }.joined(separator: " and ")
    throw .broken(
      "port",
      "by its files, ssh.socket listens on \(words) alone once it starts anew (ListenStream=), where "
        + "\(visitor.address ?? "nobody from outside") cannot connect")
  }
}
