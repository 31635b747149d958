import Testing

@testable import Auditing

@Suite("Single headers")
struct HeaderTests {
  @Test(
    "Referrer-Policy",
    arguments: [
      (["no-referrer"], "referrer-policy-private"), ([" Same-Origin "], "referrer-policy-private"),
      (["no-referrer-when-downgrade"], "referrer-policy-unsafe"), (["unsafe-url"], "referrer-policy-unsafe"),
      ([""], "referrer-policy-header-invalid"), (["never"], "referrer-policy-header-invalid"),
      (["unsafe-url, strict-origin"], "referrer-policy-private"),
      (["strict-origin", "unsafe-url"], "referrer-policy-unsafe"), (["no-referrer, bogus"], "referrer-policy-private"),
      ([], "referrer-policy-not-implemented"),
    ])
  func referrer(values: [String], expected: String) throws {
    #expect(try verdict(.referrerPolicy, site(values.map { "Referrer-Policy: \($0)" })) == expected)
  }

  @Test("a meta referrer comes after the header, and the last one counts")
  func metaReferrer() throws {
    let body =
      "<meta name=Referrer content=unsafe-url><meta name=referrer content=origin><meta name=referrer content=''>"
    #expect(
      try verdict(.referrerPolicy, site(["Referrer-Policy: no-referrer"], body: body)) == "referrer-policy-unsafe")
    let hidden = "<meta http-equiv=x name=referrer content=no-referrer>"
    #expect(try verdict(.referrerPolicy, site(body: hidden)) == "referrer-policy-not-implemented")
  }

  @Test(
    "X-Content-Type-Options",
    arguments: [
      (["NoSniff"], "x-content-type-options-nosniff"), ([""], "x-content-type-options-not-implemented"),
      (["nosniff", "nosniff"], "x-content-type-options-header-invalid"),
      (["none"], "x-content-type-options-header-invalid"),
    ])
  func noSniff(values: [String], expected: String) throws {
    #expect(try verdict(.xContentTypeOptions, site(values.map { "X-Content-Type-Options: \($0)" })) == expected)
  }

  @Test(
    "X-Frame-Options",
    arguments: [
      (["X-Frame-Options: deny"], "x-frame-options-sameorigin-or-deny"),
      (["X-Frame-Options: SAMEORIGIN"], "x-frame-options-sameorigin-or-deny"),
      (["X-Frame-Options: ALLOW-FROMage"], "x-frame-options-allow-from-origin"),
      (["X-Frame-Options: DENY", "X-Frame-Options: DENY"], "x-frame-options-header-invalid"),
      (["X-Frame-Options:"], "x-frame-options-not-implemented"),
      (
        ["X-Frame-Options: bogus", "Content-Security-Policy: frame-ancestors *"], "x-frame-options-implemented-via-csp"
      ),
      (
        ["Content-Security-Policy: script-src 'strict-dynamic'; frame-ancestors 'none'"],
        "x-frame-options-implemented-via-csp"
      ),
      (
        ["X-Frame-Options: DENY", "Content-Security-Policy: x, frame-ancestors 'none'"],
        "x-frame-options-sameorigin-or-deny"
      ),
    ])
  func frames(headers: [String], expected: String) throws {
    #expect(try verdict(.xFrameOptions, site(headers)) == expected)
  }

  @Test("frame-ancestors in meta counts as soon as another directive does")
  func metaFrames() throws {
    func body(_ policy: String) -> String { "<meta http-equiv=content-security-policy content=\"\(policy)\">" }
    #expect(
      try verdict(.xFrameOptions, site(body: body("frame-ancestors 'none'"))) == "x-frame-options-not-implemented")
    #expect(
      try verdict(.xFrameOptions, site(body: body("img-src 'self'; frame-ancestors 'none'")))
        == "x-frame-options-implemented-via-csp")
  }

  @Test(
    "cross-origin policies",
    arguments: [
      (ObservatoryTest.crossOriginResourcePolicy, ["Same-Origin"], "corp-implemented-with-same-origin"),
      (.crossOriginResourcePolicy, ["same-site"], "corp-implemented-with-same-site"),
      (.crossOriginResourcePolicy, ["\u{A0}"], "corp-not-implemented"),
      (.crossOriginResourcePolicy, ["cross-origin"], "corp-implemented-with-cross-origin"),
      (.crossOriginResourcePolicy, ["same-origin", "same-origin"], "corp-header-invalid"),
      (.crossOriginResourcePolicy, [""], "corp-not-implemented"),
      (.crossOriginEmbedderPolicy, ["require-corp; report-to=\"x\""], "coep-implemented-with-require-corp"),
      (.crossOriginEmbedderPolicy, ["credentialless"], "coep-implemented-with-credentialless"),
      (.crossOriginEmbedderPolicy, ["unsafe-none"], "coep-implemented-with-unsafe-none"),
      (.crossOriginEmbedderPolicy, ["Require-Corp"], "coep-header-invalid"),
      (.crossOriginEmbedderPolicy, ["require-corp ;a"], "coep-header-invalid"),
      (.crossOriginEmbedderPolicy, ["require-corp;"], "coep-header-invalid"),
      (.crossOriginEmbedderPolicy, ["\"require-corp\""], "coep-header-invalid"),
      (.crossOriginEmbedderPolicy, ["require-corp;A=1"], "coep-header-invalid"),
      (.crossOriginOpenerPolicy, ["same-origin; a; b=?1;c=1.5;d=:aa==:"], "coop-implemented-with-same-origin"),
      (.crossOriginOpenerPolicy, ["same-origin;a;b=@-1659578233"], "coop-implemented-with-same-origin"),
      (.crossOriginOpenerPolicy, ["same-origin;b=@1;a"], "coop-header-invalid"),
      (.crossOriginOpenerPolicy, ["same-origin;a=%\"f%c3%bc\";b=:YQ:"], "coop-implemented-with-same-origin"),
      (.crossOriginOpenerPolicy, ["same-origin;a=%\"f%C3%BC\""], "coop-header-invalid"),
      (.crossOriginOpenerPolicy, ["same-origin;a=%\"%ff\""], "coop-header-invalid"),
      (.crossOriginOpenerPolicy, ["same-origin;a=:YQ=:"], "coop-header-invalid"),
      (.crossOriginOpenerPolicy, ["same-origin-allow-popups"], "coop-implemented-with-same-origin-allow-popups"),
      (.crossOriginOpenerPolicy, ["noopener-allow-popups"], "coop-implemented-with-noopener-allow-popups"),
      (.crossOriginOpenerPolicy, ["unsafe-none"], "coop-implemented-with-unsafe-none"),
      (.crossOriginOpenerPolicy, ["same-origin", "same-origin"], "coop-header-invalid"),
      (.crossOriginOpenerPolicy, [], "coop-not-implemented"),
    ])
  func crossOrigin(test: ObservatoryTest, values: [String], expected: String) throws {
    #expect(try verdict(test, site(values.map { "\(test.rawValue): \($0)" })) == expected)
  }

  @Test(
    "CORS: only an answer of 2xx counts, and an origin that is reflected is never noticed",
    arguments: [
      (200, ["Access-Control-Allow-Origin: *"], "public-access"),
      (204, ["Access-Control-Allow-Origin: https://a.test"], "restricted-access"),
      (
        200,
        [
          "Access-Control-Allow-Origin: https://http-observatory.security.mozilla.org",
          "Access-Control-Allow-Credentials: true",
        ], "restricted-access"
      ),
      (404, ["Access-Control-Allow-Origin: *"], nil), (200, ["Access-Control-Allow-Origin:"], nil), (200, [], nil),
    ])
  func sharing(status: Int, headers: [String], access: String?) throws {
    var site = site()
    site.options = Exchange(url: "https://example.test/", status: status, headers: headers.map(field))
    let expected = access.map { "implemented-with-\($0)" } ?? "not-implemented"
    #expect(try verdict(.crossOriginResourceSharing, site) == "cross-origin-resource-sharing-\(expected)")
  }
}
