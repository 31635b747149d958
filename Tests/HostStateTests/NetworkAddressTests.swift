import HostState
import Testing

@Suite("Addresses")
struct NetworkAddressTests {
  @Test("IPv4 is itself, also where a dual-stack socket shows it")
  func plain() {
    #expect(NetworkAddress.plain("::ffff:203.0.113.9") == "203.0.113.9")
    #expect(NetworkAddress.plain("2001:db8::9") == "2001:db8::9")
    #expect(NetworkAddress.plain("::ffff:cb00:7109") == "::ffff:cb00:7109")
    #expect(NetworkAddress.plain("fe80::1%eth0") == "fe80::1")
    #expect(NetworkAddress.isLinkLocal("fe80::1%eth0") && NetworkAddress.isLinkLocal("FEBF::1"))
    #expect(!NetworkAddress.isLinkLocal("fec0::1") && !NetworkAddress.isLinkLocal("2001:db8::fe80"))
  }

  @Test("the loopback has many addresses", arguments: ["127.0.0.1", "127.0.1.1", "::1", "::ffff:127.0.0.1"])
  func loopback(_ address: String) {
    #expect(NetworkAddress.isLoopback(address))
  }

  @Test("others can reach any other", arguments: ["0.0.0.0", "::", "12.7.0.1", "::127.0.0.1", "::11", "*"])
  func others(_ address: String) {
    #expect(!NetworkAddress.isLoopback(address))
  }
  @Test("a login from the loopback is one of this host itself; where from is not known, it is none")
  func login() {
    func isOfThisHost(_ address: String?) -> Bool {
      Operator(user: "ana", isRoot: false, address: address).isOfThisHost
    }
    #expect(isOfThisHost("127.0.0.1") && isOfThisHost("::ffff:127.0.0.1") && isOfThisHost("::1"))
    #expect(!isOfThisHost("192.0.2.7") && !isOfThisHost("::1:2") && !isOfThisHost(nil))
  }
}
