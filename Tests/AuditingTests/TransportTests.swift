import Testing

@testable import Auditing

@Suite("HSTS and redirection")
struct TransportTests {
  @Test(
    "HSTS values",
    arguments: [
      ("max-age=31536000; includeSubDomains; preload", "hsts-implemented-max-age-at-least-six-months"),
      ("max-age=15552000", "hsts-implemented-max-age-at-least-six-months"),
      ("max-age=15551999", "hsts-implemented-max-age-less-than-six-months"),
      ("max-age=0", "hsts-implemented-max-age-less-than-six-months"),
      ("max-age=-99999999999", "hsts-implemented-max-age-less-than-six-months"),
      ("MAX-AGE= +31536000xyz", "hsts-implemented-max-age-at-least-six-months"),
      ("max-age =31536000", "hsts-header-invalid"),
      ("includeSubDomains", "hsts-header-invalid"),
      ("", "hsts-header-invalid"),
      ("max-age=\"31536000\"", "hsts-implemented-max-age-at-least-six-months"),
      ("max-age=", "hsts-implemented-max-age-at-least-six-months"),
      // Of a piece no more than its first 128 characters are read.
      ("max-age=" + String(repeating: "0", count: 120) + "31536000", "hsts-implemented-max-age-less-than-six-months"),
      ("max-age=" + String(repeating: "9", count: 500), "hsts-implemented-max-age-at-least-six-months"),
      ("max-age=abc; max-age=5", "hsts-implemented-max-age-less-than-six-months"),
      ("max-age=31536000, max-age=31536000", "hsts-header-invalid"),
    ])
  func values(value: String, expected: String) throws {
    #expect(try verdict(.strictTransportSecurity, site(["Strict-Transport-Security: \(value)"])) == expected)
  }

  @Test("sent twice, not sent, without https, with a bad certificate, preloaded")
  func situations() throws {
    let header = "Strict-Transport-Security: max-age=31536000"
    #expect(try verdict(.strictTransportSecurity, site([header, header])) == "hsts-header-invalid")
    #expect(try verdict(.strictTransportSecurity, site()) == "hsts-not-implemented")
    var plain = site([header])
    (plain.http, plain.https) = (plain.https, nil)
    #expect(try verdict(.strictTransportSecurity, plain) == "hsts-not-implemented-no-https")
    var bad = site([header])
    bad.https?.isVerified = false
    #expect(try verdict(.strictTransportSecurity, bad) == "hsts-invalid-cert")
    var known = site(host: "thing.dev")
    known.https?.isVerified = false
    #expect(try verdict(.strictTransportSecurity, known) == "hsts-preloaded")
    for host in ["bugzilla.mozilla.org", "facebook.com", "a.b.github.com"] {
      #expect(try verdict(.strictTransportSecurity, site(host: host)) == "hsts-preloaded")
    }
    for host in ["mozilla.org", "a.facebook.com", "dropboxusercontent.com"] {
      #expect(try verdict(.strictTransportSecurity, site(host: host)) == "hsts-not-implemented")
    }
    let other = try Observatory(preloadList: PreloadList(["example.test": false])).grade(site(host: "facebook.com"))
    #expect(other.result(.strictTransportSecurity)?.result == "hsts-not-implemented")
    var named = site()
    named.preloaded = ["test"]
    #expect(try verdict(.strictTransportSecurity, named) == "hsts-preloaded")
  }

  /// A visit over these addresses; the last one answers 200.
  private func visit(_ urls: String...) -> Visit {
    Visit(
      exchanges: urls.enumerated().map { index, url in
        Exchange(url: url, status: index == urls.count - 1 ? 200 : 301)
      })
  }

  @Test("redirection")
  func redirection() throws {
    func verdict(_ visit: Visit?) -> String { Observatory.redirection(visit, preloaded: PreloadList()).result }
    #expect(verdict(nil) == "redirection-not-needed-no-http")
    #expect(verdict(visit("http://a.test/", "https://a.test/")) == "redirection-to-https")
    #expect(verdict(visit("http://a.test/")) == "redirection-missing")
    #expect(verdict(visit("http://a.test/", "http://a.test/b")) == "redirection-not-to-https")
    #expect(
      verdict(visit("http://a.test/", "http://a.test/b", "https://a.test/"))
        == "redirection-not-to-https-on-initial-redirection")
    #expect(verdict(visit("http://a.test/", "https://www.a.test/")) == "redirection-off-host-from-http")
    #expect(verdict(visit("http://a.test:81/", "https://a.test:8443/")) == "redirection-to-https")
    #expect(verdict(visit("http://a.test/", "https://a.test/", "http://a.test/c")) == "redirection-not-to-https")
    #expect(verdict(visit("http://a.dev/")) == "redirection-all-redirects-preloaded")
    #expect(verdict(visit("http://a.dev/", "https://a.test/")) == "redirection-off-host-from-http")
    let cloudflare = visit("http://cloudflare.com/", "https://www.cloudflare.com/", "https://baz.cloudflare.com/foo")
    #expect(verdict(cloudflare) == "redirection-all-redirects-preloaded")
    var bad = visit("http://a.dev/", "https://a.dev/")
    bad.isVerified = false
    #expect(verdict(bad) == "redirection-invalid-cert")
  }

  @Test("a redirect to a data: URL ends in an answer without headers, as long as it is one")
  func data() throws {
    func data(_ location: String) -> Exchange? {
      Exchange(url: "https://example.test/", status: 302, headers: [HeaderField("Location", location)]).redirectedData
    }
    for location in ["data:,", "DATA:text/html,x", " data:text/html;charset=utf-8;base64,eA==", "data:;a=b,c,d"] {
      #expect(data(location) != nil, "\(location)")
    }
    for location in ["data:", "data:text,x", "data:text/html;charset,x", "data:/,x", "/data:,x", "javascript:1,2"] {
      #expect(data(location) == nil, "\(location)")
    }
    var site = site()
    let end = try #require(data("data:,x"))
    site.http?.exchanges[1] = end
    #expect(try verdict(.redirection, site) == "redirection-not-to-https")
    site.https?.exchanges.append(end)
    #expect(try verdict(.subresourceIntegrity, site) == "html-not-parseable")
    #expect(try verdict(.xFrameOptions, site) == "x-frame-options-not-implemented")
  }

  @Test("where a redirect leads")
  func targets() {
    func target(_ location: String?, from url: String = "http://a.test/x/y?z") -> String? {
      let headers = location.map { [HeaderField("Location", $0)] } ?? []
      return Exchange(url: url, status: 302, headers: headers).redirectTarget?.description
    }
    #expect(target("/b") == "http://a.test/b")
    #expect(target("b?c") == "http://a.test/x/b?c")
    #expect(target("../b") == "http://a.test/b")
    #expect(target("?q") == "http://a.test/x/y?q")
    #expect(target("//B.test:80") == "http://b.test/")
    #expect(target("HTTPS://B.test:443/p#f") == "https://b.test/p")
    #expect(target("https:/\\b.test\\p") == "https://b.test/p")
    #expect(target("https://B\u{DC}cher.test/") == "https://xn--bcher-kva.test/")
    #expect(target("//a\u{AD}b\u{2603}.test") == "http://xn--ab-gsx.test/")
    #expect(
      target("//\u{3BC}\u{3AC}\u{3B9}\u{3BF}\u{3C2}.\u{65E5}\u{672C}\u{8A9E}") == "http://xn--hxa0ahop.xn--wgv71a119e/")
    #expect(target("") == "http://a.test/x/y?z")
    #expect(target(nil) == "http://a.test/x/undefined")
    #expect(target("ftp://b.test/") == nil)
    #expect(target("https://") == nil)
  }
}
