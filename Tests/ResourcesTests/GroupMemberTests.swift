import HostTesting
import Resources
import Testing

@Suite("Members of groups")
struct GroupMemberTests {
  private let member = GroupMember("deploy", of: "www-data")

  @Test("an account joins the group once")
  func differs() throws {
    var host = SimulatedHost.debian(12)
    host.addUser("deploy", uid: 1000)
    let trial = try host.trial(of: member)
    #expect(trial.first.changes == [Change("user deploy", "group www-data", from: "no", to: "member")])
    #expect(trial.first.steps.map(\.requires) == [[.account("deploy"), .group("www-data")]])
    #expect(trial.second == .nothing)
  }

  @Test("an account that is declared later is waited for")
  func absent() throws {
    let trial = try SimulatedHost.debian(12).trial(of: member)
    #expect(trial.first.steps.map(\.requires) == [[.account("deploy"), .group("www-data")]])
    #expect(trial.second == .nothing)
  }

  @Test("a membership that is declared no more goes, once, and only where it is there")
  func former() throws {
    var host = SimulatedHost.debian(12)
    host.addUser("deploy", uid: 1000)
    let former = FormerMember("deploy", of: "www-data")
    #expect(try host.trial(of: former).first == .nothing)
    host.accounts.groups["www-data"] = ["deploy"]
    let trial = try host.trial(of: former)
    #expect(
      trial.first.changes == [
        Change("user deploy", "group www-data", from: "member", to: nil, warning: "no longer declared")
      ])
    #expect(
      trial.first.steps.map(\.action) == [.run(command: Command("/usr/bin/gpasswd", ["-d", "deploy", "www-data"]))])
    #expect(trial.second == .nothing)
  }

  @Test(
    "so does a umask; the rest of the comment stays", arguments: [",,,,umask=022", "Ana,,,,umask=022", "umask=022"])
  func formerUmask(comment: String) throws {
    var host = SimulatedHost.debian(12)
    host.addUser("deploy", uid: 1000)
    host.accounts.users["deploy"]?.comment = comment
    let trial = try host.trial(of: FormerUmask("deploy"))
    #expect(
      trial.first.changes == [Change("user deploy", "umask", from: "022", to: nil, warning: "no longer declared")])
    let new = comment.hasPrefix("Ana") ? "Ana,,," : ""
    #expect(trial.first.steps.map(\.action) == [.run(command: Command("/usr/sbin/usermod", ["-c", new, "deploy"]))])
    #expect(trial.second == .nothing)
  }

  @Test("no group that makes one root")
  func refused() throws {
    let root = GroupMember("nobody", of: "docker")
    #expect(throws: Diagnostic.self) { try SimulatedHost.debian(12).proposal(of: root) }
  }
}
