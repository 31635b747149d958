import HostTesting
import Testing

@testable import Resources

@Suite("The text of sshd's configuration")
struct SSHDConfigFilesTests {
  private func read(_ files: [Path: String]) -> SSHDConfigFiles {
    var host = SimulatedHost.debian(12)
    host.entries = files.mapValues { .file($0) }
    var known = Observations()
    while true {
      let reading = SSHDConfigFiles(known: known)
      if reading.missing.isEmpty { return reading }
      for probe in reading.missing { known.learn([Inquiry(probe): host.answer(probe)]) }
    }
  }

  @Test(
    "words are parted by blanks and one equals sign, held by quotes, ended by a comment",
    arguments: [
      ("PermitRootLogin no", ["PermitRootLogin", "no"]),
      ("  PermitRootLogin=no\r", ["PermitRootLogin", "no"]),
      ("LogLevel = VERBOSE # why", ["LogLevel", "VERBOSE"]),
      ("Banner \"/etc/a b\"", ["Banner", "/etc/a b"]),
      ("SetEnv A=b", ["SetEnv", "A=b"]),
      ("AllowUsers a#b c", ["AllowUsers", "a#b", "c"]),
      ("# PermitRootLogin no", []),
      ("\"", [""]),
      ("=", ["="]),
    ])
  func words(_ line: String, _ words: [String]) {
    #expect(SSHDConfigFiles.words(line) == words)
  }

  @Test("a file that includes itself, many times over, comes to an end")
  func cycle() {
    let include = "Include /etc/ssh/sshd_config /etc/ssh/sshd_config\n"
    let reading = read(["/etc/ssh/sshd_config": include + "Port 9\n" + include])
    #expect(reading.lines.first?.value == "9" && reading.files.count == 512)
  }

  @Test("a link is followed, and its lines are named by the file that holds them")
  func links() {
    var host = SimulatedHost.debian(12)
    host.entries = [
      "/etc/ssh/sshd_config": .link(target: "../../srv/./ssh/main"),
      "/srv/ssh/main": .file("Include sshd_config.d/*.conf\nPort 9\n"),
      "/etc/ssh/sshd_config.d/a.conf": .link(target: "/srv/b"), "/srv/b": .link(target: "c"),
      "/srv/c": .file("Port 1\n"),
      "/etc/ssh/sshd_config.d/z.conf": .link(target: "z.conf"),
    ]
    // The prober reads no text through a link.
    for (path, entry) in host.entries {
      if case .link = entry { host.overrides[.contents(path: path)] = .unreadable(reason: "it is a symbolic link") }
    }
    var known = Observations()
    var reading = SSHDConfigFiles(known: known)
    while !reading.missing.isEmpty {
      for probe in reading.missing { known.learn([Inquiry(probe): host.answer(probe)]) }
      reading = SSHDConfigFiles(known: known)
    }
    #expect(reading.lines.map(\.place) == ["/srv/c:1", "/srv/ssh/main:2"])
    #expect(reading.unreadable == ["/etc/ssh/sshd_config.d/z.conf"])
  }

  @Test("drop-ins come in the order of their bytes, without dot files and other endings")
  func order() {
    let reading = read([
      "/etc/ssh/sshd_config": "Include sshd_config.d/*.conf\nPort 9\n",
      "/etc/ssh/sshd_config.d/9.conf": "Port 3\n",
      "/etc/ssh/sshd_config.d/10.conf": "Port 2\n",
      "/etc/ssh/sshd_config.d/00.conf": "Port 1\n",
      "/etc/ssh/sshd_config.d/A.conf": "Port 4\n",
      "/etc/ssh/sshd_config.d/a.conf": "Port 5",
      "/etc/ssh/sshd_config.d/.b.conf": "Port 6\n",
      "/etc/ssh/sshd_config.d/b.conf.bak": "Port 7\n",
    ])
    #expect(reading.lines.map(\.value) == ["1", "2", "3", "4", "5", "9"])
  }

  @Test("folders of an Include may hold wildcards, too")
  func folders() {
    let reading = read([
      "/etc/ssh/sshd_config": "Include site-*/[ab].conf\nInclude /etc/ssh/.h*/x\nPort 9\n",
      "/etc/ssh/site-b/a.conf": "Port 3\n",
      "/etc/ssh/site-a/b.conf": "Port 2\n",
      "/etc/ssh/site-a/a.conf": "Port 1\n",
      "/etc/ssh/site-a/c.conf": "Port 8\n",
      "/etc/ssh/.site-a/a.conf": "Port 7\n",
      "/etc/ssh/.hidden/x": "Port 4\n",
    ])
    #expect(reading.lines.map(\.value) == ["1", "2", "3", "4", "9"])
  }

  @Test("a Match ends with its file, and an Include within one is under it")
  func scope() {
    let reading = read([
      "/etc/ssh/sshd_config":
        "Include sshd_config.d/*.conf\nX11Forwarding yes\nMatch User a\nInclude /etc/b\nBanner x\n",
      "/etc/ssh/sshd_config.d/1.conf": "Match all\nLogLevel INFO\n",
      "/etc/b": "PasswordAuthentication yes\nMatch Group g\nPermitTTY no\n",
    ])
    #expect(reading.lines.map(\.conditions) == [["all"], [], ["User a"], ["User a", "Group g"], ["User a"]])
    #expect(reading.lines[2].place == "/etc/b:1")
  }

  @Test("files that include one another come to an end")
  func circle() {
    let reading = read(["/etc/ssh/sshd_config": "Include /etc/ssh/sshd_config\nPort 22\n"])
    #expect(reading.lines.count == 17)
  }

  @Test("any bytes are read")
  func anyBytes() {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("Match User=\"'\\#*?[]-!\r\n\t Include/é\u{0}")
    for _ in 0..<500 {
      let text = String((0..<Int.random(in: 0...120, using: &random)).compactMap { _ in alphabet.randomElement() })
      let reading = read(["/etc/ssh/sshd_config": text])
      #expect(reading.lines.allSatisfy { !$0.keyword.contains("\n") })
    }
  }

  @Test(
    "wildcards",
    arguments: [
      ("*.conf", "a.conf", true), ("*.conf", "a.confx", false), ("a?c", "abc", true), ("[a-c]x", "bx", true),
      ("[!a-c]x", "bx", false), ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false), ("", "", true),
      ("[", "[", true),
    ])
  func wildcards(_ pattern: String, _ text: String, _ matches: Bool) {
    #expect(Wildcard(pattern).matches(text) == matches)
  }

  @Test("the key's fingerprint is the one that ssh-keygen prints")
  func fingerprint() throws {
    #expect(SHA256.digest(of: Array("abc".utf8)).prefix(4) == [0xba, 0x78, 0x16, 0xbf])
    #expect(SHA256.digest(of: []).prefix(4) == [0xe3, 0xb0, 0xc4, 0x42])
    let key = try PublicKey(line: SimulatedHost.keyLine(1))
    #expect(key.fingerprint.hasPrefix("SHA256:"))
    #expect(key.fingerprint.count == 50)
  }
}
