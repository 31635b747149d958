import Glibc
import HostState

/// A TCP socket of this network namespace, by the kernel's own tables: `ss` need not be there. proc_pid_net(5)
struct TCPSocket: Hashable {
  var localAddress: String
  var localPort: UInt16
  /// Of the other end.
  var address: String
  var port: UInt16
  var isListening: Bool
  var inode: String

  var isOnLoopback: Bool { NetworkAddress.isLoopback(localAddress) }

  static var all: [TCPSocket] {
    // `/proc/net` is a link that the kernel makes: to the files of the process that asks.
    ["/proc/self/net/tcp", "/proc/self/net/tcp6"].flatMap { parse(SafeFiles.lines(of: $0)) }
  }

  /// Those of UDP that wait for whoever sends something: none of them is connected.
  static var datagrams: [TCPSocket] {
    ["/proc/self/net/udp", "/proc/self/net/udp6"].flatMap { parse(SafeFiles.lines(of: $0)) }.filter { $0.port == 0 }
  }

  /// `  0: 0100007F:0016 0100007F:D20C 01 00000000:00000000 00:00000000 00000000  1000        0 12345 …`
  static func parse(_ lines: [Substring]) -> [TCPSocket] {
    lines.dropFirst().compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 9, let local = endpoint(fields[1]), let remote = endpoint(fields[2]) else { return nil }
      return TCPSocket(
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
}
