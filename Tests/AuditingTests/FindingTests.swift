import Testing

@testable import Auditing

@Suite("Findings beyond the grade")
struct FindingTests {
  private func findings(
    _ headers: [String] = [], body: String = "<!doctype html>", change: (inout AuditMaterial) -> Void = { _ in }
  ) -> [AuditFinding] {
    var material = AuditMaterial(target: SiteTarget(host: "example.test"), sites: [site(headers, body: body)])
    change(&material)
    let found = material.findings()
    // Whatever is to be mended says how.
    for finding in found where finding.weight != .fine { #expect(finding.fix?.isEmpty == false, "\(finding)") }
    return found
  }
  private func subjects(_ findings: [AuditFinding], _ weight: AuditFinding.Weight) -> [String] {
    findings.filter { $0.weight == weight }.map(\.subject)
  }

  @Test("a site without anything has no problems beyond the grade, and false alarms are told as such")
  func bare() {
    let found = findings()
    #expect(subjects(found, .problem).isEmpty && subjects(found, .advice).isEmpty)
    #expect(subjects(found, .fine).contains("Clear-Site-Data, Public-Key-Pins, X-XSS-Protection"))
  }

  @Test("redirects that go on, and a page that does")
  func endless() {
    let loop = findings {
      $0.sites[0].https?.exchanges = (0...10).map { _ in
        Exchange(
          url: "https://example.test/a", status: 302, headers: [field("Location: /a")])
      }
    }
    #expect(subjects(loop, .problem) == ["redirects without end"])
    let long = findings { $0.sites[0].https?.exchanges[0].isCut = true }
    #expect(subjects(long, .advice) == ["a page without end"])
  }

  @Test("obsolete headers, and those that must not come with a page")
  func obsolete() {
    let found = findings(["Public-Key-Pins: x", "X-XSS-Protection: 1", "Clear-Site-Data: \"cookies\""])
    #expect(subjects(found, .advice) == ["X-XSS-Protection", "Public-Key-Pins"])
    #expect(subjects(found, .problem) == ["Clear-Site-Data"])
  }

  @Test("what the Observatory does not notice")
  func unnoticed() {
    var found = findings([
      "Content-Security-Policy: default-src 'self'; script-src-elem 'unsafe-inline'; frame-ancestors *",
      "Strict-Transport-Security: max-age=abc", "X-Frame-Options: DENY", "X-Frame-Options: DENY",
    ])
    #expect(
      subjects(found, .problem) == [
        "X-Frame-Options", "frame-ancestors", "script-src-elem", "Strict-Transport-Security",
      ])
    found = findings {
      $0.sites[0].options = Exchange(
        url: "https://example.test/", status: 200,
        headers: [
          field("Access-Control-Allow-Origin: https://http-observatory.security.mozilla.org"),
          field("Access-Control-Allow-Credentials: true"),
        ])
    }
    #expect(subjects(found, .problem) == ["Access-Control-Allow-Origin"])
    // RFC 6797 allows quotes.
    #expect(subjects(findings(["Strict-Transport-Security: max-age=\"31536000\""]), .problem).isEmpty)
  }

  @Test("HSTS preload against the list's rules")
  func preload() {
    let good = findings(["Strict-Transport-Security: max-age=31536000; includeSubDomains; preload"])
    #expect(good.first { $0.subject == "HSTS preload" }?.weight == .fine)
    let article = findings(["Strict-Transport-Security: max-age=300; includeSubDomains; preload"])
    #expect(article.first { $0.subject == "HSTS preload" }?.weight == .advice)
  }

  @Test("a CSRF cookie that scripts can read is a false alarm")
  func csrf() {
    let found = findings(["Set-Cookie: csrftoken=x; Secure; SameSite=Lax", "Cache-Control: private"])
    #expect(subjects(found, .problem).isEmpty && subjects(found, .advice).isEmpty)
    #expect(subjects(found, .fine).contains("CSRF cookie without HttpOnly"))
  }

  @Test("caching")
  func caching() {
    let shared = findings(["Set-Cookie: a=1; Secure", "Cache-Control: public, max-age=60"])
    #expect(subjects(shared, .problem) == ["Cache-Control"])
    #expect(subjects(findings(["Set-Cookie: a=1; Secure"]), .advice) == ["Cache-Control"])
    let files = findings {
      $0.files["https://example.test/static/base.55e7cbb9ba48.css"] = Exchange(url: "", status: 200)
      $0.files["https://example.test/static/base.css"] = Exchange(
        url: "", status: 200, headers: [field("Cache-Control: max-age=31536000, immutable")])
    }
    #expect(subjects(files, .advice) == ["Cache-Control of files with a hash in their name"])
    #expect(subjects(files, .problem) == ["Cache-Control: immutable"])
    #expect(AuditMaterial.hasHash("/a/decade-facade.css") == false)
  }

  @Test("the article's Mailchimp form: an old jQuery, not pinned, and the hash that would pin it")
  func mailchimp() throws {
    let script = "https://s3.amazonaws.com/downloads.mailchimp.com/js/jquery-1.9.0.min.js"
    let found = findings(body: "<script src=\(script)></script>") {
      $0.files[script] = Exchange(url: script, status: 200, body: "abc")
    }
    #expect(subjects(found, .problem) == ["jquery 1.9.0", "script from elsewhere"])
    let fix = try #require(found.first { $0.subject == "script from elsewhere" }?.fix)
    #expect(
      fix
        == "integrity=\"sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn\" "
        + "crossorigin=\"anonymous\", or a copy among the site's own static files, which Site(names: names, …) serves")
    #expect(AuditMaterial.library(WebAddress(scheme: "https", host: "c", path: "/jquery@3.7.1/x.js"))?.1 == "3.7.1")
    #expect(
      AuditMaterial.library(WebAddress(scheme: "https", host: "c", path: "/ajax/libs/jquery/3.6.0/j.js"))?.1 == "3.6.0")
    #expect(AuditMaterial.isOlder("3.10.0", than: "3.5.0") == false)
    let angular = findings(body: "<script src=/angular/17.3.0/a.js></script><script src=/angular-1.8.3.js></script>")
    #expect(subjects(angular, .problem) == ["angular 1.8.3"])
  }

  @Test("the policy that a page would live with, as a recipe's line")
  func proposal() throws {
    let body = """
      <link rel=stylesheet href=https://fonts.test/css><img src=/a.png><img src=data:image/png;base64,x>
      <script>alert(1)</script><script type="application/ld+json">{}</script><script src=/own.js></script>
      <form action=https://x.us1.list-manage.com/subscribe></form><iframe src=https://www.youtube.com/embed/x></iframe>
      <video src=/v.mp4></video>
      """
    let found = findings(body: body) {
      $0.files["https://fonts.test/css"] = Exchange(
        url: "", status: 200, body: "@font-face{src:url('https://files.test/f.woff2') format('woff2')}")
    }
    let fix = try #require(found.first { $0.subject == "a policy for the pages seen" }?.fix)
    #expect(
      fix
        == """
        Apache(headers: .strict(
          .strict
            .allowing("font-src", "https://files.test")
            .allowing("form-action", "https://x.us1.list-manage.com")
            .allowing("frame-src", "https://www.youtube.com")
            .allowing("media-src", "'self'")
            .allowing("script-src", "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='")
            .allowing("style-src", "https://fonts.test")))
        """)
  }

  @Test("a repository is one also where no branch is checked out")
  func detached() {
    let commit = String(repeating: "0123456789abcdef", count: 4)
    for body in ["ref: refs/heads/main\n", "\(commit.prefix(40))\n", commit] {
      #expect(AuditMaterial.isGitHead(body), "\(body)")
    }
    for body in ["", "a", "\(commit.prefix(39))\n", "\(commit.prefix(40)) x", String(repeating: "x", count: 40)] {
      #expect(!AuditMaterial.isGitHead(body), "\(body)")
    }
  }

  @Test("whatever costs points says why it matters and what mends it, mostly a recipe's line")
  func advice() {
    let costly: [Verdict] = [
      .cspInsecurePassive, .cspUnsafeEval, .cspUnsafeInline, .cspInsecureScheme, .cspInvalid, .cspMissing,
      .cspReportOnly, .cookiesInsecureHSTS, .cookiesSessionInsecureHSTS, .cookiesInsecure, .cookiesSameSiteInvalid,
      .cookiesCSRFWithoutSameSite, .cookiesSessionReadable, .cookiesSessionInsecure, .referrerUnsafe, .referrerInvalid,
      .noSniffMissing, .noSniffInvalid, .framesMissing, .framesInvalid, .corpInvalid, .coepInvalid, .coopInvalid,
      .sriMissing, .sriInsecure, .sriUnreadable, .sriMissingInsecure, .hstsShort, .hstsMissing, .hstsInvalid,
      .hstsNoHTTPS, .hstsInvalidCertificate, .redirectionOffHost, .redirectionLate, .redirectionNotToHTTPS,
      .redirectionMissing, .redirectionInvalidCertificate,
    ]
    for verdict in costly {
      #expect(verdict.modifier < 0)
      let advice = Advice.on(verdict)
      #expect(advice.why?.isEmpty == false, "\(verdict.name)")
      let fix = advice.fix ?? ""
      let namesLine = RecipeLine.all.contains(where: fix.has)
      #expect(namesLine || fix.has("not to a recipe"), "\(verdict.name): \(fix)")
    }
    #expect(Advice.on(.hstsShort).fix?.has("Certificate(for: names)") == true)
  }

  @Test("what is enforced and enough is not proposed")
  func noProposal() {
    let found = findings(["Content-Security-Policy: default-src 'none'; script-src 'self'"], body: "<script src=/a.js>")
    #expect(!found.contains { $0.subject == "a policy for the pages seen" })
  }

  @Test("what a server gives away")
  func disclosure() {
    let found = findings(["Server: Apache/2.4.53 (Ubuntu)"]) {
      for (path, status, body) in [
        ("/.git/HEAD", 200, "ref: refs/heads/main"), ("/.env", 200, "SECRET=1"),
        ("/media/", 200, "<title>Index of /media</title>"), ("/static/", 403, "<title>Index of /</title>"),
        ("/server-status", 200, "<h1>Apache Server Status for x</h1>"),
        (AuditMaterial.absent, 404, "<p>You're seeing this error because you have <code>DEBUG = True</code>"),
      ] {
        $0.probes["https://example.test\(path)"] = Exchange(url: "", status: status, body: body)
      }
      $0.probes["http://example.test/admin/login/"] = Exchange(
        url: "", status: 200, body: "<input type=Password name=p>")
    }
    #expect(subjects(found, .advice) == ["Server"])
    #expect(
      Set(subjects(found, .problem)) == [
        "/.git", "/.env", "/media/", "/server-status", "DEBUG = True", "login over http",
      ])
  }

  @Test(
    "the server's own status is no leak where the server itself asks",
    arguments: ["localhost", "[::1]", "127.0.0.1"])
  func ownStatus(_ host: String) {
    let found = findings {
      $0.target.host = host
      $0.probes["https://\(host)/server-status"] = Exchange(
        url: "", status: 200, body: "<h1>Apache Server Status for x</h1>")
    }
    #expect(subjects(found, .problem).isEmpty)
    #expect(subjects(found, .fine).contains("/server-status"))
  }

  @Test("a page for everything is not taken for a leak")
  func catchAll() {
    let found = findings {
      for path in ["/.git/HEAD", "/.env", "/server-status", "/media/"] {
        $0.probes["https://example.test\(path)"] = Exchange(
          url: "", status: 200, body: "<html><title>Welcome</title>a=b")
      }
    }
    #expect(subjects(found, .problem).isEmpty)
  }
}
