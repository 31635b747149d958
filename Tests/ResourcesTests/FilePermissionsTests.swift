import HostTesting
import Resources
import Testing

@Suite("File permissions")
struct FilePermissionsTests {
  @Test("a differing mode and owner are set, owner first, and then nothing differs")
  func differs() throws {
    var host = SimulatedHost.debian(12)
    host.entries["/etc/crontab"] = .file("", 0o644, Owner("games", "root"))
    let trial = try host.trial(of: FilePermissions("/etc/crontab", mode: 0o600, owner: .root))
    #expect(
      trial.first.changes == [
        Change("/etc/crontab", "owner", from: "games:root", to: "root:root"),
        Change("/etc/crontab", "mode", from: "0644", to: "0600"),
      ])
    #expect(
      trial.first.steps.map(\.action) == [
        .setOwner(path: "/etc/crontab", owner: .root), .setMode(path: "/etc/crontab", mode: 0o600),
      ])
    #expect(trial.second == .nothing)
  }

  @Test("without an owner the owner is left alone")
  func modeOnly() throws {
    var host = SimulatedHost.debian(12)
    host.entries["/etc/crontab"] = .file("", 0o600, Owner("games", "root"))
    #expect(try host.proposal(of: FilePermissions("/etc/crontab", mode: 0o600)) == .nothing)
  }

  @Test("a bit that chown clears is set again")
  func setuid() throws {
    var host = SimulatedHost.debian(12)
    host.entries["/usr/bin/x"] = .file("", 0o4755, Owner("games", "root"))
    let trial = try host.trial(of: FilePermissions("/usr/bin/x", mode: 0o4755, owner: .root))
    #expect(trial.first.steps.map(\.action).last == .setMode(path: "/usr/bin/x", mode: 0o4755))
    #expect(trial.second == .nothing)
  }

  @Test("what is not there is left so, and said")
  func absent() throws {
    let proposal = try SimulatedHost.debian(12).proposal(of: FilePermissions("/etc/cron.x", mode: 0o700))
    #expect(proposal == Proposal(notes: ["/etc/cron.x is not there: nothing to set"]))
  }

  @Test("a link and an unreadable path are errors")
  func unreadable() throws {
    var host = SimulatedHost.debian(12)
    host.entries["/etc/crontab"] = .link(target: "/srv/crontab")
    let permissions = FilePermissions("/etc/crontab", mode: 0o600)
    #expect(throws: Diagnostic.self) { try host.proposal(of: permissions) }
    #expect(
      try host.proposal(of: FilePermissions("/etc/crontab", mode: 0o600, sparingLinks: true))
        == Proposal(notes: ["/etc/crontab is a link to /srv/crontab: the mode of that is left to whoever laid it"]))
    host.overrides[.file(path: "/etc/crontab")] = .unreadable(reason: "permission denied")
    #expect(throws: Diagnostic.self) { try host.proposal(of: permissions) }
  }
}
