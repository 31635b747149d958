import Glibc
import HostState

/// Through which program of this host a login came: the one that holds the other end of sshd's connection.
///
/// Looked for where sshd sees the host itself for its visitor alone, so that nobody else waits for it.
enum RelayReading {
  /// One line of `/proc/net/tcp`: proc_pid_net(5).
  struct Row: Hashable {
    var localAddress: String
    var localPort: UInt16
    var address: String
    var port: UInt16
    var isListening: Bool
    var inode: String

    var isLoopback: Bool { localAddress.hasPrefix("127.") || localAddress == "::1" }
  }

  /// Programs that go out to meet their visitors: what they listen on beside that is no way to sshd.
  private static let outgoing: Set<String> = ["autossh", "cloudflared", "frpc", "ngrok", "ssh", "tailscaled", "tor"]

  static func relay(of connection: OperatorReading.Connection) -> Operator.Relay? {
    let own = ["127.", "::1", "::ffff:127."]
    guard own.contains(where: connection.address.hasPrefix) || own.contains(where: connection.localAddress.hasPrefix)
    else { return nil }
    let rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { parse(SmallFile.lines($0)) }
    guard let end = rows.first(where: { $0.localPort == connection.port && $0.port == connection.localPort }),
      let process = holder(of: end.inode)
    else { return nil }
    let name = name(of: process)
    guard !outgoing.contains(name) else { return Operator.Relay(process: name, ports: []) }
    let sockets = sockets(of: process)
    // What one that was made for this visitor alone does not hold, who made it does.
    var doors = rows.filter { $0.isListening && !$0.isLoopback && sockets.contains($0.inode) }
    if doors.isEmpty {
      let kin = processes().filter { self.name(of: $0) == name }.reduce(into: Set()) {
        $0.formUnion(self.sockets(of: $1))
      }
      doors = rows.filter { $0.isListening && !$0.isLoopback && kin.contains($0.inode) }
    }
    let ports = Set(doors.map(\.localPort))
    let fronts = rows.filter { !$0.isListening && ports.contains($0.localPort) && sockets.contains($0.inode) }
    let addresses = Set(fronts.map(\.address))
    return Operator.Relay(
      process: name, ports: (fronts.isEmpty ? ports : Set(fronts.map(\.localPort))).sorted(),
      address: addresses.count == 1 ? addresses.first : nil)
  }

  /// `  0: 0100007F:0016 0100007F:D20C 01 00000000:00000000 00:00000000 00000000  1000        0 12345 …`
  static func parse(_ lines: [Substring]) -> [Row] {
    lines.dropFirst().compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 9, let local = endpoint(fields[1]), let remote = endpoint(fields[2]) else { return nil }
      return Row(
        localAddress: local.address, localPort: local.port, address: remote.address, port: remote.port,
        isListening: fields[3] == "0A", inode: String(fields[9]))
    }
  }

  /// Words of four bytes each, in the processor's order; IPv4 as itself where it stands within IPv6.
  private static func endpoint(_ text: Substring) -> (address: String, port: UInt16)? {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1], radix: 16), parts[0].utf8.count % 8 == 0 else { return nil }
    var bytes: [UInt8] = []
    var rest = parts[0][...]
    while !rest.isEmpty {
      guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
      withUnsafeBytes(of: word) { bytes += $0 }
      rest = rest.dropFirst(8)
    }
    if bytes.count == 16, bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] { bytes.removeFirst(12) }
    var room = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &room, socklen_t(room.count)) != nil else {
      return nil
    }
    return (String(decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self), port)
  }

  private static func processes() -> [pid_t] {
    guard case .there(.names(let names)) = FileReading.names(in: "/proc") else { return [] }
    return names.compactMap { pid_t($0) }
  }

  private static func holder(of inode: String) -> pid_t? {
    processes().first { sockets(of: $0).contains(inode) }
  }

  /// Inodes of the sockets that a process holds: `/proc/PID/fd/7 → socket:[12345]`.
  private static func sockets(of process: pid_t) -> Set<String> {
    guard case .there(.names(let names)) = FileReading.names(in: Path("/proc/\(process)/fd")) else { return [] }
    return Set(
      names.compactMap { name in
        guard let target = FileReading.linkTarget("/proc/\(process)/fd/\(name)"), target.hasPrefix("socket:[") else {
          return nil
        }
        return String(target.dropFirst("socket:[".count).dropLast())
      })
  }

  private static func name(of process: pid_t) -> String {
    let name = SmallFile.lines("/proc/\(process)/comm").first.map(String.init) ?? "?"
    // The kernel keeps fifteen letters; the file's name has them all.
    let file = FileReading.linkTarget("/proc/\(process)/exe")?.split(separator: "/").last.map(String.init) ?? ""
    return name.utf8.count == 15 && file.hasPrefix(name) ? file : name
  }
}
