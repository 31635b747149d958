import Testing

@testable import Auditing

@Suite("TLS and DNS facts")
struct ReachTests {
  private static let text = """
    Certificate:
        Data:
            Signature Algorithm: ecdsa-with-SHA384
            Issuer: CN=E7,O=Let's Encrypt,C=US
            Validity
                Not Before: Oct  1 00:00:00 2026 GMT
                Not After : Dec 30 00:00:00 2026 GMT
            Subject: CN=example.test
            Subject Public Key Info:
                Public Key Algorithm: id-ecPublicKey
                    Public-Key: (256 bit)
            X509v3 extensions:
                X509v3 Subject Alternative Name:
                    DNS:example.test, DNS:*.example.test
    """
  /// 2026-11-25.
  private static let now = 1_795_564_800

  private func facts(_ text: String = text, code: Int = 0, change: (inout TLSFacts) -> Void = { _ in }) -> TLSFacts {
    var facts = TLSFacts()
    facts.chain = [ServedCertificate(text: text)]
    facts.verifyCode = code
    facts.versions = [("TLS 1.0", false), ("TLS 1.1", false), ("TLS 1.2", true), ("TLS 1.3", true)]
    change(&facts)
    return facts
  }
  private func problems(_ facts: TLSFacts, host: String = "example.test", now: Int = now) -> [String] {
    let found = facts.findings(host: host, now: now)
    for finding in found where finding.weight != .fine { #expect(finding.fix?.isEmpty == false, "\(finding)") }
    return found.filter { $0.weight == .problem }.map(\.subject)
  }
  private func replaced(_ old: String, _ new: String) -> String {
    let parts = Self.text.pieces(at: "\n").map { line in
      line.has(old) ? line.pieces(at: " ").filter(\.isEmpty).map { _ in " " }.joined() + new : line
    }
    return parts.joined(separator: "\n")
  }

  @Test("a certificate is read")
  func reading() {
    let own = ServedCertificate(text: Self.text)
    #expect(own.issuer == "CN=E7,O=Let's Encrypt,C=US")
    #expect(own.names == ["example.test", "*.example.test"])
    #expect((own.keyKind, own.keyBits, own.signature) == ("id-ecPublicKey", 256, "ecdsa-with-SHA384"))
    #expect(own.notAfter == 1_798_588_800)
    #expect(own.lifetime == 90)
    #expect(Calendar.date(1_798_588_800) == "2026-12-30")
    #expect(Calendar.date(951_782_400) == "2000-02-29")
    #expect(own.covers("a.example.test") && !own.covers("a.b.example.test") && !own.covers("test"))
  }

  @Test("one in order has no problems, and nobody asks Let's Encrypt for OCSP")
  func good() {
    let found = facts().findings(host: "example.test", now: Self.now)
    #expect(found.allSatisfy { $0.weight == .fine })
    #expect(
      found.contains { $0.subject == "OCSP stapling" && $0.detail.has("Let's Encrypt's certificates name no OCSP") })
  }

  @Test("one that is not")
  func bad() {
    #expect(problems(facts(), host: "other.test") == ["certificate's names"])
    #expect(problems(facts(replaced("Issuer:", "Issuer: CN=example.test"), code: 18)) == ["self-signed certificate"])
    #expect(problems(facts(code: 20)) == ["certificate's chain"])
    #expect(problems(facts(), now: Self.now + 100 * 86_400) == ["certificate"])
    #expect(problems(facts(), now: Self.now + 20 * 86_400) == ["certificate"])
    #expect(
      problems(facts(replaced("Signature Algorithm:", "Signature Algorithm: sha1WithRSAEncryption"))) == ["signature"])
    #expect(problems(facts { $0.versions[0].isTaken = true }) == ["TLS 1.0"])
    var none = TLSFacts()
    none.failure = "no answer within 9 seconds"
    #expect(problems(none) == ["handshake"])
  }

  @Test("an address is among the names however it is written")
  func addresses() {
    let names = ["0:0:0:0:0:0:0:1", "2001:DB8:0:0:0:0:C000:207", "192.0.2.7"].map { "IP Address:\($0)" }
    let own = ServedCertificate(text: replaced("DNS:example.test,", names.joined(separator: ", ")))
    for host in ["[::1]", "[0:0::0:1]", "[2001:db8::c000:207]", "[2001:db8::192.0.2.7]", "192.0.2.7"] {
      #expect(own.covers(host), "\(host)")
    }
    for host in ["[::2]", "[::]", "192.0.2.8", "[1:0:0:0:0:0:0:0]"] { #expect(!own.covers(host), "\(host)") }
    for none in ["", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::12345", "::g", "a:"] {
      #expect(IPv6.groups(none) == nil, "\(none)")
    }
  }

  @Test("a certificate between that has expired, and one that is not sent")
  func expiredBetween() throws {
    let between = replaced("Not After :", "Not After : Nov  1 00:00:00 2026 GMT")
    let found = facts(code: 10) { $0.chain.append(ServedCertificate(text: between)) }
    #expect(problems(found) == ["certificate's chain"])
    let detail = try #require(found.findings(host: "example.test", now: Self.now).first).detail
    #expect(detail.begins(with: "“CN=example.test”, which is sent along, expired on 2026-11-01"))
    #expect(problems(facts(code: 10)) == ["certificate"])
    // Where another way up is in order, nobody is stopped.
    #expect(problems(facts(code: 0) { $0.chain.append(ServedCertificate(text: between)) }).isEmpty)
  }

  @Test("a server with old versions alone, and a machine without OpenSSL")
  func odd() {
    let old = facts { $0.versions = [("TLS 1.0", true), ("TLS 1.1", false), ("TLS 1.2", false), ("TLS 1.3", false)] }
    #expect(problems(old) == ["TLS 1.0 alone"])
    var missing = TLSFacts()
    missing.isToolMissing = true
    #expect(missing.findings(host: "example.test", now: Self.now).map(\.fix) == ["sudo apt-get install openssl"])
    func speaks(_ failure: String) -> Bool {
      SiteResponses(host: "a.test", failures: ["https": failure]).speaksTLS
    }
    #expect(speaks("TLS connect error: error:0A000102:SSL routines::unsupported protocol"))
    #expect(!speaks("Failed to connect to a.test port 443") && !speaks("SSL connection timeout"))
  }

  @Test("what s_client prints")
  func client() {
    var facts = TLSFacts()
    facts.read("OCSP response: no response sent\n    Verify return code: 20 (unable to get local issuer certificate)\n")
    #expect(
      (facts.verifyCode, facts.verifyWords, facts.isStapled) == (20, "unable to get local issuer certificate", false))
  }

  private func dns(
    issuer: String = "CN=E7,O=Let's Encrypt,C=US", _ change: (inout DNSFacts) -> Void
  ) -> [AuditFinding] {
    var facts = DNSFacts()
    facts.addresses = ["192.0.2.7"]
    facts.signature = .valid
    change(&facts)
    let found = facts.findings(host: "www.example.test", issuer: issuer, identifier: DNSFacts.identifier(issuer))
    for finding in found where finding.weight != .fine { #expect(finding.fix?.isEmpty == false, "\(finding)") }
    return found
  }

  @Test("CAA: none, the right one, another, several")
  func authorities() throws {
    func caa(_ names: String...) throws -> AuditFinding {
      try #require(
        dns {
          $0.authorities = names.map { DNSFacts.Authority(tag: "issue", value: $0) }
          $0.authoritiesAt = names.isEmpty ? nil : "example.test"
        }.first { $0.subject == "CAA" })
    }
    let none = try caa()
    #expect(none.weight == .advice && none.fix == "example.test. 3600 IN CAA 0 issue \"letsencrypt.org\"")
    #expect(try caa("letsencrypt.org; validationmethods=http-01").weight == .fine)
    #expect(try caa("digicert.com").weight == .problem)
    #expect(try caa(";").weight == .problem)
    #expect(try caa("letsencrypt.org", "digicert.com").weight == .advice)
    #expect(try caa(";").detail.begins(with: "At example.test nobody may issue, but"))
    let three = try caa("a.test", "b.test", "c.test").detail
    #expect(three.begins(with: "At example.test only a.test, b.test and c.test may issue, but"))
    let unknown = dns(issuer: "CN=Office CA") { _ in }.first { $0.subject == "CAA" }
    #expect(unknown?.fix == "example.test. 3600 IN CAA 0 issue \"NAME.OF.YOUR.AUTHORITY\"")
    var facts = DNSFacts()
    facts.addresses = ["192.0.2.7"]
    let named = facts.findings(host: "example.test", issuer: "CN=Office CA", identifier: "ca.office.test")
    #expect(
      named.first { $0.subject == "CAA" }?.fix == "example.test. 3600 IN CAA 0 issue \"ca.office.test\"")
  }

  @Test("a CAA record is for the name that has some, where one above would change nothing")
  func nearestAuthorities() throws {
    for (tag, value) in [("issue", "digicert.com"), ("iodef", "mailto:a@b.test")] {
      let found = try #require(
        dns {
          $0.authorities = [DNSFacts.Authority(tag: tag, value: value)]
          $0.authoritiesAt = "www.example.test"
        }.first { $0.subject == "CAA" })
      #expect(found.fix == "www.example.test. 3600 IN CAA 0 issue \"letsencrypt.org\"")
      #expect(found.detail.begins(with: "At www.example.test"))
    }
  }

  @Test("DNSSEC and addresses")
  func signatures() {
    func weights(_ change: (inout DNSFacts) -> Void) -> [String: AuditFinding.Weight] {
      Dictionary(dns(change).map { ($0.subject, $0.weight) }) { first, _ in first }
    }
    #expect(weights { _ in }["DNSSEC"] == .fine)
    #expect(weights { $0.signature = .unsigned }["DNSSEC"] == .advice)
    #expect(weights { $0.signature = .broken(reason: "x") }["DNSSEC"] == .problem)
    let linode = dns {
      $0.signature = .unsigned
      $0.nameServers = ["ns1.linode.com."]
    }
    #expect(linode.contains { $0.detail.has("Linode") })
    #expect(weights { $0.addresses = [] }["www.example.test"] == .problem)
    #expect(weights { $0.silentAddresses = ["2001:db8::1"] }["addresses that do not answer"] == .problem)
  }

  @Test(
    "who logs in with which password is not printed",
    arguments: [
      ("https://me:secret@example.test/a@b", "https://example.test/a@b"), ("me:secret@example.test", "example.test"),
      ("HTTPS:\\\\/me:sec@ret@[::1]:8443?a@b", "HTTPS:\\\\/[::1]:8443?a@b"),
      ("https://example.test/", "https://example.test/"),
      ("https:me:secret@example.test", "https:example.test"), ("https://me:secret@\u{301}a", "https://\u{301}a"),
    ])
  func secrets(_ given: String, _ shown: String) { #expect(SiteTarget.withoutSecrets(given) == shown) }

  @Test("what can be audited")
  func targets() {
    #expect(SiteTarget("example.org") == SiteTarget(host: "example.org"))
    #expect(SiteTarget("Example.org:8443/a?b") == SiteTarget(host: "example.org", path: "/a?b", unclearPort: 8443))
    #expect(SiteTarget("http://localhost:8000") == SiteTarget(host: "localhost", httpPort: 8000))
    #expect(SiteTarget("https://127.0.0.1:8443/") == SiteTarget(host: "127.0.0.1", httpsPort: 8443))
    #expect(SiteTarget("https://[::1]:8443/")?.host == "[::1]")
    #expect(SiteTarget("http://127.1:8000/") == SiteTarget(host: "127.0.0.1", httpPort: 8000))
    #expect(SiteTarget("0x7F.0.0.010")?.host == "127.0.0.8")
    for text in ["", "ftp://x", "a..b", "a b", "http://", "x:99999", "1.2.3.4.5"] {
      #expect(SiteTarget(text) == nil, "\(text)")
    }
  }
}
