import HostTesting
import Resources
import Testing

@Suite("Certificates")
struct CertificateTests {
  private let certificate = Certificate(for: ["example.com", "www.example.com"], email: "me@example.com")
  private let waiting = Waiting(
    "certificate example.com", seen: "none in /etc/letsencrypt/live/example.com",
    wanted: "DNS that leads example.com, www.example.com here (203.0.113.5, 2001:db8::5)")
  private let note =
    "once DNS leads here: certbot certonly --webroot -w /var/www/acme --cert-name example.com -d example.com "
    + "-d www.example.com --agree-tos -m me@example.com, then apply again"

  @Test("the hook and the timer come at once, the certificate is waited for")
  func differs() throws {
    var host = SimulatedHost.apache()
    host.entries["/etc/letsencrypt"] = .directory(0o755)
    host.units["certbot.timer"] = UnitState(enablement: "disabled", activity: "inactive")
    let trial = try host.trial(of: certificate)
    #expect(
      trial.first.changes == [
        Change("certbot, after a renewal", from: nil, to: "reloads Apache"),
        Change("certbot.timer", from: "disabled, inactive", to: "enabled, active"),
      ])
    #expect(trial.first.waiting == [waiting])
    #expect(trial.first.notes == [note])
    #expect(trial.second == Proposal(notes: [note], waiting: [waiting]))
  }

  @Test("with a certificate there is nothing to wait for")
  func settled() throws {
    var host = SimulatedHost.apache()
    host = host.applying(try host.proposal(of: certificate))
    host.entries["/etc/letsencrypt/live/example.com/fullchain.pem"] = .file("")
    #expect(try host.proposal(of: certificate) == .nothing)
  }

  @Test("an address that is none is refused", arguments: ["me", "me@", "-x@example.com", "a b@example.com"])
  func badAddress(_ email: String) throws {
    let certificate = Certificate(for: ["example.com"], email: email)
    #expect(throws: Diagnostic.self) { try SimulatedHost.apache().proposal(of: certificate) }
  }
}
