import HostState
import Testing

@testable import HostAccess

@Suite("Who may get in over SSH")
struct WaysInTests {
  /// As `sshd -T` prints it on a fresh server.
  private func settings(_ more: String = "", rootLogin: String = "yes") -> SSHSettings {
    SSHSettings(
      "permitrootlogin \(rootLogin)\npubkeyauthentication yes\npasswordauthentication yes\n"
        + "authorizedkeysfile .ssh/authorized_keys\ntrustedusercakeys none\n" + more)
  }

  private func account(_ name: String, number: Int = 1000, home: Path, shadow: String) throws -> SSHAccount {
    try #require(
      SSHAccount(
        "\(name):x:\(number):\(number)::\(home):/bin/bash", [name: AccountImages.fields("\(name):\(shadow)"[...])]))
  }

  @Test("by password: whom the lists admit, whose hash is one and whose account has not ended")
  func password() throws {
    let folder = try TemporaryFolder()
    func root(_ shadow: String) throws -> SSHAccount {
      try account("root", number: 0, home: folder.path, shadow: shadow)
    }
    let usable = "$y$j9T$x:1:0:99999:7:::"
    #expect(try root(usable).mayGetIn(settings()))
    #expect(try !root("*:1:0:99999:7:::").mayGetIn(settings()))
    #expect(try !root("!$y$j9T$x:1:0:99999:7::1:").mayGetIn(settings()))
    #expect(try !root("$y$j9T$x:1:0:99999:7::1:").mayGetIn(settings()))
    #expect(try !root(usable).mayGetIn(settings(rootLogin: "no")))
    #expect(try !root(usable).mayGetIn(settings(rootLogin: "prohibit-password")))
    #expect(try !root(usable).mayGetIn(settings("allowusers deploy\n")))
    #expect(try root(usable).mayGetIn(settings("allowusers deploy\nallowusers r*@192.0.2.1\n")))
    #expect(try !root(usable).mayGetIn(settings("denyusers root\n")))
  }

  @Test("by key: one in the file that sshd reads")
  func key() throws {
    let folder = try TemporaryFolder()
    let ana = try account("ana", home: folder.path, shadow: "*:1:0:99999:7:::")
    #expect(!ana.mayGetIn(settings()))
    _ = try folder.put("keys", "# none\n\n")
    let elsewhere = SSHSettings("pubkeyauthentication yes\nauthorizedkeysfile none %h/keys\n")
    #expect(!ana.mayGetIn(elsewhere))
    _ = try folder.put("keys", "# one\nssh-ed25519 AAAA ana\n")
    #expect(ana.mayGetIn(elsewhere))
    #expect(ana.mayGetIn(settings("authorizedkeyscommand /usr/bin/keys\n")))
  }

  @Test("only from somebody to nobody is an undo's fault, and only where it could be looked at")
  func shut() {
    let (ana, nobody) = (WaysIn(accounts: ["ana"]), WaysIn())
    #expect(nobody.isShut(comparedWith: ana))
    #expect(!nobody.isShut(comparedWith: nobody) && !ana.isShut(comparedWith: nobody))
    #expect(!WaysIn(isKnown: false).isShut(comparedWith: ana) && !nobody.isShut(comparedWith: WaysIn(isKnown: false)))
  }
}
