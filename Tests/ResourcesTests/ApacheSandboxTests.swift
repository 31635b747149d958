import HostState
import HostTesting
import Resources
import Testing

@Suite("Apache's sandbox")
struct ApacheSandboxTests {
  private let sandbox = ApacheSandbox(sites: ["/srv/django"], writable: ["/srv/django/media"])

  @Test("the unit's drop-in is written and Apache started again in it")
  func differs() throws {
    let trial = try SimulatedHost.apache().trial(of: sandbox)
    #expect(
      trial.first.changes == [
        Change("/etc/systemd/system/apache2.service.d", from: nil, to: "directory 0755 root:root"),
        Change("apache sandbox", from: nil, to: "all read-only but /srv/django/media", risk: .service),
      ])
    #expect(trial.first.steps.map(\.risk).max() == .service)
    #expect(trial.second == .nothing)
  }

  @Test("home directories are hidden, and readable where a site lives in one")
  func homes() throws {
    for (site, hidden) in [("/srv/django", "yes"), ("/home/ana/site", "read-only"), ("/root/site", "read-only")] {
      let proposal = try SimulatedHost.apache().proposal(of: ApacheSandbox(sites: [Path(site)]))
      let written = proposal.steps.compactMap { step in
        if case .write(_, let contents, _, _, _) = step.action { contents } else { nil }
      }
      #expect(written.count == 1)
      #expect(written.first?.contains("ProtectHome=\(hidden)\n") == true)
    }
  }

  @Test("settled once it is in force, not before")
  func settled() throws {
    var host = SimulatedHost.apache()
    host = host.applying(try host.proposal(of: sandbox))
    #expect(try host.proposal(of: sandbox) == .nothing)
    host.asking { question, _ in
      guard question.command.arguments.contains("-newer") else { return nil }
      return .there(
        value: CommandResult(status: 0, output: "/etc/systemd/system/apache2.service.d/harden.conf\n"))
    }
    let trial = try host.trial(of: sandbox)
    #expect(
      trial.first.changes == [
        Change("apache sandbox", from: "not in force yet", to: "in force after a restart", risk: .service)
      ])
    #expect(trial.second == .nothing)
  }

  @Test("a reload of Apache's alone leaves it waiting for the restart")
  func reloaded() throws {
    var host = SimulatedHost.apache()
    host = host.applying(try host.proposal(of: sandbox))
    host.asking { question, _ in
      guard question.command.arguments.contains("-newer") else { return nil }
      return .there(
        value: CommandResult(status: 0, output: "/etc/systemd/system/apache2.service.d/harden.conf\n"))
    }
    var seen = try host.observe(sandbox)
    seen.fold(Step(.reload(unit: "apache2.service", restart: false, check: nil, listening: [80])))
    #expect(try sandbox.proposal(given: seen).changes.count == 1)
  }
}
