import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("What an undo that is still to come cannot take away", .enabled(if: isRoot))
struct UndoRemainsTests {
  private static func entry(_ kind: EntryImage.Kind, _ user: UInt32 = 0) -> ImageValue {
    .entry(entry: EntryImage(kind: kind, mode: 0o755, user: user, group: user))
  }

  private static func removal(_ path: Path, _ kind: EntryImage.Kind) -> Restoration {
    Restoration(item: .path(path: path.text), now: entry(kind), target: .absent)
  }

  @Test("a folder stays with what lies in it, and so does the one around it; marks of a first login do not count")
  func folders() throws {
    let folder = try TemporaryFolder()
    for name in ["outer", "outer/inner", "outer/.cache", "empty"] {
      try SafeFiles.makeDirectory(folder.path / name, mode: 0o755, user: 0, group: 0)
    }
    _ = try folder.put("outer/inner/own", "")
    _ = try folder.put("outer/.cache/motd.legal-displayed", "")
    let made: [Restoration] = [
      Self.removal(folder.path / "outer", .directory), Self.removal(folder.path / "outer/inner", .directory),
      Self.removal(folder.path / "empty", .directory),
    ]
    func told(_ restorations: [Restoration]) -> [UndoFinding.Fate] {
      let findings = made.map { UndoFinding($0.item.fullPath ?? "", .removed) }
      return UndoRemains(restorations).told(of: findings).map(\.fate)
    }
    #expect(told(made + [Self.removal(folder.path / "outer/inner/own", .file)]) == [.removed, .removed, .removed])
    #expect(told(made) == [UndoRemains.folderStays, UndoRemains.folderStays, .removed])
    _ = try folder.put("outer/.cache/motd.legal-displayed", "text")
    #expect(
      told(made + [Self.removal(folder.path / "outer/inner/own", .file)])
        == [UndoRemains.folderStays, .removed, .removed])
  }

  @Test("an account is shut where a file stays its own, and goes where that goes or is handed over")
  func accounts() throws {
    let folder = try TemporaryFolder()
    let user: UInt32 = 61_234  // nobody's: login.defs ends at 60000
    _ = try folder.put("file", "")
    try #require(chown((folder.path / "file").text, user, user) == 0)
    let line = Restoration(
      item: .line(file: "passwd", name: "ana"), now: .text(text: "ana:x:\(user):\(user)::/nonexistent:/bin/sh"),
      target: .absent)
    func fate(_ more: Restoration...) -> UndoFinding.Fate? {
      UndoRemains([line] + more, lookingIn: [folder.path.text]).told(of: [UndoFinding("account ana", .removed)]).first?
        .fate
    }
    let file = folder.path / "file"
    #expect(fate() == .shut(why: "\(file) still belongs to it"))
    // What somebody else changed is overwritten with --force alone.
    let changed = UndoFinding("account ana", .conflict(found: "other password in /etc/shadow"))
    let remains = UndoRemains([line], lookingIn: [folder.path.text])
    #expect(remains.told(of: [changed]) == [changed])
    #expect(
      remains.told(of: [changed], overwriting: true).map(\.fate) == [.shut(why: "\(file) still belongs to it")])
    let group = Restoration(
      item: .line(file: "group", name: "ana"), now: .text(text: "ana:x:61235:"), target: .absent)
    #expect(
      UndoRemains([line, group], lookingIn: [folder.path.text]).told(of: [UndoFinding("group ana", .removed)]).map(
        \.fate)
        == [.stays(why: "it is account ana's own")])
    #expect(fate(Self.removal(file, .file)) == .removed)
    #expect(
      fate(Restoration(item: .path(path: file.text), now: Self.entry(.file, user), target: Self.entry(.file)))
        == .removed)
  }
}
