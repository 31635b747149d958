import HostState
import HostTesting
import Resources
import Testing

@Suite("The umask of an account")
struct UmaskTests {
  private let umask = Umask("deploy", 0o022)

  @Test("goes where pam_umask looks first, and what else the comment says stays")
  func differs() throws {
    for (before, from, after) in [
      ("", nil, ",,,,umask=022"),
      ("Ana Deploy,,,", nil, "Ana Deploy,,,,umask=022"),
      ("Ana,1,2,3,UMASK=077", "077", "Ana,1,2,3,umask=022"),
    ] {
      var host = SimulatedHost.debian(13)
      host.addUser("deploy", uid: 1000)
      host.accounts.users["deploy"]?.comment = before
      let trial = try host.trial(of: umask)
      #expect(trial.first.changes == [Change("user deploy", "umask", from: from, to: "022")])
      #expect(
        trial.first.steps.map(\.action) == [.run(command: Command("/usr/sbin/usermod", ["-c", after, "deploy"]))])
      #expect(trial.second == .nothing)
    }
  }

  @Test("an account that has it is left alone")
  func settled() throws {
    var host = SimulatedHost.debian(13)
    host.addUser("deploy", uid: 1000)
    host.accounts.users["deploy"]?.comment = "Ana,,,,umask=022"
    #expect(try host.proposal(of: umask) == .nothing)
  }

  @Test("an account that is declared later is waited for")
  func absent() throws {
    let proposal = try SimulatedHost.debian(13).proposal(of: umask)
    #expect(proposal.steps.map(\.requires) == [[.account("deploy")]])
  }

  @Test("more than nine bits are no umask")
  func refused() throws {
    let setgid = Umask("deploy", 0o2022)
    #expect(throws: Diagnostic.self) { try SimulatedHost.debian(13).proposal(of: setgid) }
  }
}
