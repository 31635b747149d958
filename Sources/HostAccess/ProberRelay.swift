import Glibc
import HostState

/// Through which program of this host a login came: the one that holds the other end of sshd's connection.
///
/// Looked for where sshd sees the host itself for its visitor alone, so that nobody else waits for it.
enum RelayReading {
  /// Programs that go out to meet their visitors: what they listen on beside that is no way to sshd.
  static let outgoing: Set<String> = [
    "autossh", "cloudflared", "frpc", "netbird", "ngrok", "ssh", "tailscaled", "tor", "zerotier-one",
  ]

  /// Whom the kernel is asked for sockets and for the processes that hold them.
  struct Kernel {
    var sockets: () -> [TCPSocket] = { TCPSocket.all }
    var processes: () -> [Int] = { Processes.all.map { Int($0) } }
    /// Inodes of the sockets that a process holds.
    var inodes: (Int) -> Set<String> = { Listening.inodes(of: $0) }
    var name: (Int) -> String = { RelayReading.name(of: $0) }
  }

  static func relay(of connection: OperatorReading.Connection, _ kernel: Kernel = Kernel()) -> Operator.Relay? {
    guard [connection.address, connection.localAddress].contains(where: NetworkAddress.isLoopback) else { return nil }
    let rows = kernel.sockets()
    guard let end = rows.first(where: { $0.localPort == connection.port && $0.port == connection.localPort }),
      let process = kernel.processes().first(where: { kernel.inodes($0).contains(end.inode) })
    else { return nil }
    let name = kernel.name(process)
    guard !outgoing.contains(name) else { return Operator.Relay(process: name, ports: []) }
    let sockets = kernel.inodes(process)
    // What one that was made for this visitor alone does not hold, who made it does.
    var doors = rows.filter { $0.isListening && !$0.isOnLoopback && sockets.contains($0.inode) }
    if doors.isEmpty {
      let kin = kernel.processes().filter { kernel.name($0) == name }.reduce(into: Set()) {
        $0.formUnion(kernel.inodes($1))
      }
      doors = rows.filter { $0.isListening && !$0.isOnLoopback && kin.contains($0.inode) }
    }
    let ports = Set(doors.map(\.localPort))
    let fronts = rows.filter { !$0.isListening && ports.contains($0.localPort) && sockets.contains($0.inode) }
    let addresses = Set(fronts.map(\.address))
    return Operator.Relay(
      process: name, ports: (fronts.isEmpty ? ports : Set(fronts.map(\.localPort))).sorted(),
      address: addresses.count == 1 ? addresses.first : nil)
  }

  static func name(of process: Int) -> String {
    let name = Processes.name(of: pid_t(process))
    // The kernel keeps fifteen letters; the file's name has them all.
    let file = FileReading.linkTarget("/proc/\(process)/exe")?.split(separator: "/").last.map(String.init) ?? ""
    return name.utf8.count == 15 && file.hasPrefix(name) ? file : name
  }
}
