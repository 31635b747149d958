import Glibc
import HostState
import Testing

@testable import HostAccess

/// Runs commands over overlays with the built binary as helper, which lies beside the binary of the tests.
private let runner = OverlayRunner(
  helper: Path(FileReading.linkTarget("/proc/self/exe") ?? "").parent / "harden")

// A mount namespace needs root.
@Suite("Commands over planned writes", .enabled(if: isRoot))
struct OverlayTests {
  private func output(_ command: Command, _ overlay: Overlay) -> String? {
    guard case .finished(let result) = runner.run(command, over: overlay).outcome else { return nil }
    return result.output + result.errors
  }
  private func text(_ contents: String, _ mode: FileMode = 0o640, _ owner: Owner = .root) -> PlannedEntry {
    .file(contents: contents, mode: mode, owner: owner)
  }

  @Test("other text for a file, and the host keeps its own")
  func replaced() throws {
    let folder = try TemporaryFolder()
    let file = try folder.put("file", "old\n")
    let overlay = Overlay(entries: [file: text("new\n")])
    #expect(output(Command("/bin/cat", [file.text]), overlay) == "new\n")
    #expect(output(Command("/usr/bin/stat", ["-c", "%a %U:%G", file.text]), overlay) == "640 root:root\n")
    #expect(try folder.text("file") == "old\n")
  }

  @Test("names come and go, the others stay as they are")
  func names() throws {
    let folder = try TemporaryFolder()
    for name in ["kept", "gone"] { _ = try folder.put(name) }
    #expect(symlink("kept", (folder.path / "link").text) == 0 && mkdir((folder.path / "deep").text, 0o711) == 0)
    _ = try folder.put("deep/file", "deep\n", mode: 0o604)
    let overlay = Overlay(entries: [
      folder.path / "made": text("made\n"), folder.path / "gone": .removed,
      folder.path / "a/b/c": text("c\n", 0o600, Owner("nobody", "nogroup")),
      folder.path / "empty": .directory(mode: 0o2750, owner: Owner("root", "adm")),
      folder.path / "other": .link(target: "made"),
    ])
    let listed = output(
      Command("/usr/bin/find", [folder.path.text, "-mindepth", "1", "-printf", "%P %m %u:%g %l\n"]), overlay)
    #expect(
      listed?.split(separator: "\n").sorted() == [
        "a 755 root:root ", "a/b 755 root:root ", "a/b/c 600 nobody:nogroup ", "deep 711 root:root ",
        "deep/file 604 root:root ", "empty 2750 root:adm ", "kept 644 root:root ", "link 777 root:root kept",
        "made 640 root:root ", "other 777 root:root made",
      ])
    #expect(output(Command("/bin/cat", [(folder.path / "other").text]), overlay) == "made\n")
    #expect(try folder.names() == ["deep", "gone", "kept", "link"])
  }

  @Test("a name that is new in the root directory")
  func root() {
    let overlay = Overlay(entries: ["/harden-test-new/file": text("here\n"), "/mnt/file": text("there\n")])
    #expect(
      output(Command("/bin/cat", ["/harden-test-new/file", "/mnt/file", "/etc/hostname"]), overlay)?
        .hasPrefix("here\nthere\n") == true)
    #expect(access("/harden-test-new", F_OK) != 0 && access("/mnt/file", F_OK) != 0)
  }

  @Test("a path below a link is laid where the link leads")
  func link() throws {
    let folder = try TemporaryFolder()
    _ = try folder.put("file")
    let link = Path(folder.path.text + "-link")
    #expect(symlink(folder.path.text, link.text) == 0)
    defer { unlink(link.text) }
    let overlay = Overlay(entries: [link / "new": text("new\n"), link / "file": text("other\n")])
    #expect(
      output(Command("/bin/cat", [(folder.path / "new").text, (folder.path / "file").text]), overlay)
        == "new\nother\n")
  }

  @Test("accounts that are not there yet")
  func accounts() {
    let overlay = Overlay(accounts: [
      .user(
        account: Account(
          name: "harden-test", uid: nil, group: "harden-test", home: "/home/harden-test", shell: "/bin/bash",
          password: .none)),
      .group(name: "harden-made"), .join(user: "harden-test", group: "harden-made"),
      .join(user: "harden-test", group: "sudo"),
    ])
    #expect(
      output(Command("/usr/bin/id", ["-Gn", "harden-test"]), overlay)?.split(whereSeparator: \.isWhitespace).sorted()
        == ["harden-made", "harden-test", "sudo"])
    let entry = output(Command("/usr/bin/getent", ["passwd", "harden-test"]), overlay)
    #expect(entry?.hasSuffix("::/home/harden-test:/bin/bash\n") == true, "\(entry ?? "no outcome")")
    #expect(output(Command("/usr/bin/id", ["-un"], user: "harden-test"), overlay) == "harden-test\n")
    #expect(Owners.user("harden-test") == nil)
  }

  @Test("files of an owner who is not there yet")
  func owner() throws {
    let folder = try TemporaryFolder()
    let account = Account(
      name: "harden-test", uid: 54_321, group: "harden-test", home: "/", shell: "/bin/sh", password: .locked)
    let overlay = Overlay(
      entries: [folder.path / "file": text("", 0o600, Owner("harden-test", "harden-test"))],
      accounts: [.user(account: account)])
    #expect(
      output(Command("/usr/bin/stat", ["-c", "%u:%g %U", (folder.path / "file").text]), overlay)
        == "54321:54321 harden-test\n")
  }

  @Test("exit code, both streams and input are the command's own")
  func streams() throws {
    let folder = try TemporaryFolder()
    let overlay = Overlay(entries: [folder.path / "file": text("x")])
    let command = Command("/bin/sh", ["-c", "cat; echo wrong >&2; exit 125"], input: "given\n")
    #expect(
      runner.run(command, over: overlay).outcome
        == .finished(CommandResult(status: 125, output: "given\n", errors: "wrong\n")))
    #expect(runner.run(Command("/usr/bin/no-such"), over: overlay).outcome == .noProgram)
    let environment = output(Command("/usr/bin/env", environment: ["A": "b"]), overlay)
    #expect(environment?.split(separator: "\n").sorted().first == "A=b")
    #expect(environment?.split(separator: "\n").count == 4)
  }

  @Test("nothing is left behind")
  func traces() throws {
    let folder = try TemporaryFolder()
    func mounts() -> [String] { SmallFile.lines("/proc/self/mountinfo").map(String.init) }
    let before = mounts()
    #expect(
      output(Command("/bin/true"), Overlay(entries: [folder.path / "a/b": text("x"), "/etc/harden-x": text("y")])) == ""
    )
    #expect(mounts() == before)
    #expect(try folder.names() == [])
    #expect(access("/etc/harden-x", F_OK) != 0)
  }

  @Test("a prober answers questions over an overlay, and without one")
  func prober() throws {
    let folder = try TemporaryFolder()
    let file = try folder.put("file", "old\n")
    let question = Probe.output(question: Question(Command("/bin/cat", [file.text]), reads: [folder.path]))
    let planned = Inquiry(question, over: Overlay(entries: [file: text("new\n")]))
    let absent = Inquiry(.output(question: Question(Command("/usr/bin/no-such"), reads: [])))
    let answers = Prober(overlays: runner).answers(to: [Inquiry(question), planned, absent])
    #expect(answers[Inquiry(question)] == .there(value: .output(CommandResult(status: 0, output: "old\n"))))
    #expect(answers[planned] == .there(value: .output(CommandResult(status: 0, output: "new\n"))))
    #expect(answers[absent] == .absent)
  }
}

@Suite("Scratch copies, where namespaces are forbidden")
struct ScratchTreeTests {
  @Test("paths of the original lead into the copy, relative Includes too")
  func copy() throws {
    let folder = try TemporaryFolder()
    let scratch = try TemporaryFolder()
    #expect(mkdir((folder.path / "conf.d").text, 0o700) == 0)
    _ = try folder.put("main", "Include \(folder.path)/conf.d/*.conf\n", mode: 0o640)
    _ = try folder.put("conf.d/a.conf", "a\n")
    #expect(symlink("\(folder.path)/conf.d/a.conf", (folder.path / "link").text) == 0)
    let tree = ScratchTree(of: [folder.path], at: scratch.path)
    #expect(tree.copy() == nil)
    #expect(tree.lay(.file(contents: "b\n", mode: 0o600, owner: .root), over: folder.path / "conf.d/b.conf") == nil)
    #expect(tree.lay(.removed, over: folder.path / "conf.d/a.conf") == nil)
    #expect(tree.lay(.file(contents: "c\n", mode: 0o600, owner: .root), over: folder.path / "new/deep/c") == nil)
    #expect(tree.lay(.file(contents: "d\n", mode: 0o600, owner: .root), over: "/etc/harden-elsewhere") == nil)
    // Half a copy is not judged: a folder in the place of a file.
    #expect(mkdir((scratch.path / folder.path.name / "conf.d/busy").text, 0o700) == 0)
    let busy = PlannedEntry.file(contents: "e\n", mode: 0o600, owner: .root)
    #expect(tree.lay(busy, over: folder.path / "conf.d/busy")?.hasSuffix("conf.d/busy: File exists") == true)
    #expect(rmdir((scratch.path / folder.path.name / "conf.d/busy").text) == 0)
    let copy = scratch.path / folder.path.name
    #expect(
      try SafeFiles.read(copy / "main").map { String(decoding: $0, as: UTF8.self) }
        == "Include \(copy)/conf.d/*.conf\n")
    #expect(FileReading.names(in: copy / "conf.d") == .there(value: .names(["b.conf"])))
    #expect(FileReading.linkTarget((copy / "link").text) == "\(copy)/conf.d/a.conf")
    #expect(access((copy / "new/deep/c").text, F_OK) == 0 && access("/etc/harden-elsewhere", F_OK) != 0)
    #expect(tree.original("line 1 of \(copy)/main") == "line 1 of \(folder.path)/main")
    tree.remove()
    #expect(access(scratch.path.text, F_OK) != 0)
    #expect(try folder.text("conf.d/a.conf") == "a\n")
  }
}
