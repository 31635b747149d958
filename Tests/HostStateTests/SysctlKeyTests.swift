import HostState
import Testing

struct SysctlKeyTests {
  @Test(
    "what parts a name first tells how it is written",
    arguments: [
      ("net.ipv4.tcp_syncookies", "/proc/sys/net/ipv4/tcp_syncookies"),
      ("net.ipv4.conf.eth0/5.rp_filter", "/proc/sys/net/ipv4/conf/eth0.5/rp_filter"),
      ("net/ipv4/conf/eth0.5/rp_filter", "/proc/sys/net/ipv4/conf/eth0.5/rp_filter"),
    ])
  func paths(key: String, path: Path) {
    #expect(SysctlKey.path(key) == path)
  }

  @Test("one name has one spelling with dots")
  func dotted() {
    #expect(SysctlKey.dotted("net/ipv4/conf/eth0.5/rp_filter") == "net.ipv4.conf.eth0/5.rp_filter")
    #expect(SysctlKey.dotted("net.ipv4.conf.eth0/5.rp_filter") == "net.ipv4.conf.eth0/5.rp_filter")
  }
}
