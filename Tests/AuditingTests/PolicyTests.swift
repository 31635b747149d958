import Testing

@testable import Auditing

@Suite("Content-Security-Policy")
struct PolicyTests {
  @Test(
    "one policy",
    arguments: [
      ("default-src 'none'", "csp-implemented-with-no-unsafe-default-src-none"),
      ("default-src 'none'; script-src 'self'", "csp-implemented-with-no-unsafe-default-src-none"),
      ("default-src 'self'", "csp-implemented-with-no-unsafe"),
      ("DEFAULT-SRC 'SELF'", "csp-implemented-with-no-unsafe"),
      ("default-src 'self'; style-src 'unsafe-inline'", "csp-implemented-with-unsafe-inline-in-style-src-only"),
      ("default-src 'self'; style-src data:", "csp-implemented-with-unsafe-inline-in-style-src-only"),
      ("default-src 'self'; script-src 'unsafe-inline'", "csp-implemented-with-unsafe-inline"),
      ("default-src https:", "csp-implemented-with-unsafe-inline"),
      ("script-src 'self'", "csp-implemented-with-unsafe-inline"),  // object-src falls back to anything
      ("script-src 'self'; object-src 'none'", "csp-implemented-with-unsafe-inline-in-style-src-only"),
      ("default-src 'self'; script-src data:", "csp-implemented-with-unsafe-inline"),
      ("default-src 'self'; script-src 'unsafe-eval'", "csp-implemented-with-unsafe-eval"),
      ("default-src 'self'; style-src 'unsafe-eval'", "csp-implemented-with-unsafe-eval"),
      ("default-src 'self'; connect-src http://a.test", "csp-implemented-with-insecure-scheme"),
      ("default-src 'self'; report-uri http://a.test/r", "csp-implemented-with-insecure-scheme"),
      ("default-src 'self'; script-src-elem ftp://a.test", "csp-implemented-with-insecure-scheme"),
      ("default-src http://a.test; script-src 'self'; style-src 'self'", "csp-implemented-with-insecure-scheme"),
      (
        "default-src 'self'; img-src http://a.test",
        "csp-implemented-with-insecure-scheme-in-passive-content-only"
      ),
      ("default-src 'self'; script-src 'nonce-abc' 'unsafe-inline'", "csp-implemented-with-no-unsafe"),
      ("default-src 'self'; script-src 'nonce-abc' 'strict-dynamic' https:", "csp-implemented-with-no-unsafe"),
      ("default-src 'self'; script-src 'strict-dynamic'", "csp-header-invalid"),
      ("default-src 'self'; script-src-elem 'unsafe-inline'", "csp-implemented-with-no-unsafe"),
      ("default-src", "csp-implemented-with-no-unsafe-default-src-none"),
      ("", "csp-header-invalid"),
      ("a b", "csp-header-invalid"),
      (";;;;;;;", "csp-not-implemented"),
      ("default-src 'self'; default-src 'none'", "csp-header-invalid"),
      ("default-src 'none'; unknown; unknown", "csp-header-invalid"),
      ("default-src 'none'; report-uri /a; report-uri /b", "csp-implemented-but-duplicate-directives"),
      // The repetition hides what would cost 10.
      (
        "default-src 'self'; img-src http://a.test; report-to a; report-to b",
        "csp-implemented-but-duplicate-directives"
      ),
      ("upgrade-insecure-requests", "csp-implemented-with-unsafe-inline"),
    ])
  func one(policy: String, expected: String) throws { #expect(try policyVerdict([policy]) == expected) }

  @Test("what falls back to default-src is default-src itself")
  func shared() throws {
    // 'self' is struck out of the only list there is, which then is no longer exactly 'none' either.
    #expect(
      try policyVerdict(["default-src 'nonce-a' 'strict-dynamic' https: 'unsafe-inline' *"])
        == "csp-implemented-with-no-unsafe")
    // style-src of its own keeps its 'unsafe-inline'; a nonce in the script's list alone does not help it.
    #expect(
      try policyVerdict(["default-src 'self'; script-src 'nonce-a'; style-src 'unsafe-inline'"])
        == "csp-implemented-with-unsafe-inline-in-style-src-only")
  }

  @Test(
    "several policies: what a later one does not confirm goes",
    arguments: [
      (["default-src 'none'; script-src 'unsafe-inline'", "default-src 'none'; script-src 'self'"], true),
      (["default-src 'none', script-src 'unsafe-inline'"], true),  // script-src comes second, so it is 'none'
      (["default-src 'none'; script-src 'unsafe-inline'", "default-src 'none'"], false),  // missing there: stays
      (
        ["default-src 'none'; script-src 'self' 'unsafe-inline'", "default-src 'none'; script-src 'unsafe-inline'"],
        false
      ),
    ])
  func several(policies: [String], isSafe: Bool) throws {
    #expect(
      try policyVerdict(policies)
        == (isSafe ? "csp-implemented-with-no-unsafe-default-src-none" : "csp-implemented-with-unsafe-inline"))
  }

  @Test("a folder covers what is below it, a file only itself")
  func paths() throws {
    let below = try #require(
      ParsedPolicies(["script-src https://a.test/x/", "script-src https://a.test/x/y/"]))
    #expect(below["script-src"]?.texts == ["https://a.test/x/y/"])
    let none = try #require(ParsedPolicies(["script-src https://a.test/x", "script-src https://a.test/x/y"]))
    #expect(none["script-src"]?.texts == ["'none'"])
    let decoded = try #require(ParsedPolicies(["img-src https://a.test/%61/", "img-src https://a.test/a/b"]))
    #expect(decoded["img-src"]?.texts == ["https://a.test/a/b"])
    #expect(ParsedPolicies(["script-src https://a.test/%zz/", "script-src https://a.test/%zz/"]) == nil)
    #expect(ParsedPolicies(["script-src https://a.test/%zz/"]) != nil)
  }

  @Test("what a third policy leaves out stays all the same")
  func third() throws {
    let parsed = try #require(
      ParsedPolicies(["img-src https://a.test https://b.test", "img-src https://a.test", "img-src https://b.test"]))
    #expect(parsed["img-src"]?.texts == ["https://a.test"])
  }

  @Test("what several policies confirm is there once")
  func once() throws {
    #expect(
      try policyVerdict([
        "default-src 'none'", "img-src 'self'; default-src", "default-src 'self'", "default-src 'none'",
      ])
        == "csp-implemented-with-no-unsafe-default-src-none")
  }

  @Test("a longer source is superfluous next to its prefix, and a repeated one")
  func prefixes() throws {
    let parsed = try #require(ParsedPolicies(["img-src https://a.test https://a.test/x https://a.test 'self'"]))
    #expect(parsed["img-src"]?.texts == ["'self'", "https://a.test"])
  }

  @Test("a comma splits, also within a source and at the end")
  func commas() throws {
    #expect(try policyVerdict(["default-src 'none',"]) == "csp-header-invalid")
    #expect(try policyVerdict(["default-src 'none'; img-src https://a.test/x,y"]) == "csp-header-invalid")
  }

  @Test(
    "policies in meta tags",
    arguments: [
      (
        "<meta http-equiv=content-security-policy content=\"default-src 'none'\">",
        "csp-implemented-with-no-unsafe-default-src-none"
      ),
      (
        "<meta http-equiv=' Content-Security-Policy ' content=\"default-src &apos;self&apos;\">",
        "csp-implemented-with-no-unsafe"
      ),
      (
        "<meta http-equiv=content-security-policy content=\"frame-ancestors 'none'; sandbox; report-uri /x\">",
        "csp-not-implemented"
      ),
      ("<!-- <meta http-equiv=content-security-policy content=\"default-src 'none'\"> -->", "csp-not-implemented"),
      (
        "<title><meta http-equiv=content-security-policy content=\"default-src 'none'\"></title>", "csp-not-implemented"
      ),
      (
        "<svg><style><meta http-equiv=content-security-policy content=\"default-src 'none'\">",
        "csp-implemented-with-no-unsafe-default-src-none"
      ),
      ("<meta http-equiv=content-security-policy-report-only content=\"default-src 'none'\">", "csp-not-implemented"),
      ("<meta http-equiv=content-security-policy content=\"default-src 'none'\"", "csp-not-implemented"),
    ])
  func meta(body: String, expected: String) throws { #expect(try policyVerdict([], body: body) == expected) }

  @Test("a broken meta policy spoils the header's")
  func brokenMeta() throws {
    #expect(
      try policyVerdict(["default-src 'none'"], body: "<meta http-equiv=content-security-policy content='x'>")
        == "csp-header-invalid")
  }

  @Test("meta tags count in what is HTML by an exact content type alone")
  func metaKind() throws {
    let body = "<meta http-equiv=content-security-policy content=\"default-src 'none'\">"
    for kind in ["Text/HTML", "text/html ; charset=utf-8", nil] {
      #expect(try verdict(.contentSecurityPolicy, site(body: body, kind: kind)) == "csp-not-implemented")
    }
    #expect(
      try verdict(.contentSecurityPolicy, site(body: body, kind: "application/xhtml+xml"))
        == "csp-implemented-with-no-unsafe-default-src-none")
  }

  @Test("reporting alone")
  func reportOnly() throws {
    #expect(
      try verdict(.contentSecurityPolicy, site(["Content-Security-Policy-Report-Only: default-src 'none'"]))
        == "csp-not-implemented-but-reporting-enabled")
    #expect(
      try verdict(.contentSecurityPolicy, site(["Content-Security-Policy-Report-Only:"])) == "csp-not-implemented")
  }

  @Test("over plain http, plain http costs nothing")
  func plain() throws {
    #expect(
      try policyVerdict(["default-src 'self'; connect-src http://a.test"], secure: false)
        == "csp-implemented-with-no-unsafe")
  }
}
