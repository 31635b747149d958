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

  @Test("no group that makes one root")
  func refused() throws {
    let root = GroupMember("nobody", of: "docker")
    #expect(throws: Diagnostic.self) { try SimulatedHost.debian(12).proposal(of: root) }
  }
}
