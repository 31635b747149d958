import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("What the prober reads from files")
struct ProberFilesTests {
  private func ask(_ probe: Probe) -> Answer<Fact>? { Prober().answers(to: [Inquiry(probe)])[Inquiry(probe)] }
  private func status(_ path: Path) -> FileStatus? {
    guard case .there(.file(let status))? = ask(.file(path: path)) else { return nil }
    return status
  }

  @Test("kind, mode, owner and target")
  func status() throws {
    let folder = try TemporaryFolder()
    let file = try folder.put("file", mode: 0o2640)
    #expect(symlink("file", (folder.path / "link").text) == 0 && mkfifo((folder.path / "fifo").text, 0o600) == 0)
    #expect(status(file)?.kind == .file && status(file)?.mode == 0o2640)
    #expect(status("/etc/passwd")?.owner == .root)
    #expect(status(folder.path / "link")?.kind == .link(target: "file"))
    #expect(status(folder.path / "fifo")?.kind == .other(type: "p"))
    #expect(status("/dev/null")?.kind == .other(type: "c"))
    #expect(status(folder.path)?.kind == .directory)
    #expect(ask(.file(path: folder.path / "none")) == .absent)
    #expect(ask(.file(path: file / "beneath")) == .absent)
  }

  @Test("an owner without a name is given by number", .enabled(if: isRoot))  // chown needs root
  func nameless() throws {
    let folder = try TemporaryFolder()
    let file = try folder.put("file")
    #expect(chown(file.text, 54_321, 54_322) == 0)
    #expect(status(file)?.owner == Owner("54321", "54322"))
  }

  @Test("text of regular files alone, whole and valid")
  func contents() throws {
    let folder = try TemporaryFolder()
    let empty = try folder.put("empty", "")
    #expect(ask(.contents(path: empty)) == .there(value: .text("")))
    let text = try folder.put("text", "ä\r\nb")
    #expect(ask(.contents(path: text)) == .there(value: .text("ä\r\nb")))
    #expect(ask(.contents(path: folder.path / "none")) == .absent)
    #expect(mkfifo((folder.path / "fifo").text, 0o600) == 0 && symlink("text", (folder.path / "link").text) == 0)
    #expect(ask(.contents(path: folder.path / "fifo")) == .unreadable(reason: "it is no regular file"))
    #expect(ask(.contents(path: folder.path / "link")) == .unreadable(reason: "it is a symbolic link"))
    #expect(ask(.contents(path: folder.path)) == .unreadable(reason: "it is no regular file"))
    #expect(ask(.contents(path: "/dev/zero")) == .unreadable(reason: "it is no regular file"))
    let full = try folder.put("full", String(repeating: "x", count: 1 << 20))
    #expect(ask(.contents(path: full)) == .there(value: .text(String(repeating: "x", count: 1 << 20))))
    let large = try folder.put("large", String(repeating: "x", count: 1 << 20 + 1))
    #expect(ask(.contents(path: large)) == .unreadable(reason: "it is larger than 1048576 bytes"))
    let binary = folder.path / "binary"
    try SafeFiles.write(binary, [0x61, 0xFF, 0x62], mode: 0o600, user: getuid(), group: getgid())
    #expect(ask(.contents(path: binary)) == .unreadable(reason: "it is not UTF-8 text"))
  }

  @Test("names in a directory, sorted bytewise")
  func names() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "B", "10", "9", ".hidden", "ä"] { _ = try folder.put(name) }
    #expect(ask(.names(directory: folder.path)) == .there(value: .names([".hidden", "10", "9", "B", "a", "ä"])))
    #expect(ask(.names(directory: folder.path / "none")) == .absent)
    #expect(ask(.names(directory: folder.path / "a")) == .absent)
  }

  @Test("secrets show their length, and only what was asked for openly")
  func secrets() throws {
    let folder = try TemporaryFolder()
    let file = try folder.put(
      "s.json", #"{"SECRET_KEY": "tøp secret", "HOSTS": ["b", "a/ä"], "N": 1, "O": {"z": null, "a": 1.5, "b": true}}"#)
    #expect(
      ask(.secrets(path: file, open: ["HOSTS", "O", "MISSING"]))
        == .there(
          value: .secrets(
            SecretsState(keys: [
              "SECRET_KEY": .hidden(characters: 10), "N": .hidden(characters: 1), "HOSTS": .open(json: #"["b","a/ä"]"#),
              "O": .open(json: #"{"a":1.5,"b":true,"z":null}"#),
            ]))))
    #expect(ask(.secrets(path: folder.path / "none", open: [])) == .absent)
    let broken = try folder.put("broken.json", #"{"SECRET_KEY": "oops"#)
    #expect(ask(.secrets(path: broken, open: [])) == .unreadable(reason: "it is not a JSON object"))
    // Read as it is written: the last of equal keys counts, as in Python; an empty file holds nothing yet.
    let twice = try folder.put("twice.json", #"{"K": "a", "K": "bcd"}"#)
    #expect(
      ask(.secrets(path: twice, open: []))
        == .there(value: .secrets(SecretsState(keys: ["K": .hidden(characters: 3)]))))
    let empty = try folder.put("empty.json", "\n")
    #expect(ask(.secrets(path: empty, open: [])) == .there(value: .secrets(SecretsState(keys: [:]))))
    let marked = try folder.put("marked.json", "\u{FEFF}{}")
    #expect(
      ask(.secrets(path: marked, open: []))
        == .unreadable(reason: "it begins with a byte order mark, which Python refuses as well"))
    let list = try folder.put("list.json", "[1]")
    #expect(ask(.secrets(path: list, open: [])) == .unreadable(reason: "it is not a JSON object"))
  }

  @Test("canonical text escapes what JSON demands and nothing else")
  func canonical() {
    #expect(
      OrderedJSON.string("a\"\\\n\t\u{1}/é😀").canonicalText == #""a\"\\\n\t\u0001/é😀""#)
    // As they were written, however large or small: RFC 8259 sets no bounds.
    for number in ["1e400", "-1E-400", "0", "-0.50", "1" + String(repeating: "0", count: 400)] {
      #expect(OrderedJSON.parsed("[\(number)]") == .array([.word(number)]))
    }
    for other in ["01", "1.", ".5", "+1", "0x10", "1e", "-", "1e+", "NaN", "Infinity", "٣"] {
      #expect(OrderedJSON.parsed("[\(other)]") == nil)
    }
    #expect(OrderedJSON.parsed(#"{"b": 0, "": [], "a": {}}"#)?.canonicalText == #"{"":[],"a":{},"b":0}"#)
  }

  @Test("kernel settings by either of their names")
  func sysctl() {
    guard case .there(.text(let release))? = ask(.sysctl(key: "kernel.osrelease")) else {
      Issue.record("the kernel has no release")
      return
    }
    #expect(release.first?.isNumber == true && !release.hasSuffix("\n"))
    #expect(ask(.sysctl(key: "kernel/osrelease")) == .there(value: .text(release)))
    #expect(ask(.sysctl(key: "net.no.such")) == .absent)
  }

  @Test("the newest change of files, their targets and their directories")
  func newest() throws {
    let folder = try TemporaryFolder()
    let outside = try TemporaryFolder()
    let file = try folder.put("deep", "x")
    let target = try outside.put("target")
    #expect(symlink(target.text, (folder.path / "link").text) == 0)
    #expect(symlink(".", (folder.path / "circle").text) == 0)
    func newest() -> Int {
      guard case .read(let newest) = Staleness.newestChange(beneath: [folder.path]) else { return 0 }
      return newest
    }
    var last = newest()
    #expect(last > 0)
    // The kernel's clock for files moves on every few milliseconds only.
    for change in [
      { shell("echo y > \(file)") }, { shell("echo y > \(target)") }, { shell("chmod 600 \(file)") },
      { shell("rm \(file)") }, { shell("touch -d 2001-01-01 \(target)") },
    ] {
      usleep(20_000)
      #expect(change() == 0)
      let now = newest()
      #expect(now > last)
      last = now
    }
    let available = folder.path / "sites-available"
    #expect(shell("mkdir \(available) && ln -s sites-available/on \(folder.path)/on") == 0)
    last = newest()
    usleep(20_000)
    #expect(shell("touch \(available)/off && rm \(available)/off") == 0)
    #expect(newest() == last, "what is only available is loaded by nobody")
    #expect(shell("touch \(available)/on") == 0)
    #expect(newest() > last, "what a link enables is")
    if case .absent = Staleness.newestChange(beneath: [folder.path / "none"]) { return }
    Issue.record("what is not there has no newest change")
  }
}
