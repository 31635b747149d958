import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("The program of this host that a login came through") struct RelayTests {
  @Test("sockets are read as the kernel lists them, IPv4 within IPv6 as itself") func sockets() {
    let header: Substring =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
    let rest = "00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0"
    let rows = TCPSocket.parse([
      header, "   0: 0100007F:0016 0100007F:D20C 01 \(rest)", "   1: 00000000:01BB 00000000:0000 0A \(rest)",
      "   2: 0000000000000000FFFF00000100007F:0016 00000000000000000000000001000000:D20C 01 \(rest)", "   3: broken",
    ])
    #expect(rows.map(\.localAddress) == ["127.0.0.1", "0.0.0.0", "127.0.0.1"])
    #expect(rows.map(\.address) == ["127.0.0.1", "0.0.0.0", "::1"])
    #expect(rows.map(\.port) == [53772, 0, 53772] && rows.map(\.isListening) == [false, true, false])
    #expect(rows.allSatisfy { $0.inode == "4711" })
  }

  @Test("a peer of WireGuard's that the host does not keep a way open to needs the port") func wireGuard() {
    func tunnel(_ address: String, port: String = "51820\n", keepalive: String = "off") -> Operator.Tunnel? {
      TunnelReading.wireGuard(
        "wg0", address, port: port, allowed: "AAA=\t10.8.0.0/24\nBBB=\t10.8.0.2/32 fd00::2/128\n",
        endpoints: "AAA=\t192.0.2.1:1\nBBB=\t[2001:db8::7]:41000\n",
        keepalives: "AAA=\t25\nBBB=\t\(keepalive)\n")
    }
    let found = tunnel("10.8.0.2")
    #expect(found?.doors == [.init(transport: "udp", port: 51820)] && found?.address == "2001:db8::7")
    #expect(tunnel("fd00::2")?.address == "2001:db8::7")
    #expect(tunnel("10.8.0.2", keepalive: "25") == nil && tunnel("10.8.0.9") == nil && tunnel("10.9.0.9") == nil)
    #expect(tunnel("10.8.0.2", port: "") == nil)
    #expect(
      TunnelReading.interface(towards: "127.0.0.1") == nil && TunnelReading.interface(towards: "no address") == nil)
  }

  @Test("a socket of this process is found, with its port") func own() throws {
    let door = Descriptor(socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        #expect(bind(door.number, $0, size) == 0 && listen(door.number, 1) == 0)
        #expect(getsockname(door.number, $0, &size) == 0)
      }
    }
    let port = UInt16(bigEndian: address.sin_port)
    #expect(Listening.ports(of: Int(getpid())).contains(port))
    #expect(TCPSocket.all.contains { $0.localPort == port && $0.isListening && $0.isOnLoopback })
  }
  /// sshd sees 127.0.0.1:40000 at its port 22: the end that sslh holds, which listens on 443.
  private struct Proxied {
    var connection = OperatorReading.Connection(
      address: "127.0.0.1", port: 40_000, localAddress: "127.0.0.1", localPort: 22)
    var sockets = [
      TCPSocket(
        localAddress: "127.0.0.1", localPort: 22, address: "127.0.0.1", port: 40_000, isListening: false, inode: "1"),
      TCPSocket(
        localAddress: "127.0.0.1", localPort: 40_000, address: "127.0.0.1", port: 22, isListening: false, inode: "2"),
      TCPSocket(localAddress: "0.0.0.0", localPort: 443, address: "0.0.0.0", port: 0, isListening: true, inode: "3"),
      TCPSocket(
        localAddress: "198.51.100.2", localPort: 443, address: "192.0.2.7", port: 50_000, isListening: false,
        inode: "4"),
      TCPSocket(localAddress: "127.0.0.1", localPort: 8080, address: "0.0.0.0", port: 0, isListening: true, inode: "5"),
    ]
    var holders: [Int: Set<String>] = [10: ["1"], 20: ["2", "3", "4", "5"]]
    var names = [10: "sshd", 20: "sslh"]

    var relay: Operator.Relay? {
      let kernel = RelayReading.Kernel(
        sockets: { sockets }, processes: { holders.keys.sorted() }, inodes: { holders[$0] ?? [] },
        name: { names[$0] ?? "" })
      return RelayReading.relay(of: connection, kernel)
    }
  }

  @Test("it is the one that holds the other end, with the port and the visitor in front of it") func holder() {
    var host = Proxied()
    #expect(host.relay == Operator.Relay(process: "sslh", ports: [443], address: "192.0.2.7"))
    // A visitor that is not told from another one is nobody's.
    host.sockets.append(
      TCPSocket(
        localAddress: "198.51.100.2", localPort: 443, address: "203.0.113.9", port: 50_001, isListening: false,
        inode: "6"))
    host.holders[20]?.insert("6")
    #expect(host.relay == Operator.Relay(process: "sslh", ports: [443]))
  }

  @Test("a process that was made for the visitor has the doors of its kind") func kin() {
    var host = Proxied()
    host.holders[20] = ["3"]
    host.holders[30] = ["2", "4"]
    host.names[30] = "sslh"
    #expect(host.relay == Operator.Relay(process: "sslh", ports: [443], address: "192.0.2.7"))
    host.names[30] = "other"
    #expect(host.relay == Operator.Relay(process: "other", ports: []))
  }

  @Test("who comes from outside has none, and a tunnel has no doors") func none() {
    var host = Proxied()
    host.names[20] = "cloudflared"
    #expect(host.relay == Operator.Relay(process: "cloudflared", ports: []))
    host.holders[20] = []
    #expect(host.relay == nil)
    host = Proxied()
    (host.connection.address, host.connection.localAddress) = ("192.0.2.7", "198.51.100.2")
    #expect(host.relay == nil)
  }
}
