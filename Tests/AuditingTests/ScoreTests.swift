import Testing

@testable import Auditing

@Suite("Scores and grades")
struct ScoreTests {
  private static let best = [
    "Strict-Transport-Security: max-age=31536000",
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options: nosniff", "Referrer-Policy: same-origin", "Cross-Origin-Opener-Policy: same-origin",
    "Cross-Origin-Resource-Policy: same-origin", "Cross-Origin-Embedder-Policy: require-corp",
    "Set-Cookie: a=1; Secure; SameSite=Lax",
  ]

  @Test("the best there is: 165, and 145 by algorithm 5")
  func best() throws {
    var site = site(Self.best, body: "<script src=/a.js integrity=x></script>")
    site.preloaded = ["example.test"]
    let six = try Observatory(.six).grade(site)
    #expect((six.score, six.grade, six.tests.count) == (165, .aPlus, 12))
    let five = try Observatory(.five).grade(site)
    #expect((five.score, five.grade, five.tests.count) == (145, .aPlus, 10))
  }

  @Test("the smallest way to A+, and bare servers")
  func examples() throws {
    let small = try Observatory().grade(
      site([
        "Strict-Transport-Security: max-age=15552000", "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'self'; style-src 'unsafe-inline'", "X-Frame-Options: DENY",
      ]))
    #expect((small.score, small.grade) == (105, .aPlus))
    let bare = try Observatory().grade(site())
    #expect((bare.score, bare.grade) == (30, .d))
    var without = site()
    without.http = without.https.map {
      Visit(exchanges: [Exchange(url: "http://example.test/", status: $0.final?.status ?? 0)])
    }
    let worse = try Observatory().grade(without)
    #expect((worse.score, worse.grade) == (10, .f))
  }

  @Test("bonuses count from 90 on")
  func bonuses() throws {
    var ninety = site(Self.best.dropFirst() + ["Strict-Transport-Security: max-age=300"])
    #expect(try Observatory().grade(ninety).score == 145)
    ninety.https?.exchanges[0].headers.removeAll { $0.name == "X-Content-Type-Options" }
    let card = try Observatory().grade(ninety)
    #expect((card.score, card.grade, card.bonusesCount) == (85, .aMinus, false))
  }

  @Test("never below zero")
  func floor() throws {
    var site = site(
      ["Set-Cookie: session=1", "Cross-Origin-Opener-Policy: x"], body: "<script src=http://cdn.org/a.js></script>")
    site.https?.isVerified = false
    site.http?.isVerified = false
    let card = try Observatory().grade(site)
    #expect((card.score, card.scoreWithoutBonuses, card.grade) == (0, -85, .f))
  }

  @Test("a certificate that is not in order costs 40 where http leads there")
  func certificate() throws {
    var site = site(Self.best)
    site.https?.isVerified = false
    site.http?.isVerified = false
    let card = try Observatory().grade(site)
    #expect((card.score, card.grade) == (60, .cPlus))
  }

  @Test("the table of grades")
  func grades() {
    let steps = [
      (165, "A+"), (100, "A+"), (95, "A"), (90, "A"), (85, "A-"), (80, "B+"), (75, "B"), (70, "B"), (65, "B-"),
      (60, "C+"), (55, "C"), (50, "C"), (45, "C-"), (40, "D+"), (35, "D"), (30, "D"), (25, "D-"), (20, "F"), (0, "F"),
    ]
    for (score, grade) in steps { #expect(Grade(score: score).rawValue == grade) }
    #expect(Grade.f < .aPlus && Grade.aMinus < .a)
  }

  @Test("no grade", arguments: [199, 400, 404, 500, 503])
  func refused(status: Int) {
    var page = site()
    page.https?.exchanges[0].status = status
    #expect(throws: Observatory.Refusal.unexpectedStatus(status: status)) { try Observatory().grade(page) }
  }

  @Test("401, 403 and a redirect without end are graded; nothing at all is not")
  func graded() throws {
    for status in [401, 403, 302, 304] {
      var page = site()
      page.https?.exchanges[0].status = status
      #expect(try Observatory().grade(page).score == 30)
    }
    #expect(throws: Observatory.Refusal.siteDown) { try Observatory().grade(SiteResponses(host: "a.test")) }
  }

  @Test("every verdict has words, and what costs something says why")
  func words() throws {
    let sites = [site(), site(Self.best), site(["Content-Security-Policy: x"])]
    for card in try sites.map({ try Observatory().grade($0) }) {
      for test in card.tests {
        #expect(test.meaning != test.result)
        #expect(test.modifier >= 0 || test.why != nil)
      }
    }
  }
}
