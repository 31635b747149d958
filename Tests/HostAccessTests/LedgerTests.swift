import HostState
import Testing

@testable import HostAccess

@Suite("What the ledger holds as given")
struct LedgerTests {
  private static let step = Step(.run(command: Command("/usr/sbin/usermod", ["…"])))
  private static let member = ImageItem.member(file: "group", group: "www-data", user: "deploy")
  private static let account = ImageItem.line(file: "passwd", name: "deploy")
  private static func passwd(_ comment: String) -> ImageValue {
    .text(text: "deploy:x:1000:1000:\(comment):/home/deploy:/bin/bash")
  }

  /// The entries after one step that found the host as it was before.
  private static func entries(
    _ item: ImageItem, _ before: ImageValue, _ after: ImageValue, address: String, in paths: StatePaths
  ) throws -> [String: Ledger.Entry] {
    try Ledger.record(
      step, address: address, before: Image([item: before]), after: Image([item: after]), run: 1, in: paths)
    return try Ledger.load(paths).entries
  }

  @Test("a membership is given by the resource that is named by it, and gone once it was taken")
  func membership() throws {
    let folder = try TemporaryFolder()
    let paths = StatePaths(state: folder.path / "state", memory: folder.path / "memory")
    let address = "member:deploy:www-data"
    var entries = try Self.entries(Self.member, .absent, .text(text: ""), address: "user:deploy", in: paths)
    #expect(entries.isEmpty)
    entries = try Self.entries(Self.member, .absent, .text(text: ""), address: address, in: paths)
    #expect(entries[address]?.given == [address])
    entries = try Self.entries(Self.member, .text(text: ""), .absent, address: "user:deploy", in: paths)
    #expect(entries.isEmpty)
  }

  @Test("a umask is given where the comment had none")
  func umask() throws {
    let folder = try TemporaryFolder()
    let paths = StatePaths(state: folder.path / "state", memory: folder.path / "memory")
    let address = "umask:deploy"
    var entries = try Self.entries(
      Self.account, Self.passwd("umask=077"), Self.passwd("umask=027"), address: address, in: paths)
    #expect(entries.isEmpty)
    let (without, with) = (Self.passwd("Ann"), Self.passwd("Ann,umask=027"))
    entries = try Self.entries(Self.account, without, with, address: address, in: paths)
    #expect(entries[address]?.given == [address])
    entries = try Self.entries(Self.account, with, without, address: "x", in: paths)
    #expect(entries.isEmpty)
  }
}
