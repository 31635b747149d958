import HostTesting
import Resources
import Testing

@Suite("File trees")
struct FileTreeTests {
  private let tree = FileTree(
    "/srv/django", owner: "deploy", group: "www-data", writable: ["logs", "media"], relaxed: ["venv"])
  private let wanted =
    "directories 2750, files 0640, deploy:www-data; www-data writes in logs, media; others may read in venv"

  private var host: SimulatedHost {
    var host = SimulatedHost.debian(12)
    host.addUser("deploy", uid: 1000)
    return host
  }

  @Test("an absent tree is made")
  func absent() throws {
    let trial = try host.trial(of: tree)
    #expect(trial.first.changes == [Change("tree /srv/django", from: nil, to: wanted)])
    #expect(trial.first.steps.map(\.requires) == [[.account("deploy"), .group("www-data")]])
    #expect(trial.second == .nothing)
  }

  @Test("entries that break the rule are counted, a few are shown")
  func differs() throws {
    var host = host
    host.entries["/srv/django"] = .directory(0o2750, Owner("deploy", "www-data"))
    host.entries["/srv/django/manage.py"] = .file("", 0o755, Owner("deploy", "deploy"))
    host.entries["/srv/django/a"] = .file("", 0o640, Owner("deploy", "www-data"))
    host.entries["/srv/django/.git/config"] = .file("", 0o644, Owner("deploy", "deploy"))
    let trial = try host.trial(of: tree)
    #expect(trial.first.changes == [Change("tree /srv/django", from: "1 of 4 entries differs", to: wanted)])
    #expect(
      trial.first.notes == ["/srv/django: /srv/django/manage.py  0755 deploy:deploy → 0750 deploy:www-data"])
    #expect(trial.second == .nothing)
  }

  @Test("a settled tree needs nothing, and what must not be touched is named")
  func settled() throws {
    var host = host
    let foreign = TreeReport.Offence(
      path: "media/x", found: "0640 root:shadow, 2 hard links",
      wanted: "left alone: another name of it may lie outside")
    let probe = try #require(tree.probes(given: Observations()).first)
    host.overrides[probe] = .there(value: .tree(TreeReport(entries: 3_401, offences: 0, untouchable: [foreign])))
    let proposal = try host.proposal(of: tree)
    #expect(proposal.isSettled)
    #expect(
      proposal.notes == [
        "/srv/django: media/x is 0640 root:shadow, 2 hard links; left alone: another name of it may lie outside"
      ])
  }

  @Test("whoever a default ACL names, and who is to be named no more, is shown as a change")
  func aclOfOthers() throws {
    var host = host
    let probe = try #require(tree.probes(given: Observations()).first)
    let grants = [
      TreeReport.FolderGrant(AccessGrant("group:adm", rights: 4), in: "", folders: 1),
      TreeReport.FolderGrant(AccessGrant("user:bob", rights: 7), in: "media", folders: 1_201),
    ]
    host.overrides[probe] = .there(value: .tree(TreeReport(entries: 3_000, offences: 1_202, grants: grants)))
    let subject = "tree /srv/django"
    #expect(
      try host.proposal(of: tree).changes == [
        Change(subject, from: "1,202 of 3,000 entries differ", to: wanted),
        Change(subject, "default ACL", from: "group:adm:r-- on the root itself", to: nil),
        Change(subject, "default ACL", from: "user:bob:rwx on media and 1,200 more", to: nil),
      ])
  }

  @Test("files that are changed under other names as well are told")
  func linked() throws {
    var host = host
    let probe = try #require(tree.probes(given: Observations()).first)
    host.overrides[probe] = .there(
      value: .tree(TreeReport(entries: 9, offences: 2, linked: .init(first: "venv/a b", files: 2))))
    #expect(
      try host.proposal(of: tree).notes == [
        "/srv/django: other names (hard links) of venv/a b and 1 more get the same mode and owner: "
          + "find / -xdev -samefile '/srv/django/venv/a b'"
      ])
  }

  @Test("a tree that cannot be read is no settled tree")
  func unreadable() throws {
    var host = host
    let probe = try #require(tree.probes(given: Observations()).first)
    host.overrides[probe] = .unreadable(reason: "permission denied")
    #expect(host.diagnostic(of: tree)?.kind == .unreadable)
  }

  @Test(
    "system folders, and folders outside of the tree, are refused", arguments: ["/", "/etc", "/home", "/usr/lib/x"])
  func refused(_ root: String) throws {
    #expect(throws: Diagnostic.self) { try host.proposal(of: FileTree(Path(root), owner: "a", group: "b")) }
    let outside = FileTree("/srv/x", owner: "a", group: "b", writable: ["../etc"])
    #expect(throws: Diagnostic.self) { try host.proposal(of: outside) }
  }
}
