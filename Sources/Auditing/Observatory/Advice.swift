/// A verdict in words: what it means, and for one that costs something why it matters and what mends it.
struct Advice {
  let meaning: String
  var why: String?
  var fix: String?

  init(_ meaning: String, why: String? = nil, fix: String? = nil) {
    (self.meaning, self.why, self.fix) = (meaning, why, fix)
  }

  static func on(_ verdict: Verdict) -> Advice { table[verdict.name] ?? Advice(verdict.name) }

  private static let policyWhy =
    "One hole through which foreign text gets into a page is enough to run a script in "
    + "every visitor's session. A policy that names where scripts may come from stops it."
  private static let policyFix = RecipeLine.headers
  private static let cookieWhy = "A cookie that travels over plain http can be read by anybody on the way."
  private static let cookieFix = RecipeLine.setting("SESSION_COOKIE_SECURE = True, CSRF_COOKIE_SECURE = True")
  private static let sameSiteFix = RecipeLine.setting(
    "SESSION_COOKIE_SAMESITE = \"Lax\", CSRF_COOKIE_SAMESITE = \"Lax\"")
  private static let httpsWhy = "Over plain http anybody on the way reads and changes everything, logins included."
  private static let hstsWhy =
    "Without a long-lived HSTS the first request of a visit goes over plain http, where it "
    + "can be led elsewhere."
  private static let redirectFix = RecipeLine.redirect
  private static let scriptWhy =
    "Whoever controls that server, or the way from it, runs code in every visitor's session."
  private static let scriptFix =
    "a copy of the script among the site's own static files, which \(RecipeLine.site) serves; or https: and "
    + "integrity=\"sha384-…\" in the page"
  private static let onceFix = "\(RecipeLine.headers) sends it once, whatever the application sets"
  private static let framesWhy = "A page that others may put in a frame can be clicked without being seen."
  private static let isolationWhy = "Browsers ignore what they cannot read: the header has no effect."

  private static let table: [String: Advice] = [
    // Content-Security-Policy
    Verdict.cspDefaultNone.name: Advice("nothing that is unsafe, and default-src 'none'"),
    Verdict.cspNoUnsafe.name: Advice("nothing that is unsafe"),
    Verdict.cspUnsafeInlineStyle.name: Advice("safe but for inline styles"),
    Verdict.cspDuplicates.name: Advice("safe, but report-uri or report-to stands twice"),
    Verdict.cspInsecurePassive.name: Advice(
      "images or media may come over http", why: httpsWhy,
      fix: "\(RecipeLine.headers) takes them from the site itself; .allowing(\"img-src\", \"https://…\") adds others"),
    Verdict.cspUnsafeEval.name: Advice(
      "allows eval()", why: policyWhy, fix: "\(RecipeLine.headers) does not; what calls eval() has to do without"),
    Verdict.cspUnsafeInline.name: Advice(
      "allows scripts from within the page, or from anywhere", why: policyWhy, fix: policyFix),
    Verdict.cspInsecureScheme.name: Advice("lets code come over http", why: httpsWhy, fix: policyFix),
    Verdict.cspInvalid.name: Advice("cannot be read", why: isolationWhy, fix: policyFix),
    Verdict.cspMissing.name: Advice("none", why: policyWhy, fix: policyFix),
    Verdict.cspReportOnly.name: Advice(
      "is only reported, not enforced", why: policyWhy,
      fix: "\(RecipeLine.headers) in place of .reportOnly: sudo harden apply --set page-policy=enforced"),
    // Cookies
    Verdict.cookiesSameSite.name: Advice("Secure, HttpOnly where it matters, SameSite"),
    Verdict.cookiesSecure.name: Advice("Secure, HttpOnly where it matters"),
    Verdict.cookiesNone.name: Advice("none"),
    Verdict.cookiesInsecureHSTS.name: Advice(
      "without Secure, though HSTS protects them", why: cookieWhy, fix: cookieFix),
    Verdict.cookiesSessionInsecureHSTS.name: Advice(
      "session without Secure, though HSTS protects it", why: cookieWhy, fix: cookieFix),
    Verdict.cookiesInsecure.name: Advice("without Secure", why: cookieWhy, fix: cookieFix),
    Verdict.cookiesSameSiteInvalid.name: Advice(
      "SameSite is no known word, or None without Secure",
      why: "Browsers then decide by themselves whether other sites' requests carry the cookie.",
      fix: sameSiteFix),
    Verdict.cookiesCSRFWithoutSameSite.name: Advice(
      "CSRF cookie without SameSite", why: "Requests that other sites start then carry it.",
      fix: sameSiteFix),
    Verdict.cookiesSessionReadable.name: Advice(
      "session without HttpOnly", why: "A script that got into the page can copy the session.",
      fix: RecipeLine.setting("SESSION_COOKIE_HTTPONLY = True")),
    Verdict.cookiesSessionInsecure.name: Advice("session without Secure", why: cookieWhy, fix: cookieFix),
    // CORS
    Verdict.corsMissing.name: Advice("other sites cannot read answers"),
    Verdict.corsPublic.name: Advice("any site may read answers, without cookies"),
    Verdict.corsRestricted.name: Advice("some sites may read answers"),
    // Redirection
    Verdict.redirectionToHTTPS.name: Advice("http leads to https at once"),
    Verdict.redirectionPreloaded.name: Advice("browsers never ask over http (preloaded)"),
    Verdict.redirectionNotNeeded.name: Advice("nothing answers over http"),
    Verdict.redirectionOffHost.name: Advice(
      "http leads to another host", why: "The first host's own HSTS is then never seen by browsers.",
      fix: "\(RecipeLine.redirect), each name to itself first"),
    Verdict.redirectionLate.name: Advice(
      "the first redirect stays on http", why: httpsWhy, fix: redirectFix),
    Verdict.redirectionNotToHTTPS.name: Advice("redirects end on http", why: httpsWhy, fix: redirectFix),
    Verdict.redirectionMissing.name: Advice("http stays http", why: httpsWhy, fix: redirectFix),
    Verdict.redirectionInvalidCertificate.name: Advice(
      "leads to a certificate that is not in order", why: "Browsers stop visitors there with a warning.",
      fix: RecipeLine.certificate),
    // Referrer-Policy
    Verdict.referrerPrivate.name: Advice("other sites do not learn addresses"),
    Verdict.referrerMissing.name: Advice("none: browsers' default"),
    Verdict.referrerUnsafe.name: Advice(
      "other sites learn where visitors come from", why: "Addresses may hold tokens and names.",
      fix: "\(RecipeLine.headers) sends same-origin"),
    Verdict.referrerInvalid.name: Advice("no known word", why: isolationWhy, fix: RecipeLine.headers),
    // HSTS
    Verdict.hstsPreloaded.name: Advice("preloaded into browsers"),
    Verdict.hstsLong.name: Advice("six months or more"),
    Verdict.hstsShort.name: Advice(
      "less than six months (15552000 seconds)", why: hstsWhy,
      fix: RecipeLine.longHSTS),
    Verdict.hstsMissing.name: Advice("none", why: hstsWhy, fix: RecipeLine.longHSTS),
    Verdict.hstsInvalid.name: Advice(
      "cannot be read, or is sent twice", why: isolationWhy,
      fix: "\(RecipeLine.site) sends it once, whatever the application sets"),
    Verdict.hstsNoHTTPS.name: Advice("no https", why: httpsWhy, fix: redirectFix),
    Verdict.hstsInvalidCertificate.name: Advice(
      "the certificate is not in order", why: "Browsers ignore HSTS that comes with such a certificate.",
      fix: RecipeLine.certificate),
    // Subresource integrity
    Verdict.sriAll.name: Advice("every script is pinned"),
    Verdict.sriExternal.name: Advice("scripts from elsewhere are pinned"),
    Verdict.sriNotHTML.name: Advice("no page"),
    Verdict.sriNoScripts.name: Advice("no scripts"),
    Verdict.sriOwnOrigin.name: Advice("all scripts are the site's own"),
    Verdict.sriMissing.name: Advice("scripts from elsewhere without integrity", why: scriptWhy, fix: scriptFix),
    Verdict.sriInsecure.name: Advice("pinned scripts over http or //", why: scriptWhy, fix: scriptFix),
    Verdict.sriUnreadable.name: Advice(
      "the page cannot be read as HTML", why: "Nothing can be said of its scripts.",
      fix: RecipeLine.application("what is JSON is sent as application/json")),
    Verdict.sriMissingInsecure.name: Advice(
      "scripts from elsewhere over http or //, without integrity", why: scriptWhy, fix: scriptFix),
    // One header each
    Verdict.noSniff.name: Advice("nosniff"),
    Verdict.noSniffMissing.name: Advice(
      "none", why: "Browsers then guess what a file is, and may run an upload as a script.",
      fix: RecipeLine.headers),
    Verdict.noSniffInvalid.name: Advice(
      "not nosniff, or sent twice", why: isolationWhy, fix: onceFix),
    Verdict.framesByPolicy.name: Advice("set by the policy's frame-ancestors"),
    Verdict.framesDenied.name: Advice("no other site may frame it"),
    Verdict.framesAllowFrom.name: Advice("ALLOW-FROM, which browsers ignore today"),
    Verdict.framesMissing.name: Advice("none", why: framesWhy, fix: RecipeLine.headers),
    Verdict.framesInvalid.name: Advice(
      "no known word, or sent twice", why: framesWhy, fix: onceFix),
    Verdict.corpSameOrigin.name: Advice("same-origin"),
    Verdict.corpSameSite.name: Advice("same-site"),
    Verdict.corpCrossOrigin.name: Advice("cross-origin: no protection"),
    Verdict.corpMissing.name: Advice("none"),
    Verdict.corpInvalid.name: Advice("no known word", why: isolationWhy, fix: RecipeLine.headers),
    Verdict.coepRequireCORP.name: Advice("require-corp"),
    Verdict.coepCredentialless.name: Advice("credentialless"),
    Verdict.coepNone.name: Advice("unsafe-none: no protection"),
    Verdict.coepMissing.name: Advice("none"),
    Verdict.coepInvalid.name: Advice(
      "no known word", why: isolationWhy, fix: "\(RecipeLine.embedder), or no such header"),
    Verdict.coopSameOrigin.name: Advice("same-origin"),
    Verdict.coopAllowPopups.name: Advice("same-origin-allow-popups"),
    Verdict.coopNoOpener.name: Advice("noopener-allow-popups"),
    Verdict.coopNone.name: Advice("unsafe-none: no protection"),
    Verdict.coopMissing.name: Advice("none"),
    Verdict.coopInvalid.name: Advice("no known word", why: isolationWhy, fix: RecipeLine.headers),
  ]
}
