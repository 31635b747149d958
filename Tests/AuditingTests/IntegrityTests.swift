import Testing

@testable import Auditing

@Suite("Subresource integrity")
struct IntegrityTests {
  @Test(
    "scripts",
    arguments: [
      ("", "sri-not-implemented-but-no-scripts-loaded"),
      ("<script>1</script>", "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"),
      ("<script src=/a.js></script>", "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"),
      (
        "<script src=http://www.example.test/a.js></script>",
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"
      ),
      ("<script src=//www.example.test/a.js></script>", "sri-not-implemented-and-external-scripts-not-loaded-securely"),
      ("<script src=https://cdn.org/a.js></script>", "sri-not-implemented-but-external-scripts-loaded-securely"),
      (
        "<script src=https://cdn.org/a.js integrity=x></script>", "sri-implemented-and-external-scripts-loaded-securely"
      ),
      (
        "<script src=https://cdn.org/a.js integrity=''></script>",
        "sri-not-implemented-but-external-scripts-loaded-securely"
      ),
      (
        "<script src=http://cdn.org/a.js integrity=x></script>",
        "sri-implemented-but-external-scripts-not-loaded-securely"
      ),
      ("<script src=http://cdn.org/a.js></script>", "sri-not-implemented-and-external-scripts-not-loaded-securely"),
      ("<script src=HTTPS://cdn.org/a.js></script>", "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"),
      (
        "<script src=' https://cdn.org/a.js'></script>", "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"
      ),
      ("<script src=///cdn.org/a.js></script>", "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"),
      ("<script src=/a.js integrity=x></script>", "sri-implemented-and-all-scripts-loaded-securely"),
      (
        "<base href=https://cdn.org/><script src=a.js></script>",
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"
      ),
      // What costs 5 counts as worse than what costs 20.
      (
        "<script src=http://cdn.org/a.js integrity=x></script><script src=https://cdn.org/b.js></script>",
        "sri-not-implemented-but-external-scripts-loaded-securely"
      ),
      (
        "<ScRiPt SRC=https://cdn.org/a.js src=/b.js></script>",
        "sri-not-implemented-but-external-scripts-loaded-securely"
      ),
      ("<textarea><script src=https://cdn.org/a.js></textarea>", "sri-not-implemented-but-no-scripts-loaded"),
      (
        "<noscript><script src=https://cdn.org/a.js></noscript>",
        "sri-not-implemented-but-external-scripts-loaded-securely"
      ),
      (
        "<script>'<script src=https://cdn.org/a.js>'</script>",
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"
      ),
      (
        "<script><!-- <script></script><script src=https://cdn.org/a.js></script> --></script>",
        "sri-not-implemented-but-external-scripts-loaded-securely"
      ),
      ("<![CDATA[ <script src=https://cdn.org/a.js> ]]>", "sri-not-implemented-but-no-scripts-loaded"),
      ("<svg><p><style><script src=https://cdn.org/a.js>", "sri-not-implemented-but-external-scripts-loaded-securely"),
      ("<p><svg></p><style><script src=https://cdn.org/a.js>", "sri-not-implemented-but-no-scripts-loaded"),
      (
        "<script></script x='><script src=https://cdn.org/a.js>",
        "sri-not-implemented-but-external-scripts-loaded-securely"
      ),
      ("<script src=https&colon;//cdn.org/a.js>", "sri-not-implemented-but-external-scripts-loaded-securely"),
      ("<script src=https://cdn.org/a.js", "sri-not-implemented-but-no-scripts-loaded"),
      ("{\"a\": [1, -2.5e3, \"<script>\"]}", "html-not-parseable"),
      ("42", "html-not-parseable"),
      ("true", "html-not-parseable"),
      ("false", "sri-not-implemented-but-no-scripts-loaded"),
      ("null", "sri-not-implemented-but-no-scripts-loaded"),
      ("[0]", "html-not-parseable"),
      ("-0.0", "sri-not-implemented-but-no-scripts-loaded"),
      ("[ ]", "sri-not-implemented-but-no-scripts-loaded"),
      ("<script src=//></script>", "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"),
      ("\"\\u003cscript src=https://cdn.org/a.js>\"", "sri-not-implemented-but-external-scripts-loaded-securely"),
    ])
  func scripts(body: String, expected: String) throws {
    #expect(try verdict(.subresourceIntegrity, site(body: body)) == expected)
  }

  @Test("JSON is told however deep it goes")
  func deep() throws {
    let depth = 100_000
    let lists = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    let objects = String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    for body in [lists, objects, "{\"a\" : [ 1 , {} , [ ] ], \"b\":null}"] {
      #expect(try verdict(.subresourceIntegrity, site(body: body)) == "html-not-parseable")
    }
    for body in [lists + "]", "[" + lists, "[1,]", "{\"a\"}", "{\"a\":1,}", "{1:2}", "[1 2]", "[}"] {
      #expect(try verdict(.subresourceIntegrity, site(body: body)) == "sri-not-implemented-but-no-scripts-loaded")
    }
  }

  @Test("what is no HTML, and what does not say")
  func kinds() throws {
    let body = "<script src=https://cdn.org/a.js></script>"
    #expect(
      try verdict(.subresourceIntegrity, site(body: body, kind: "Text/HTML")) == "sri-not-implemented-response-not-html"
    )
    for kind in [nil, "", ";charset=utf-8"] {
      #expect(
        try verdict(.subresourceIntegrity, site(body: body, kind: kind))
          == "sri-not-implemented-but-external-scripts-loaded-securely")
    }
  }

  @Test("one owner by the registries' suffixes alone, and addresses are all one")
  func owners() throws {
    let own = "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"
    #expect(
      try verdict(.subresourceIntegrity, site(body: "<script src=https://b.github.io/x>", host: "a.github.io")) == own)
    #expect(
      try verdict(.subresourceIntegrity, site(body: "<script src=http://127.0.0.2/x>", host: "127.0.0.1")) == own)
    #expect(
      try verdict(.subresourceIntegrity, site(body: "<script src=https://localhost/x>", host: "127.0.0.1")) == own)
    #expect(
      try verdict(.subresourceIntegrity, site(body: "<script src=http://1.1.1.1./x>", host: "127.0.0.1")) == own)
    // What is no name has no owner either; that of an address is looked for in the text as it stands.
    #expect(
      try verdict(.subresourceIntegrity, site(body: "<script src=https://a-.org/x>", host: "127.0.0.1")) == own)
    #expect(
      try verdict(.subresourceIntegrity, site(body: "<script src=https://127.0.1/x>", host: "127.0.0.1")) != own)
    #expect(
      try verdict(.subresourceIntegrity, site(body: "<script src=https://b.co.uk/x>", host: "a.co.uk"))
        == "sri-not-implemented-but-external-scripts-loaded-securely")
  }

  @Test(
    "names outside of ASCII",
    arguments: [
      "https://xn--bcher-kva.org/", "https://XN--FA-HIA.org/", "https://xn--mgba3a4f16a/", "https://xn--p1ai/",
      "https://b\u{FC}cher.org/", "https://\u{2603}.org/", "https://a\u{AD}.org/", "https://[::ffff:1.2.3.4]/",
    ])
  func names(source: String) throws {
    let page = site(body: "<script src='\(source)'></script>")
    #expect(try verdict(.subresourceIntegrity, page) == "sri-not-implemented-but-external-scripts-loaded-securely")
  }

  @Test(
    "an address that is none ends the scan",
    arguments: [
      "https://", "https://a b/", "http://[::1", "https://a:99999/", "https://256.1.1.1/", "https://a.0/",
      "https://1.2.3.4.5/", "https://1.08/", "https://[1]/", "https://[::1::]/", "https://cdn.c\u{FFFD}om/",
      "https://xn--/", "https://xn--a/", "https://xn--zz-.org/", "https://a.xn--abc/", "https://xn--99999/",
    ])
  func invalid(source: String) {
    #expect(throws: Observatory.Refusal.invalidScriptAddress(address: source)) {
      try Observatory().grade(site(body: "<script src='\(source)'></script>"))
    }
  }
}
