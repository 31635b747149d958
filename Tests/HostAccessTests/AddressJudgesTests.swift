import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("What judges a login by its address")
struct AddressJudgesTests {
  private func first(_ files: [String: String]) throws -> String? {
    let folder = try TemporaryFolder()
    for name in ["etc", "etc/pam.d", "etc/security"] {
      try SafeFiles.makeDirectory(folder.path / name, mode: 0o755, user: geteuid(), group: getegid())
    }
    for (name, text) in files { _ = try folder.put(name, text) }
    return AddressJudges.first(below: folder.path.text)
  }

  /// Debian's own, shortened.
  private let stock = [
    "etc/pam.d/sshd": """
    @include common-auth
    account    required     pam_nologin.so
    # account  required     pam_access.so
    session [success=ok ignore=ignore module_unknown=ignore default=bad]        pam_selinux.so close
    session    optional     pam_motd.so  motd=/run/motd.dynamic

    """,
    "etc/pam.d/common-auth": "auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\n",
    "etc/hosts.allow": "# sshd: ALL\n", "etc/security/access.conf": "# + : root : ALL\n",
  ]

  @Test("nothing of what Debian brings does")
  func nothing() throws {
    #expect(try first(stock) == nil)
    #expect(try first([:]) == nil)
  }

  @Test("rules, and modules that may have some, wherever they are included from")
  func found() throws {
    func adding(_ file: String, _ text: String) throws -> String? {
      try first(stock.merging([file: text]) { $0 + $1 })
    }
    #expect(try adding("etc/hosts.deny", "ALL: ALL\n") == "/etc/hosts.deny")
    #expect(try adding("etc/security/access.conf", "-:ALL:10.0.0.0/8\n") == "/etc/security/access.conf")
    #expect(
      try adding("etc/pam.d/common-auth", "auth required pam_exec.so /x\n") == "pam_exec.so in /etc/pam.d/common-auth")
    #expect(
      try adding("etc/pam.d/sshd", "account [default=bad] /lib/security/pam_access.so accessfile=/x\n")
        == "pam_access.so in /etc/pam.d/sshd")
    #expect(
      try first(
        stock.merging(["etc/pam.d/own": "account required pam_listfile.so item=rhost\n"]) { $1 }
          .merging(["etc/pam.d/sshd": "account include own\n"]) { $0 + $1 }) == "pam_listfile.so in /etc/pam.d/own")
    // A file that includes itself comes to an end.
    #expect(try first(["etc/pam.d/sshd": "@include sshd\n"]) == nil)
  }
}
