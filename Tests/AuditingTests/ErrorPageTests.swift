import Testing

@testable import Auditing

@Suite("What error pages and headers give away")
struct ErrorPageTests {
  private func findings(
    _ headers: [String] = [], status: Int = 200, body: String = "<!doctype html>"
  ) -> [AuditFinding] {
    var site = site(headers, body: body)
    site.https?.exchanges[0].status = status
    return AuditMaterial(target: SiteTarget(host: "example.test"), sites: [site]).findings()
  }

  @Test("an error page is not looked at as if it were the one that was meant; what it gives away counts")
  func errorPage() {
    let body = "<script src=//a/b></script><code>DEBUG = True</code>"
    #expect(findings(["Server: a/1"], status: 404, body: body).map(\.subject) == ["Server", "DEBUG = True"])
    #expect(findings(status: 403).contains { $0.topic == .headers })
  }

  @Test(
    "a version is left out where it is set",
    arguments: [
      ("X-Powered-By", "PHP/8.2.1", "php.ini: expose_php = Off"), ("X-Powered-By", "Phusion Passenger 6", nil),
      ("X-AspNet-Version", "4.0.30319", "enableVersionHeader=\"false\""), ("X-Generator", "Drupal 10", nil),
    ] as [(String, String, String?)])
  func versions(header: String, value: String, words: String?) throws {
    let fix = try #require(findings(["\(header): \(value)"]).first { $0.subject == header }?.fix)
    #expect(fix.hasPrefix("leave \(header) out"))
    #expect(words.map { fix.contains($0) } ?? !fix.contains("("))
  }
}
