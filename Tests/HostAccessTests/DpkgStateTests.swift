import Foundation
import HostState
import Testing

@testable import HostAccess

@Suite("What dpkg has noted")
struct DpkgStateTests {
  @Test("packages that were touched, or that are not as they should be, are unpacked anew")
  func touched() {
    let output = """
      apache2 half-configured ok
      bash installed ok
      libapr1t64:amd64 unpacked ok
      nginx config-files ok
      perl installed reinstreq
      ufw installed ok
      vim not-installed ok

      """
    #expect(
      DpkgState.packages(in: output) { $0 == "ufw" || $0 == "nginx" } == ["apache2", "libapr1t64:amd64", "perl", "ufw"])
  }

  @Test("this host was started after its kernel, and before whoever runs the tests")
  func started() throws {
    let own = try #require(ProcessStatus.own)
    let runner = ProcessStatus.of(own.parent) ?? own
    let kernel = Double(Executor.now) - Clocks.sinceBoot
    #expect(Double(Clocks.started) >= kernel - 1)
    #expect(Double(Clocks.started) <= kernel + runner.start + 1)
  }

  @Test("a file that somebody emptied before the installation is left alone")
  func emptied() throws {
    let folder = try TemporaryFolder()
    let (empty, full) = (try folder.put("empty", ""), try folder.put("full", "text\n"))
    #expect(DpkgState.isEmptied(empty, since: Executor.now - 60))
    #expect(!DpkgState.isEmptied(empty, since: Executor.now + 60))
    #expect(!DpkgState.isEmptied(full, since: Executor.now - 60))
    #expect(!DpkgState.isEmptied(Path("\(folder.path)/none"), since: Executor.now - 60))
  }

  @Test("what became empty of the files that a package's script names, in whatever folder")
  func leftEmpty() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: "\(folder.path)/etc/ufw", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: "\(folder.path)/info", withIntermediateDirectories: true)
    let lost = try folder.put("etc/ufw/before.rules", "")
    _ = try folder.put("etc/ufw/after.rules", "*filter\n")
    _ = try folder.put("etc/ufw/nobodys", "")
    _ = try folder.put("info/ufw.postinst", "for f in before.rules after.rules\ndo ucf $f; done\n")
    _ = try folder.put("info/other.postinst", "touch /etc/nobodys\n")
    func found(_ packages: [String], since time: Int) -> [Path] {
      let root = folder.path
      return DpkgState.leftEmpty(by: packages, since: time, in: root / "etc", scripts: root / "info")
    }
    #expect(found(["ufw:amd64"], since: Executor.now - 60) == [lost])
    #expect(found(["ufw"], since: Executor.now + 60).isEmpty)
    #expect(found(["curl"], since: Executor.now - 60).isEmpty)
  }

  @Test("the files that a package's script names")
  func named() {
    #expect(DpkgState.names(in: "for f in before.rules before6.rules").contains("before.rules"))
    #expect(DpkgState.names(in: #"cp "$from/user.rules" /etc/ufw/user.rules; chmod 640"#).contains("user.rules"))
    #expect(!DpkgState.names(in: "ucf /usr/share/ufw/before.rules.new").contains("before.rules"))
  }

  @Test("configuration files, but for those that hold nothing when they come, or come no more")
  func configurationFiles() {
    let output = """
      \n /etc/python3/debian_config 5c8c9f1d44a4b6d4c8f7fd1b0c5ff3a0
       /etc/default/nothing d41d8cd98f00b204e9800998ecf8427e
       /etc/old 0123456789abcdef0123456789abcdef obsolete
      half a line
      \n
      """
    #expect(DpkgState.configurationFiles(in: output) == ["/etc/python3/debian_config"])
  }
}
