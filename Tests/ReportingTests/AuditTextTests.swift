import Auditing
import Testing

@testable import Reporting

@Suite("Audits as text and as a page")
struct AuditTextTests {
  private func audit(_ headers: [String], findings: [AuditFinding] = [], status: Int = 200) -> Audit {
    let page = Exchange(
      url: "https://a.test/", status: status,
      headers: headers.map { line in
        let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
        return HeaderField(parts[0], parts[1])
      }, body: "<!doctype html>")
    var audit = Audit(
      version: "1", target: "https://a.test", time: "2026-11-25 03:00 UTC",
      pages: [
        PageAudit(path: "/", of: SiteResponses(host: "a.test", https: Visit(exchanges: [page])), by: Observatory(.five))
      ])
    audit.findings = findings
    return audit
  }

  @Test("a grade, test by test, with what each costs")
  func text() {
    let found = [
      AuditFinding(.dns, .advice, "CAA", "None.", fix: "a. CAA 0"), AuditFinding(.tls, .fine, "versions", "Taken."),
      AuditFinding(.scripts, .problem, "x", "y\u{1B}[2J", fix: "one\ntwo", pages: ["/", "/b"]),
    ]
    let text = Report.text(
      of: audit(
        [
          "Content-Security-Policy: default-src 'none'", "X-Content-Type-Options: nosniff",
          "Strict-Transport-Security: max-age=5",
        ], findings: found), style: Style())
    #expect(
      text == """
        https://a.test   B   70 of 145, MDN HTTP Observatory algorithm 5

           +10  Content-Security-Policy         nothing that is unsafe, and default-src 'none'
             0  Cookies                         none
             0  Cross-Origin Resource Sharing   other sites cannot read answers
             0  Redirection                     nothing answers over http
             0  Referrer-Policy                 none: browsers' default
           -10  Strict-Transport-Security       less than six months (15552000 seconds)
             0  Subresource Integrity           no scripts
             0  X-Content-Type-Options          nosniff
           -20  X-Frame-Options                 none
             0  Cross-Origin-Resource-Policy    none

          100 - 30 = 70. The bonuses of 10 count from 90 on.

          -20 X-Frame-Options: none
              A page that others may put in a frame can be clicked without being seen.
              mend: Apache(headers: .strict)

          -10 Strict-Transport-Security: less than six months (15552000 seconds)
              seen: max-age=5
              Without a long-lived HSTS the first request of a visit goes over plain http, where it can be
              led elsewhere.
              mend: Certificate(for: names): sudo harden apply tries its renewal, and Site(names: names,
                …) then sends max-age=31557600, a year

        Scripts and what pages load
          ! x: y\\x1B[2J
              on / and /b
              mend:
                one
                two

        TLS
          · versions: Taken.

        DNS
          - CAA: None.
              mend: a. CAA 0

        """)
  }

  @Test("a page without a grade says why")
  func refused() {
    #expect(
      Report.text(of: audit([], status: 500), style: Style()) == """
        https://a.test   no grade
          The page answers 500. The Observatory grades answers from 200 to 399, and 401 and 403.

        """)
  }

  @Test("an answer that is none has no grade, and nobody says that there was silence")
  func noAnswer() {
    let site = SiteResponses(host: "a.test", failures: ["http": "the head is not as HTTP has it", "https": "refused"])
    let seen = Audit(version: "1", target: "a.test", pages: [PageAudit(path: "/", of: site, by: Observatory())])
    #expect(
      Report.text(of: seen, style: Style()) == """
        a.test   no grade
          No answer came that could be graded. http: the head is not as HTTP has it. https: refused.

        """)
  }

  @Test("of a page that is too long the grade says so")
  func cut() {
    let page = Exchange(url: "https://a.test/", status: 200, isCut: true)
    let site = SiteResponses(host: "a.test", https: Visit(exchanges: [page]))
    let seen = Audit(version: "1", target: "a.test", pages: [PageAudit(path: "/", of: site, by: Observatory())])
    let words = "The page is too long: only its beginning was read and graded."
    #expect(Report.text(of: seen, style: Style()).contains("\n  \(words)\n"))
    #expect(Report.page(of: seen).contains(words) && !Report.page(of: audit([])).contains(words))
  }

  @Test("nothing that a server says becomes markup")
  func markup() {
    let evil = "</td><script>alert(\"1\")</script>\u{202E}\u{1B}"
    let page = Report.page(
      of: audit(
        ["X-Frame-Options: \(evil)"], findings: [AuditFinding(.tls, .problem, evil, evil, fix: evil, pages: [evil])]),
      before: audit(["X-Frame-Options: DENY"], findings: [AuditFinding(.dns, .problem, evil, evil)]))
    #expect(!page.contains("<script") && !page.contains("\u{202E}") && !page.contains("\u{1B}"))
    #expect(page.contains("&lt;/td&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;\\u{202E}\\x1B"))
    #expect(page.contains("mended"))
  }

  @Test(
    "nor with what joins it to one character, behind it or before it",
    arguments: ["\u{301}", "\u{D4E}", "\u{200D}", "\u{FE0F}", "\u{E0100}"])
  func marks(_ mark: String) {
    let evil = "\(mark)<\(mark)img\(mark)\"\(mark)>\(mark)&\(mark)\u{1B}\(mark)\n\(mark)\r\(mark)'"
    let found = [AuditFinding(.tls, .problem, evil, evil, fix: evil, pages: [evil])]
    let seen = audit(["X-Frame-Options: \(evil)"], findings: found)
    let page = Report.page(of: seen, before: seen).unicodeScalars
    let finding = AuditFinding(.tls, .problem, "x", "x", fix: "x", pages: ["x"])
    let harmless = audit(["X-Frame-Options: x"], findings: [finding])
    let plain = Report.page(of: harmless, before: harmless).unicodeScalars
    for sign in ["<", ">", "\""] as [Unicode.Scalar] {
      #expect(page.filter { $0 == sign }.count == plain.filter { $0 == sign }.count)
    }
    #expect(!page.contains("\u{1B}") && !page.contains("\r"))
    let text = Report.text(of: seen, style: Style(colour: false))
    #expect(!text.unicodeScalars.contains("\u{1B}") && !text.unicodeScalars.contains("\r"))
    #expect(text.split(separator: "\n").allSatisfy { !$0.unicodeScalars.contains("\n") })
  }
}
