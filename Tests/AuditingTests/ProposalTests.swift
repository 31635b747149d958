import Testing

@testable import Auditing

@Suite("The policy that is proposed for pages")
struct ProposalTests {
  private func proposal(_ body: String, sheet: String = "") throws -> AuditFinding {
    var material = AuditMaterial(target: SiteTarget(host: "example.test"), sites: [site(body: body)])
    material.files["https://example.test/a.css"] = Exchange(url: "", status: 200, body: sheet)
    return try #require(material.findings().first { $0.subject == "a policy for the pages seen" })
  }

  @Test("it allows whatever a page names, wherever it stands")
  func places() throws {
    let body = """
      <base href=/sub/><link rel=stylesheet href=/a.css><form><button formaction=https://button.test/></button></form>
      <input type=submit formaction=https://input.test/><video poster=https://poster.test/></video>
      <img srcset="/a.png 1x, https://b.test/x,y.png 2x,https://c.test/"><source srcset="/a, https://d.test/ 2x">
      <svg><image href=https://image.test/ /><image xlink:href=https://xlink.test/ /><use href=#own />
      <script href=//s.test/a /></svg><link rel=preload as=image imagesrcset="https://preload.test/ 1x">
      """
    let sheet = """
      /* url(https://comment.test/) */ @import "https://import.test/css?family=a"; @IMPORT url( https://url.test/b ) print;
      a { content: "url(https://string.test/)"; background: URL( 'https://background.test/(a)' ) }
      @font-face { src: url(/own.woff2), url("https://font.test/a.woff2?#iefix") }
      """
    #expect(
      try proposal(body, sheet: sheet).fix == """
        Apache(headers: .strict(
          .strict
            .allowing("base-uri", "'self'")
            .allowing("font-src", "https://font.test")
            .allowing("form-action", "https://button.test", "https://input.test")
            .allowing("img-src", "https://poster.test", "https://b.test", "https://c.test", "https://d.test", \
        "https://image.test", "https://xlink.test", "https://preload.test", "https://background.test")
            .allowing("script-src", "https://s.test")
            .allowing("style-src", "https://import.test", "https://url.test")))
        """)
  }

  @Test("a style sheet in the page counts from the page's base on")
  func base() throws {
    let found = try proposal("<base href=https://base.test/x/><style>a { background: url(y.png) }</style>")
    #expect(found.fix?.has(".allowing(\"base-uri\", \"https://base.test\")") == true)
    #expect(found.fix?.has(".allowing(\"img-src\", \"https://base.test\")") == true)
  }

  @Test(
    "no host breaks out of the line",
    arguments: [
      "x\"),evil(\"a", "*", "x;y", "x,(y)", "[::1]", "a_b.test", String(repeating: "a.", count: 127) + "test",
    ])
  func hostile(_ host: String) throws {
    let found = try proposal("<script src='https://\(host)/x'></script><script src=https://good.test:8443/x></script>")
    #expect(
      found.fix == """
        Apache(headers: .strict(
          .strict
            .allowing("script-src", "https://good.test:8443")))
        """)
    #expect(found.detail.has("1 host has a name that no policy can hold"))
  }

  @Test("a name outside of ASCII is proposed as it is asked for")
  func international() throws {
    let found = try proposal("<script src=https://\u{F6}.test/x></script>")
    #expect(found.fix?.has(".allowing(\"script-src\", \"https://xn--nda.test\")") == true)
  }

  @Test("a string of Swift's holds whatever is in it")
  func literal() {
    #expect(RecipeLine.literal("a\"\\(b)\n\u{301}") == "\"a\\\"\\\\(b)\\u{A}\\u{301}\"")
  }

  @Test(
    "the addresses of a srcset",
    arguments: [
      ("", []), (" , ,", []), ("a", ["a"]), ("a 1x,b 2x", ["a", "b"]), ("a, b", ["a", "b"]), ("a,,b", ["a,,b"]),
      ("a,, b", ["a", "b"]), ("data:image/png;base64,x 1x, b", ["data:image/png;base64,x", "b"]),
      ("a (1,2) 3w, b", ["a", "b"]), ("a (1, b", ["a"]),
    ])
  func candidates(_ text: String, _ addresses: [String]) {
    #expect(PageResources.candidates(text) == addresses)
  }
}
