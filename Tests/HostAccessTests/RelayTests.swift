import Testing

@testable import HostAccess

@Suite("The program of this host that a login came through") struct RelayTests {
  @Test("sockets are read as the kernel lists them, IPv4 within IPv6 as itself") func sockets() {
    let header: Substring =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
    let rest = "00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0"
    let rows = RelayReading.parse([
      header, "   0: 0100007F:0016 0100007F:D20C 01 \(rest)", "   1: 00000000:01BB 00000000:0000 0A \(rest)",
      "   2: 0000000000000000FFFF00000100007F:0016 00000000000000000000000001000000:D20C 01 \(rest)", "   3: broken",
    ])
    #expect(rows.map(\.localAddress) == ["127.0.0.1", "0.0.0.0", "127.0.0.1"])
    #expect(rows.map(\.address) == ["127.0.0.1", "0.0.0.0", "::1"])
    #expect(rows.map(\.port) == [53772, 0, 53772] && rows.map(\.isListening) == [false, true, false])
    #expect(rows.allSatisfy { $0.inode == "4711" })
  }
}
