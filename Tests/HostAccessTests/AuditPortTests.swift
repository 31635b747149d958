import Auditing
import HostState
import Testing

@testable import HostAccess

@Suite("A port that was given alone")
struct AuditPortTests {
  @Test("is for TLS if that answers at all, else for http if that answers below 500")
  func port() throws {
    let refused = CurlAnswer.failed(reason: "what answers there does not speak TLS")
    func answered(_ status: Int) -> CurlAnswer { .answered(Exchange(url: "http://a.test/", status: status)) }
    #expect(SiteFetcher.isSecure(overTLS: answered(501), plain: answered(400)) == true)
    #expect(SiteFetcher.isSecure(overTLS: refused, plain: answered(404)) == false)
    #expect(SiteFetcher.isSecure(overTLS: refused, plain: answered(501)) == nil)
    #expect(SiteFetcher.isSecure(overTLS: refused, plain: refused) == nil)

    let pair = try ["https", "http"].map { try #require(WebAddress("\($0)://a.test:81/b")) }
    var fault = Diagnostic.portUnclear("a.test", 81, pair, [refused, answered(503)])
    #expect(fault.detail.hasSuffix("https: what answers there does not speak TLS. http: it answers 503."))
    #expect(fault.fix == "harden audit http://a.test:81/b")
    fault = .portUnclear("a.test", 81, pair, [refused, refused])
    #expect(fault.fix == "harden audit https://a.test:81/b")
  }
}
