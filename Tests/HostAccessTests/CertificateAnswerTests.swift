import HostState
import Testing

@testable import HostAccess

@Suite("What certbot, getent and curl say of certificates")
struct CertificateAnswerTests {
  @Test("addresses are those of both families, once each, mapped ones left out")
  func addresses() {
    let output = """
      203.0.113.5     STREAM example.com
      203.0.113.5     DGRAM
      203.0.113.5     RAW
      2001:db8::5     STREAM
      ::ffff:203.0.113.5 STREAM

      """
    #expect(ReachReading.addresses(output) == ["2001:db8::5", "203.0.113.5"])
    #expect(ReachReading.addresses("") == [])
  }

  @Test("a getent that knows no --no-addrconfig is asked for both families, whatever this host has itself")
  func olderAddresses() {
    #expect(
      ReachReading.olderLookups("example.com").map(\.arguments) == [
        ["--service=dns", "ahostsv4", "example.com."], ["--service=dns", "hosts", "example.com."],
      ])
    let output = "203.0.113.5     STREAM example.com\n203.0.113.5     DGRAM\n2001:db8::5     example.com\n"
    #expect(ReachReading.addresses(output) == ["2001:db8::5", "203.0.113.5"])
  }

  @Test("only the host's own text is this host")
  func verdicts() {
    func verdict(_ output: String, _ status: Int32 = 0) -> Reach.Found {
      ReachReading.verdict(.finished(CommandResult(status: status, output: output)), "harden ab\n")
    }
    #expect(verdict("harden ab\n\n200") == .thisHost)
    #expect(verdict("harden abc\n\n200") == .another(what: "it answers 200"))
    #expect(verdict("<html>\n404") == .another(what: "it answers 404"))
    #expect(verdict("", 7) == .silence(why: "connection refused, or no way there"))
    #expect(verdict("", 28) == .silence(why: "no answer within 3 s"))
    #expect(verdict("\n000", 52) == .silence(why: "no answer, curl 52"))
    #expect(
      ReachReading.verdict(.outOfTime(seconds: 6, so: CommandResult(status: 143, output: "")), "x")
        == .silence(why: "no answer within 3 s"))
  }

  @Test("the failed link is the authority's own word")
  func failedChallenge() {
    let errors = """
      Saving debug log to /var/log/letsencrypt/letsencrypt.log
      Requesting a certificate for example.test

      Certbot failed to authenticate some domains (authenticator: webroot). The Certificate Authority reported these problems:
        Domain: example.test
        Type:   connection
        Detail: 192.0.2.7: Fetching http://example.test/.well-known/acme-challenge/x: Timeout

      Hint: The Certificate Authority failed to download the temporary challenge files created by Certbot.

      Some challenges have failed.
      Ask for help or search for solutions at https://community.letsencrypt.org.

      """
    let report = CertbotReport(CommandResult(status: 1, output: "", errors: errors))
    #expect(report.kind == "connection")
    #expect(report.domain == "example.test")
    #expect(report.detail == "192.0.2.7: Fetching http://example.test/.well-known/acme-challenge/x: Timeout")
    #expect(report.last == "Some challenges have failed.")
    #expect(report.link == "port 80: the authority could not connect to it from where it is")
    #expect(CertbotReport(CommandResult(status: 1, output: "")).last == "nothing")
  }

  @Test("each link that an authority names has a word of its own")
  func links() {
    let links = ["dns", "connection", "unauthorized", "caa", "tls"].map { kind in
      CertbotReport(CommandResult(status: 1, output: "  Type:   \(kind)\n")).link
    }
    #expect(Set(links).count == 5)
    #expect(links[4] == "“tls”")
  }

  @Test("the first certificate of a text, however its lines are broken")
  func firstCertificate() {
    let chain = "-----BEGIN CERTIFICATE-----\nQUJD\r\nREVG\n-----END CERTIFICATE-----\n"
    #expect(Executor.certificate(in: "x\n" + chain + chain) == "QUJDREVG")
    #expect(Executor.certificate(in: "-----END CERTIFICATE----- -----BEGIN CERTIFICATE-----") == nil)
  }
}
