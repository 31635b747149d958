import RecipeDSL
import Resources
import Testing

@testable import HardenCLI
@testable import HostAccess

@Suite("What is declared no more")
struct FormerTests {
  @Test("a file that another one of its kind goes on to need stays")
  func sharedFiles() throws {
    let hook: Path = "/etc/letsencrypt/renewal-hooks/deploy/harden-reload-apache"
    var ledger = Ledger()
    ledger.entries["certbot:old.example"] = Ledger.Entry(files: [hook, "/etc/old"], run: 1)
    func former(_ state: DesiredState) -> [String] {
      state.endingFormer(ledger).sections.flatMap(\.declarations).map(\.resource.address)
        .filter { $0.hasPrefix("former:") }
    }
    let upkeep = Declaration(Certificate(for: ["new.example"]).upkeep, source: SourceLine(file: "r", line: 1))
    let section = SectionState(name: "Web", why: "", declarations: [upkeep])
    #expect(former(DesiredState(sections: [section])) == ["former:/etc/old"])
    #expect(former(DesiredState(sections: [])) == ["former:\(hook)", "former:/etc/old"])
  }

  @Test("who was let into a group, or given a umask, loses it with the declaration")
  func gifts() throws {
    var ledger = Ledger()
    for address in ["member:deploy:www-data", "umask:deploy", "member:eve:www-data"] {
      ledger.entries[address] = Ledger.Entry(given: [address], run: 1)
    }
    ledger.entries["member:old:www-data"] = Ledger.Entry(run: 1)
    let stays = Declaration(GroupMember("eve", of: "www-data"), source: SourceLine(file: "r", line: 1))
    let state = DesiredState(sections: [SectionState(name: "People", why: "", declarations: [stays])])
    #expect(
      state.endingFormer(ledger).sections.last?.declarations.map(\.resource.address) == [
        "former-member:deploy:www-data", "former-umask:deploy",
      ])
  }
}
