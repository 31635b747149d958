import Testing

@testable import HostAccess

@Suite("What an undo does to the account files")
struct AccountFileEditTests {
  private func applied(_ file: String, _ targets: [String: ImageValue], staying: Set<String> = [], to bytes: [UInt8])
    -> [UInt8]
  {
    let wanted = targets.map { name, target in
      Restoration(item: .line(file: file, name: name), now: .absent, target: target)
    }
    return AccountFileEdit(file, wanted, staying: staying).applied(to: bytes)
  }

  /// A comment in Latin-1, as it was common once, and a line that is none.
  private let others = Array("rene:x:1001:1001:Ren".utf8) + [0xE9] + Array(":/home/rene:/bin/bash\n+::::::\n".utf8)

  @Test("lines of others stay byte for byte, whatever their bytes mean")
  func otherBytes() {
    let deploy = Array("deploy:x:1000:1000:,,,:/home/deploy:/bin/bash\n".utf8)
    #expect(applied("passwd", ["deploy": .absent], to: others + deploy) == others)
    #expect(
      applied("passwd", ["deploy": .text(text: "deploy:x:1000:1000::/srv:/bin/sh")], to: others + deploy)
        == others + Array("deploy:x:1000:1000::/srv:/bin/sh\n".utf8))
    #expect(
      applied("passwd", ["deploy": .text(text: "deploy:x:1000:1000::/srv:/bin/sh")], to: others)
        == others + Array("deploy:x:1000:1000::/srv:/bin/sh\n".utf8))
  }

  @Test("an account that must stay is shut")
  func staying() {
    let shadow = Array("deploy:$y$x:20000:0:99999:7:::\n".utf8)
    #expect(
      applied("shadow", ["deploy": .absent], staying: ["deploy"], to: shadow)
        == Array("deploy:!$y$x:20000:0:99999:7::1:\n".utf8))
  }

  @Test("a group's members come and go one by one")
  func members() {
    let wanted = [("ana", ImageValue.absent), ("eva", .text(text: "yes"))].map { user, target in
      Restoration(item: .member(file: "group", group: "sudo", user: user), now: .absent, target: target)
    }
    let edit = AccountFileEdit("group", wanted, staying: [])
    #expect(edit.applied(to: Array("sudo:x:27:ana,bob\n".utf8)) == Array("sudo:x:27:bob,eva\n".utf8))
  }
}
