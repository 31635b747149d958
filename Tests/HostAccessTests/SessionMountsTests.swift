import HostState
import Testing

@testable import HostAccess

@Suite("Mounts of a session alone")
struct SessionMountsTests {
  @Test("a folder that the host writes, and the unit whose confinement shuts it")
  func mounts() {
    let table = MountTable(
      """
      20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
      21 20 8:2 / /usr ro,relatime shared:2 - ext4 /dev/sda2 rw
      22 20 8:3 / /srv rw,relatime shared:3 - ext4 /dev/sda3 ro,errors=remount-ro
      """)
    #expect(SessionMounts.isWritable("/etc", in: table))
    #expect(!SessionMounts.isWritable("/usr/bin", in: table))
    #expect(!SessionMounts.isWritable("/srv", in: table))
    #expect(SessionMounts.unit(["0::/user.slice/user-0.slice/session-c1.scope"]) == "ssh.service")
    #expect(SessionMounts.unit(["0::/system.slice/run-u7.service"]) == "run-u7.service")
    #expect(SessionMounts.unit(["0::/"]) == "this session")
    let words = Diagnostic.readOnly(["/etc/x"], "/etc", unit: "run-u7.service")
    #expect(words.summary == "Read-only for this session")
    #expect(words.fix == "findmnt -T /etc")
    #expect(
      Diagnostic.readOnly(["/etc/x"], "/etc", unit: "ssh.service").fix
        == "systemctl cat ssh.service | grep -E 'Paths=|Protect'")
    #expect(Diagnostic.readOnly(["/etc/x"], "/etc", unit: nil).summary == "File system read-only")
  }
}
