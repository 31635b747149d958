import HostTesting
import Resources
import Testing

@Suite("Apache's sandbox")
struct ApacheSandboxTests {
  private let sandbox = ApacheSandbox(writable: ["/srv/django/media"])

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

  @Test("settled once it is in force, not before")
  func settled() throws {
    var host = SimulatedHost.apache()
    host = host.applying(try host.proposal(of: sandbox))
    #expect(try host.proposal(of: sandbox) == .nothing)
    host.overrides[.stale(unit: "apache2.service", paths: ["/etc/systemd/system/apache2.service.d"])] =
      .there(value: .flag(true))
    let trial = try host.trial(of: sandbox)
    #expect(trial.first.changes.map(\.subject) == ["apache sandbox"])
    #expect(trial.second == .nothing)
  }
}
