import Foundation
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

  @Test("a kernel setting is one thing however it is written, also in journals that have it twice")
  func oneName() throws {
    let camera = ImageCamera(runner: ProcessRunner(launcher: .spawn))
    var scope = ImageScope()
    scope.sysctls = ["kernel.ostype", "kernel/ostype"]
    let value = ImageValue.text(text: "Linux")
    #expect(try camera.take(scope) == Image([.sysctl(key: "kernel.ostype"): value]))

    let old = Image([
      .sysctl(key: "kernel/ostype"): value, .sysctl(key: "kernel.ostype"): value,
      .sysctl(key: "net/ipv4/conf/eth0.5/rp_filter"): .text(text: "2"),
    ])
    let read = try JSONDecoder().decode(Image.self, from: Data(JSONText.of(old).utf8))
    #expect(
      read
        == Image([
          .sysctl(key: "kernel.ostype"): value, .sysctl(key: "net.ipv4.conf.eth0/5.rp_filter"): .text(text: "2"),
        ]))
  }
}
