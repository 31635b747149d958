import Glibc
import HostState
import SystemCalls
import Testing

@testable import HostAccess

@Suite("Trees", .enabled(if: isRoot))
struct TreeWalkTests {
  static let rule = TreeRule(
    root: "/", owner: Owner("daemon", "www-data"), directories: 0o2750, files: 0o640, writable: ["logs", "a/media"],
    relaxed: ["venv"], excluding: [".git"])

  func rule(_ folder: TemporaryFolder) -> TreeRule {
    var rule = Self.rule
    rule.root = folder.path / "site"
    return rule
  }
  func report(_ rule: TreeRule) throws -> TreeReport {
    guard case .there(.tree(let report)) = TreeWalk.report(rule) else {
      throw Diagnostic.bug("\(TreeWalk.report(rule))")
    }
    return report
  }

  /// A tree with something of everything.
  func make(_ folder: TemporaryFolder) throws -> TreeRule {
    for name in ["site", "site/a", "site/a/media", "site/venv", "site/.git", "site/a/.git", "site/odd\u{1}"] {
      try SafeFiles.makeDirectory(folder.path / name, mode: 0o755, user: 0, group: 0)
    }
    _ = try folder.put("site/manage.py", mode: 0o755)
    _ = try folder.put("site/a/plain", mode: 0o644)
    _ = try folder.put("site/a/media/upload", mode: 0o600)
    _ = try folder.put("site/venv/python", mode: 0o755)
    _ = try folder.put("site/.git/config", mode: 0o666)
    try SafeFiles.link(folder.path / "site/shadow", to: "/etc/shadow")
    #expect(mkfifo((folder.path / "site/pipe").text, 0o600) == 0)
    let bad = (folder.path / "site").text.utf8 + [UInt8(ascii: "/"), 0xFF]
    #expect(Array(bad).withCName { Glibc.open($0, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600) } >= 0)
    return rule(folder)
  }

  @Test("why a tree is not readable stands within a sentence")
  func reason() throws {
    let folder = try TemporaryFolder()
    let rule = rule(folder)
    _ = try folder.put("site", mode: 0o644)
    guard case .unreadable(let reason) = TreeWalk.report(rule) else {
      Issue.record("\(TreeWalk.report(rule))")
      return
    }
    #expect(!reason.isEmpty && !reason.hasSuffix("."))
  }

  @Test("settling leaves nothing to settle, follows no link and touches nothing excluded")
  func settles() throws {
    let folder = try TemporaryFolder()
    let rule = try make(folder)
    let before = try report(rule)
    // Root, a, media, venv, odd, four files, the byte 0xFF; logs is missing.
    #expect(before.offences == 11)
    #expect(before.examples.map(\.path) == ["", "a", "a/media", "a/media/upload", "a/plain"])
    #expect(before.examples.first?.found == "0755 root:root")
    #expect(before.examples.first?.wanted == "2750 daemon:www-data")
    try TreeWalk.settle(rule)
    let after = try report(rule)
    #expect(after.offences == 0)
    #expect(after.examples.isEmpty)
    #expect(after.untouchable.isEmpty)
    #expect(try SafeFiles.status(rule.root / "manage.py")?.permissions == 0o750)
    #expect(try SafeFiles.status(rule.root / "a/plain")?.permissions == 0o640)
    #expect(try SafeFiles.status(rule.root / "logs")?.permissions == 0o2770)
    #expect(try SafeFiles.status(rule.root / "a/media/upload")?.permissions == 0o660)
    #expect(try SafeFiles.status(rule.root / "a/media/upload")?.st_uid == 0)
    #expect(try SafeFiles.status(rule.root / ".git/config")?.permissions == 0o666)
    #expect(try SafeFiles.status("/etc/shadow")?.st_uid == 0)
    // What is made later fits, whatever the umask.
    #expect(shell("umask 0; cd \(rule.root); mkdir new a/media/up; : > new/f; : > a/media/up/f") == 0)
    #expect(try SafeFiles.status(rule.root / "new")?.permissions == 0o2750)
    #expect(try SafeFiles.status(rule.root / "new/f")?.permissions == 0o640)
    #expect(try SafeFiles.status(rule.root / "a/media/up/f")?.permissions == 0o660)
    #expect(try report(rule).offences == 2)  // made by root, where daemon should be the owner
  }

  @Test("a missing root is absent, and settling makes it with its writable folders")
  func absent() throws {
    let folder = try TemporaryFolder()
    let rule = rule(folder)
    #expect(TreeWalk.report(rule) == .absent)
    try TreeWalk.settle(rule)
    let report = try report(rule)
    #expect(report.offences == 0)
    #expect(report.entries == 4)
  }

  @Test("a hard link to a foreign file is told and left alone")
  func hardLink() throws {
    let folder = try TemporaryFolder()
    let rule = try make(folder)
    let shadow = try folder.put("shadow", mode: 0o600)
    #expect(link(shadow.text, (rule.root / "innocent").text) == 0)
    try TreeWalk.settle(rule)
    #expect(try SafeFiles.status(shadow)?.permissions == 0o600)
    #expect(try SafeFiles.status(shadow)?.st_uid == 0)
    let report = try report(rule)
    #expect(report.offences == 0)
    #expect(
      report.untouchable == [
        .init(
          path: "innocent", found: "0600 root:root, 2 hard links",
          wanted: "left alone: another name of it may lie outside")
      ])
  }

  @Test("a directory without the default ACL breaks the rule, a rule without inheritance asks for none")
  func acl() throws {
    let folder = try TemporaryFolder()
    var rule = try make(folder)
    rule.inherited = false
    try TreeWalk.settle(rule)
    #expect(try report(rule).offences == 0)
    rule.inherited = true
    // Root, logs, a, media, odd; not the venv, whose tools move directories about.
    #expect(try report(rule).offences == 5)
    #expect(
      try report(rule).examples.first?.wanted == "2750 daemon:www-data, default ACL u::rwx,g::r-x,o::---")
    try TreeWalk.settle(rule)
    #expect(try report(rule).offences == 0)
  }

  @Test("a file of the tree's owner with a name outside is told, one with all its names inside is not")
  func linked() throws {
    let folder = try TemporaryFolder()
    let rule = try make(folder)
    for (name, other) in [("site/b", "outside"), ("site/c", "site/a/d"), ("site/e", "elsewhere")] {
      let path = try folder.put(name, mode: 0o600)
      #expect(chown(path.text, 1, 1) == 0)
      #expect(link(path.text, (folder.path / other).text) == 0)
    }
    #expect(try report(rule).linked == .init(first: "b", files: 2))
    try TreeWalk.settle(rule)
    #expect(try report(rule).linked == nil)
  }

  @Test("what default ACLs give to others by name, and settling takes, is told")
  func aclOfOthers() throws {
    let folder = try TemporaryFolder()
    let rule = try make(folder)
    try TreeWalk.settle(rule)
    // u::rwx, user 1 rwx, g::rwx, the mask, o::---
    let entries: [(UInt8, UInt8, UInt8)] = [(1, 7, 0xFF), (2, 7, 1), (4, 7, 0xFF), (16, 7, 0xFF), (32, 0, 0xFF)]
    var list: [UInt8] = [2, 0, 0, 0]
    for (tag, rights, id) in entries {
      list += [tag, 0, rights, 0, id]
      list += [UInt8](repeating: id == 1 ? 0 : 0xFF, count: 3)
    }
    for name in ["logs", "a/media"] {
      let handle = try SafeFiles.handle(rule.root / name)
      #expect(harden_setxattr(handle.number, DefaultACL.attribute, list, list.count) == 0)
    }
    let report = try report(rule)
    #expect(report.grants == [.init(AccessGrant("user:daemon", rights: 7), in: "a/media", folders: 2)])
    #expect(report.examples.map(\.path) == ["a/media", "logs"])
    #expect(report.examples.first?.found == "2770 root:www-data, default ACL user:daemon:rwx")
    try TreeWalk.settle(rule)
    #expect(try self.report(rule).grants == nil)
  }

  @Test("what settling would change is known before, with its old state")
  func offenders() throws {
    let folder = try TemporaryFolder()
    let rule = try make(folder)
    let found = try #require(try TreeWalk.offenders(rule))
    #expect(found.missing == ["logs"])
    #expect(found.entries.count == 10)
    #expect(found.entries.contains(TreeEntryImage(path: "\\xff", mode: 0o600, user: 0, group: 0)))
    try TreeWalk.settle(rule)
    #expect(try TreeWalk.offenders(rule)?.entries == [])
  }

  @Test("who owns the root of a tree is for the rule to say, also where others make what lies in it")
  func rootsOwner() {
    let judge = TreeJudge(
      TreeRule(root: "/srv", owner: .root, directories: 0o755, files: 0o644, writable: [""]))
    var found = stat()
    (found.st_mode, found.st_uid) = (S_IFDIR | 0o775, 1)
    #expect(judge.wanted(found, at: judge.root, isRoot: true)?.user == 0)
    #expect(judge.wanted(found, at: judge.root, isRoot: false) == nil)
  }

  @Test("the judgement in numbers is that of the rule, for every kind of place, mode and owner")
  func equalsTheRule() throws {
    let rules = [
      Self.rule,
      TreeRule(root: "/srv", owner: .root, directories: 0o755, files: 0o644, writable: ["", "a//b/"], relaxed: ["a"]),
      TreeRule(root: "/srv", owner: .root, directories: 0o700, files: 0o600, relaxed: ["logs/x", ""]),
    ]
    let paths = ["", "logs", "logs/x", "logsx", "a", "a/media", "a/media/x", "a/b/c", "venv/bin/y", ".git", "a/.git/x"]
    var (fits, differs) = (0, 0)
    for rule in rules {
      let judge = TreeJudge(rule)
      for relative in paths {
        var (place, excluded) = (judge.root, false)
        for component in TreeJudge.components(relative) {
          component.withUnsafeBufferPointer {
            excluded = excluded || judge.excludes($0)
            place = judge.enter($0, from: place)
          }
        }
        for kind in [S_IFREG, S_IFDIR, S_IFIFO] {
          for mode in Array(stride(from: UInt32(0), through: 0o7777, by: 37)) + [
            0o2750, 0o640, 0o750, 0o2770, 0o660, 0o755, 0o644,
          ] {
            for (user, group) in [(UInt32(0), UInt32(0)), (1, 33), (1, 0), (33, 33)] {
              var status = stat()
              (status.st_mode, status.st_uid, status.st_gid) = (kind | mode, user, group)
              let found = FileStatus(
                kind: kind == S_IFREG ? .file : kind == S_IFDIR ? .directory : .other(type: "p"),
                mode: status.permissions, owner: Self.owners[user].map { Owner($0, Self.groups[group] ?? "") } ?? .root)
              let numbers =
                excluded ? nil : judge.wanted(status, at: place, isRoot: TreeJudge.components(relative).isEmpty)
              let words = rule.wanted(relative: relative, found: found)
              if (numbers == nil) != (words == nil) || numbers.map({ FileMode(UInt16($0.mode)) }) != words?.mode {
                Issue.record("\(relative) \(found): \(String(describing: numbers)), \(String(describing: words))")
                return
              }
              if words == nil { fits += 1 } else { differs += 1 }
            }
          }
        }
      }
    }
    #expect(fits > 1000 && differs > 1000)
  }

  static let owners: [UInt32: String] = [0: "root", 1: "daemon", 33: "www-data"]
  static let groups: [UInt32: String] = [0: "root", 33: "www-data"]
}
