import Glibc
import HostState
import Testing

@testable import HostAccess

/// A directory of its own for a test, removed with all in it afterwards.
final class TemporaryFolder {
  let path: Path

  init() throws {
    var template = Array("/tmp/harden-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Diagnostic.bug("no temporary folder") }
    path = Path(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }
  deinit { shell("rm -rf -- \(path)") }

  func put(_ name: String, _ text: String = "old\n", mode: FileMode = 0o644) throws -> Path {
    try SafeFiles.write(path / name, Array(text.utf8), mode: mode, user: getuid(), group: getgid())
    return path / name
  }
  func text(_ name: String) throws -> String? {
    try SafeFiles.read(path / name).map { String(decoding: $0, as: UTF8.self) }
  }
  func names() throws -> [String] {
    var names: [String] = []
    guard let directory = opendir(path.text) else { return [] }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

let isRoot = geteuid() == 0

/// What a body throws; an issue where it throws nothing, or something else.
func diagnostic<Result>(
  _ body: () throws -> Result, sourceLocation: SourceLocation = #_sourceLocation
) -> Diagnostic? {
  do {
    _ = try body()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  } catch let error as Diagnostic {
    return error
  } catch {
    Issue.record(error, sourceLocation: sourceLocation)
  }
  return nil
}

/// Runs a line of shell, for what a test sets up or looks at; 0 when it went well.
@discardableResult
func shell(_ line: String) -> Int32 { system(line) }

@Suite("Files changed whole or not at all")
struct SafeFilesTests {
  @Test("a file is written with its text, mode and owner, and nothing is left beside it")
  func writes() throws {
    let folder = try TemporaryFolder()
    let path = try folder.put("a.conf", "text\n", mode: 0o640)
    let status = try #require(try SafeFiles.status(path))
    #expect(status.permissions == 0o640)
    #expect(try folder.text("a.conf") == "text\n")
    let mode: FileMode = isRoot ? 0o4711 : 0o711  // inode(7): a write of anybody else's takes setuid away
    try SafeFiles.write(path, Array("other".utf8), mode: mode, user: getuid(), group: getgid())
    #expect(try SafeFiles.status(path)?.permissions == mode)
    #expect(try folder.text("a.conf") == "other")
    #expect(try folder.names() == ["a.conf"])
  }

  @Test("a leftover of a crash under the temporary name does not stop a write")
  func leftover() throws {
    let folder = try TemporaryFolder()
    let temporary = SafeFiles.temporaryName(for: "a.conf")
    _ = try folder.put(temporary, "half")
    _ = try folder.put("a.conf", "whole")
    #expect(try folder.names() == ["a.conf"])
    _ = try folder.put(temporary, "half")
    SafeFiles.sweep(folder.path / "a.conf")
    #expect(try folder.names() == ["a.conf"])
  }

  @Test("directories, links and pipes are not replaced")
  func refuses() throws {
    let folder = try TemporaryFolder()
    try SafeFiles.makeDirectory(folder.path / "d", mode: 0o2750, user: getuid(), group: getgid())
    #expect(try SafeFiles.status(folder.path / "d")?.permissions == 0o2750)
    try SafeFiles.link(folder.path / "l", to: "/etc/shadow")
    #expect(mkfifo((folder.path / "p").text, 0o600) == 0)
    for name in ["d", "l", "p"] {
      #expect(throws: Diagnostic.self) { _ = try folder.put(name) }
      #expect(try folder.names() == ["d", "l", "p"])
    }
    for name in ["d", "p"] { #expect(throws: Diagnostic.self) { try SafeFiles.remove(folder.path / name) } }
    #expect(throws: Diagnostic.self) { try SafeFiles.read(folder.path / "l") }
    try SafeFiles.remove(folder.path / "l")
    try SafeFiles.remove(folder.path / "l")
    #expect(try folder.names() == ["d", "p"])
  }

  @Test("a missing directory is said, not made")
  func noParent() throws {
    let folder = try TemporaryFolder()
    let error = diagnostic { _ = try folder.put("none/a") }
    #expect(error?.summary == "Directory missing")
    #expect(try SafeFiles.read(folder.path / "none/a") == nil)
    #expect(try SafeFiles.status(folder.path / "none/a") == nil)
  }

  @Test("a link on the way is followed where only root could have made it", .enabled(if: isRoot))
  func links() throws {
    #expect(try SafeFiles.status("/var/run/../run") != nil)
    let folder = try TemporaryFolder()
    try SafeFiles.makeDirectory(folder.path / "real", mode: 0o755, user: 0, group: 0)
    try SafeFiles.link(folder.path / "way", to: "real")
    try SafeFiles.write(folder.path / "way/a", [65], mode: 0o644, user: 0, group: 0)
    #expect(try SafeFiles.read(folder.path / "real/a") == [65])
    // The same link, laid by somebody else.
    try SafeFiles.setOwner(folder.path / "way", user: 1234, group: 1234)
    let error = diagnostic { try SafeFiles.read(folder.path / "way/a") }
    #expect(error?.summary == "Link in the way")
    // Or in a directory where others write.
    try SafeFiles.setOwner(folder.path / "way", user: 0, group: 0)
    try SafeFiles.setMode(folder.path, 0o777)
    #expect(throws: Diagnostic.self) { try SafeFiles.read(folder.path / "way/a") }
  }

  @Test("a hard link to a foreign file is neither replaced nor changed", .enabled(if: isRoot))
  func hardLinks() throws {
    let folder = try TemporaryFolder()
    let shadow = try folder.put("shadow", "secret", mode: 0o600)
    try SafeFiles.makeDirectory(folder.path / "theirs", mode: 0o755, user: 1234, group: 1234)
    #expect(link(shadow.text, (folder.path / "theirs/x").text) == 0)
    #expect(throws: Diagnostic.self) { try SafeFiles.setOwner(folder.path / "theirs/x", user: 1234, group: 1234) }
    #expect(throws: Diagnostic.self) { try SafeFiles.setMode(folder.path / "theirs/x", 0o666) }
    #expect(throws: Diagnostic.self) {
      try SafeFiles.write(folder.path / "theirs/x", [], mode: 0o644, user: 1234, group: 1234)
    }
    #expect(try SafeFiles.status(shadow)?.permissions == 0o600)
    #expect(try folder.text("shadow") == "secret")
  }

  @Test("a mode never reaches through a link, and an owner keeps setuid")
  func modes() throws {
    let folder = try TemporaryFolder()
    let path = try folder.put("a", mode: 0o755)
    try SafeFiles.setMode(path, 0o4755)
    try SafeFiles.setOwner(path, user: getuid(), group: getgid())
    #expect(try SafeFiles.status(path)?.permissions == 0o4755)
    try SafeFiles.link(folder.path / "l", to: "a", user: getuid(), group: getgid())
    #expect(throws: Diagnostic.self) { try SafeFiles.setMode(folder.path / "l", 0o600) }
    #expect(try SafeFiles.status(path)?.permissions == 0o4755)
  }

  @Test("a file with another name is laid anew with its mode and owner, and the other name keeps its own")
  func otherNames() throws {
    let folder = try TemporaryFolder()
    let path = try folder.put("keys", "key\n", mode: 0o664)
    #expect(link(path.text, (folder.path / "backup").text) == 0)
    #expect(link(path.text, (folder.path / "copy").text) == 0)
    #expect(shell("setfattr -n user.note -v kept \(path) 2>/dev/null || :") == 0)
    let noted = SafeFiles.attributes(of: try SafeFiles.handle(path).number)
    try SafeFiles.setMode(path, 0o600)
    for name in ["backup", "copy"] {
      let status = try #require(try SafeFiles.status(folder.path / name))
      #expect(status.permissions == 0o664)
      #expect(status.st_nlink == 2)
    }
    let status = try #require(try SafeFiles.status(path))
    #expect(status.permissions == 0o600)
    #expect(status.st_nlink == 1)
    #expect(try folder.text("keys") == "key\n")
    #expect(SafeFiles.attributes(of: try SafeFiles.handle(path).number) == noted)
    // Its owner alike.
    try SafeFiles.setOwner(folder.path / "copy", user: isRoot ? 1 : getuid(), group: isRoot ? 1 : getgid())
    #expect(try SafeFiles.status(folder.path / "copy")?.permissions == 0o664)
    #expect(try SafeFiles.status(folder.path / "copy")?.st_uid == (isRoot ? 1 : getuid()))
    #expect(try SafeFiles.status(folder.path / "backup")?.st_uid == getuid())
    #expect(try folder.names() == ["backup", "copy", "keys"])
  }

  @Test("SHA-256 gives the digests of FIPS 180-4's examples")
  func digest() {
    #expect(SHA256.hex([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(SHA256.hex(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256.hex(Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
  }

  @Test(
    "names of any bytes are written so that they can be read back, and no terminal is led astray",
    arguments: [
      Array("plain".utf8), Array("für".utf8), [0xFF, 0x41], [0x41, 0xC3], Array("a\\x41b".utf8), [0x1B, 0x5B],
      Array("\u{202E}gpj".utf8), [0xE2, 0x82], [],
    ])
  func names(bytes: [UInt8]) {
    let text = ByteName.text(bytes)
    #expect(ByteName.bytes(text) == bytes)
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E && $0 != "\u{FFFD}" })
  }
}
