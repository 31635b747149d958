import Testing

@testable import Auditing

@Suite("Cookies")
struct CookieTests {
  private static let hsts = "Strict-Transport-Security: max-age=31536000"

  @Test(
    "without HSTS",
    arguments: [
      (["a=1; Secure; SameSite=Lax"], "cookies-secure-with-httponly-sessions-and-samesite"),
      (["a=1; Secure"], "cookies-secure-with-httponly-sessions"),
      (["a=1"], "cookies-without-secure-flag"),
      (["csrftoken=1; SameSite=Lax"], "cookies-without-secure-flag"),
      (["csrftoken=1; Secure; SameSite=Lax"], "cookies-secure-with-httponly-sessions-and-samesite"),
      (["csrftoken=1; Secure"], "cookies-anticsrf-without-samesite-flag"),
      (["sessionid=1; HttpOnly"], "cookies-session-without-secure-flag"),
      (["sessionid=1; Secure"], "cookies-session-without-httponly-flag"),
      (["LOGIN=1; Secure"], "cookies-session-without-httponly-flag"),
      (["a=1; SameSite=None"], "cookies-samesite-flag-invalid"),
      (["a=1; Secure; SameSite=None"], "cookies-secure-with-httponly-sessions-and-samesite"),
      (["a=1; Secure; SameSite=Strange"], "cookies-samesite-flag-invalid"),
      (["a=1; Secure; SameSite"], "cookies-samesite-flag-invalid"),
      (["a=1; Secure; samesite="], "cookies-samesite-flag-invalid"),
      (["a=1; Secure; SameSite=Lax=x"], "cookies-secure-with-httponly-sessions"),
      (["novalue", "=x"], "cookies-not-found"),
      (["novalue; SameSite=Strange"], "cookies-not-found"),
      (["heroku-session-affinity=1"], "cookies-not-found"),
      (["Heroku-Session-Affinity=1"], "cookies-session-without-secure-flag"),
      (["a=1; Domain=test"], "cookies-not-found"),
      (["a=1; Domain=other.test"], "cookies-not-found"),
      (["a=1; Domain=.Example.Test; Secure"], "cookies-secure-with-httponly-sessions"),
      (["a=1; Domain=..example.test; Secure"], "cookies-secure-with-httponly-sessions"),
      (["a=1; Domain=...example.test; Secure"], "cookies-not-found"),
      (["__Secure-a=1"], "cookies-not-found"),
      (["__Host-a=1; Secure; Path=/x"], "cookies-not-found"),
      (["__Host-a=1; Secure; Domain=example.test"], "cookies-not-found"),
      (["__Host-a=1; Secure"], "cookies-secure-with-httponly-sessions"),
      (["a=1", "a=2; Secure"], "cookies-secure-with-httponly-sessions"),  // the later one replaces it
      (["a=1; Max-Age=0"], "cookies-without-secure-flag"),  // expired, and counts
      // Worse by the order, though it costs less.
      (["sessionid=1; Secure; SameSite=Lax", "b=1"], "cookies-session-without-httponly-flag"),
    ])
  func plain(lines: [String], expected: String) throws {
    #expect(try verdict(.cookies, site(lines.map { "Set-Cookie: \($0)" })) == expected)
  }

  @Test(
    "HSTS of six months takes most of the sting out",
    arguments: [
      ("a=1", "cookies-without-secure-flag-but-protected-by-hsts"),
      ("sessionid=1; HttpOnly", "cookies-session-without-secure-flag-but-protected-by-hsts"),
      ("sessionid=1", "cookies-session-without-httponly-flag"),
    ])
  func protected(line: String, expected: String) throws {
    #expect(try verdict(.cookies, site(["Set-Cookie: \(line)", Self.hsts])) == expected)
  }

  @Test("cookies of redirects count, but their SameSite is not examined raw")
  func redirects() throws {
    var site = site()
    let first = Exchange(
      url: "https://example.test/", status: 302,
      headers: [field("Location: /in"), field("Set-Cookie: a=1; Secure; SameSite=Strange")])
    let last = Exchange(url: "https://example.test/in", status: 200, headers: [field("Content-Type: text/html")])
    site.https = Visit(exchanges: [first, last])
    #expect(try verdict(.cookies, site) == "cookies-secure-with-httponly-sessions")
  }

  @Test(
    "one that has expired counts up to the next request that it is for",
    arguments: [
      ("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", false),
      ("a=; Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT", false),
      ("a=; Max-Age=-1", false), ("a=; Domain=example.test; Max-Age=-99999999999999999999", false),
      ("a=; Expires=Sat, 28-Nov-26 23:59:59 GMT", false), ("a=; expires=28 nov 26 23:59:59", false),
      ("a=; Expires=Sun, 29 Nov 2026 00:00:01 GMT", true), ("a=; Expires=yesterday", true),
      ("a=; Expires=Thu, 01 Jan 1970", true), ("a=; Expires=Thu, 01 Jan 1600 00:00:00 GMT", true),
      ("a=; Max-Age=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", true), ("a=; Max-Age=+0", true),
      ("a=; Max-Age=0; Path=/elsewhere", true), ("a=; Max-Age=0; Path=/in", false), ("a=; Max-Age=0; Path=/i", true),
    ])
  func expiry(line: String, counts: Bool) throws {
    var site = site()
    let first = Exchange(
      url: "https://example.test/", status: 302,
      headers: [field("Location: /in"), field("Date: Sun, 29 Nov 2026 00:00:00 GMT"), field("Set-Cookie: \(line)")])
    let last = Exchange(url: "https://example.test/in", status: 200, headers: [field("Content-Type: text/html")])
    site.https = Visit(exchanges: [first, last])
    #expect(try verdict(.cookies, site) == (counts ? "cookies-without-secure-flag" : "cookies-not-found"))
    // On the page itself nothing comes after it.
    site.https = Visit(exchanges: [first])
    #expect(try verdict(.cookies, site) == "cookies-without-secure-flag")
  }

  @Test("an answer without a date: what was past when 2026 began")
  func undated() throws {
    for (year, expected) in [(2025, "cookies-not-found"), (2026, "cookies-without-secure-flag")] {
      var site = site()
      let first = Exchange(
        url: "https://example.test/", status: 302,
        headers: [field("Set-Cookie: a=; Expires=2 Jan \(year) 00:00:00 GMT")])
      site.https = Visit(exchanges: [first, Exchange(url: "https://example.test/in", status: 200)])
      #expect(try verdict(.cookies, site) == expected)
    }
  }

  @Test(
    "those of the visit over http do not count where https answers; those of robots.txt only without a good certificate"
  )
  func otherVisits() throws {
    var site = site()
    site.http?.exchanges[0].headers.append(field("Set-Cookie: a=1"))
    site.robots = Exchange(url: "https://example.test/robots.txt", status: 200, headers: [field("Set-Cookie: b=1")])
    #expect(try verdict(.cookies, site) == "cookies-not-found")
    site.https?.isVerified = false
    #expect(try verdict(.cookies, site) == "cookies-without-secure-flag")
    // Also what OPTIONS sets, but that is asked of robots.txt if there is one.
    site.options = Exchange(url: "https://example.test/", status: 204, headers: [field("Set-Cookie: sessionid=1")])
    #expect(try verdict(.cookies, site) == "cookies-without-secure-flag")
    site.options?.url = "https://example.test/robots.txt"
    #expect(try verdict(.cookies, site) == "cookies-session-without-secure-flag")
    site.options = nil
    // On the way over redirects as well, but not over http.
    let redirect = Exchange(
      url: "https://example.test/robots.txt", status: 302,
      headers: [field("Set-Cookie: sessionid=1; Secure"), field("Location: /r")])
    site.robotsRedirects = [redirect]
    site.robots?.url = "https://example.test/r"
    #expect(try verdict(.cookies, site) == "cookies-session-without-httponly-flag")
    (site.robotsRedirects, site.optionsRedirects) = (nil, [redirect])
    #expect(try verdict(.cookies, site) == "cookies-session-without-httponly-flag")
    site.optionsRedirects?[0].url = "http://example.test/robots.txt"
    #expect(try verdict(.cookies, site) == "cookies-without-secure-flag")
    site.optionsRedirects = nil
    site.robots?.url = "https://example.test/robots.txt"
    site.options = Exchange(url: "https://example.test/", status: 204, headers: [field("Set-Cookie: sessionid=1")])
    site.robots?.status = 404
    #expect(try verdict(.cookies, site) == "cookies-session-without-secure-flag")
  }

  @Test(
    "without a good certificate a request for robots.txt drops what has expired, recorded or not; over http none does")
  func expiredUnverified() throws {
    var site = site(["Set-Cookie: sess=1; Secure; Max-Age=0"])
    #expect(try verdict(.cookies, site) == "cookies-session-without-httponly-flag")
    site.https?.isVerified = false
    #expect(try verdict(.cookies, site) == "cookies-not-found")
    var plain = SiteResponses(host: "example.test")
    plain.http = Visit(exchanges: [Exchange(url: "http://example.test/", status: 200)])
    plain.http?.isVerified = false
    plain.options = Exchange(url: "http://example.test/", status: 204, headers: [field("Set-Cookie: sess=1; Secure")])
    #expect(try verdict(.cookies, plain) == "cookies-not-found")
  }

  @Test("the query belongs to a cookie's path, and localhost is a domain like any other")
  func oddities() throws {
    let address = try #require(WebAddress("https://app.localhost/x?next=/a/b"))
    let jar = { (lines: [String]) -> [Cookie] in
      lines.compactMap { CookieJar.parse($0, from: address, at: CookieDate("Thu, 1 Jan 2026 00:00:00 GMT")!) }
    }
    #expect(jar(["a=1"]).map(\.path) == ["/x%3Fnext=/a"])
    #expect(jar(["__Host-a=1; Secure"]).isEmpty)
    #expect(jar(["a=1; Domain=localhost"]).map(\.domain) == ["localhost"])
    #expect(PublicSuffixes.registrableDomain(".www.example.org") == "example.org")
  }

  @Test("a scheme alone, its page's own, makes a reference relative")
  func sameScheme() throws {
    let page = try #require(WebAddress("http://example.org/x/y"))
    for (reference, target) in [
      ("http:/b", "http://example.org/b"), ("http:b", "http://example.org/x/b"), ("http://b/", "http://b/"),
      ("https:/b", "https://b/"), ("http:\\\\b/c", "http://b/c"),
    ] {
      #expect(page.resolving(reference)?.description == target)
    }
  }

  @Test("below a private suffix like github.io no cookie is for all")
  func suffixes() throws {
    #expect(
      try verdict(.cookies, site(["Set-Cookie: a=1; Domain=github.io"], host: "me.github.io")) == "cookies-not-found")
  }
}
