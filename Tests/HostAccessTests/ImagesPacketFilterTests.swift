import HostState
import Testing

@testable import HostAccess

@Suite("Images of the packet filter")
struct ImagesPacketFilterTests {
  @Test("the kernel settings that ufw loads are those of the file that its defaults name")
  func settings() throws {
    let folder = try TemporaryFolder()
    let file = try folder.put("sysctl.conf", "#a=1\n;b=1\n net/ipv4/ip_forward = 1\n-net.core.somaxconn=2\n\n")
    let defaults = try folder.put("ufw", "IPT_SYSCTL=/etc/ufw/sysctl.conf\nIPT_SYSCTL=\"\(file)\" # mine\n")
    #expect(ImageCamera.ufwSettings(defaults) == file)
    #expect(ImageCamera.sysctls(in: file) == ["net/ipv4/ip_forward", "net.core.somaxconn"])
    #expect(ImageCamera.ufwSettings(try folder.put("none", "IPT_SYSCTL=\n")) == nil)
  }
}
