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
  private static let policyFix = "Apache(headers: .strict)"
  private static let cookieWhy = "A cookie that travels over plain http can be read by anybody on the way."
  private static let cookieFix = "Django: SESSION_COOKIE_SECURE and CSRF_COOKIE_SECURE; harden template django-settings"
  private static let httpsWhy = "Over plain http anybody on the way reads and changes everything, logins included."
  private static let hstsWhy =
    "Without a long-lived HSTS the first request of a visit goes over plain http, where it "
    + "can be led elsewhere."
  private static let redirectFix = "Certificate(for: names), and Site(names: names, …) then redirects to https"
  private static let scriptWhy =
    "Whoever controls that server, or the way from it, runs code in every visitor's session."
  private static let scriptFix = "serve a copy of the script yourself, or add integrity=\"sha384-…\" and https:"
  private static let framesWhy = "A page that others may put in a frame can be clicked without being seen."
  private static let isolationWhy = "Browsers ignore what they cannot read: the header has no effect."

  private static let table: [String: Advice] = [
    // Content-Security-Policy
    Verdict.cspDefaultNone.name: Advice("nothing that is unsafe, and default-src 'none'"),
    Verdict.cspNoUnsafe.name: Advice("nothing that is unsafe"),
    Verdict.cspUnsafeInlineStyle.name: Advice("safe but for inline styles"),
    Verdict.cspDuplicates.name: Advice("safe, but report-uri or report-to stands twice"),
    Verdict.cspInsecurePassive.name: Advice(
      "images or media may come over http", why: httpsWhy, fix: "img-src and media-src with https: alone"),
    Verdict.cspUnsafeEval.name: Advice("allows eval()", why: policyWhy, fix: "script-src without 'unsafe-eval'"),
    Verdict.cspUnsafeInline.name: Advice(
      "allows scripts from within the page, or from anywhere", why: policyWhy, fix: policyFix),
    Verdict.cspInsecureScheme.name: Advice("lets code come over http", why: httpsWhy, fix: policyFix),
    Verdict.cspInvalid.name: Advice("cannot be read", why: isolationWhy, fix: policyFix),
    Verdict.cspMissing.name: Advice("none", why: policyWhy, fix: policyFix),
    Verdict.cspReportOnly.name: Advice(
      "is only reported, not enforced", why: policyWhy, fix: "Apache(headers: .strict) instead of .reportOnly"),
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
      fix: "Django: SESSION_COOKIE_SAMESITE = \"Lax\" and CSRF_COOKIE_SAMESITE = \"Lax\""),
    Verdict.cookiesCSRFWithoutSameSite.name: Advice(
      "CSRF cookie without SameSite", why: "Requests that other sites start then carry it.",
      fix: "Django: CSRF_COOKIE_SAMESITE = \"Lax\""),
    Verdict.cookiesSessionReadable.name: Advice(
      "session without HttpOnly", why: "A script that got into the page can copy the session.",
      fix: "Django: SESSION_COOKIE_HTTPONLY = True"),
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
      fix: "Site(names: names, …) redirects each name to itself over https first"),
    Verdict.redirectionLate.name: Advice(
      "the first redirect stays on http", why: httpsWhy, fix: redirectFix),
    Verdict.redirectionNotToHTTPS.name: Advice("redirects end on http", why: httpsWhy, fix: redirectFix),
    Verdict.redirectionMissing.name: Advice("http stays http", why: httpsWhy, fix: redirectFix),
    Verdict.redirectionInvalidCertificate.name: Advice(
      "leads to a certificate that is not in order", why: "Browsers stop visitors there with a warning.",
      fix: "Certificate(for: names)"),
    // Referrer-Policy
    Verdict.referrerPrivate.name: Advice("other sites do not learn addresses"),
    Verdict.referrerMissing.name: Advice("none: browsers' default"),
    Verdict.referrerUnsafe.name: Advice(
      "other sites learn where visitors come from", why: "Addresses may hold tokens and names.",
      fix: "Apache(headers: .strict) sends Referrer-Policy: same-origin"),
    Verdict.referrerInvalid.name: Advice("no known word", why: isolationWhy, fix: "Apache(headers: .strict)"),
    // HSTS
    Verdict.hstsPreloaded.name: Advice("preloaded into browsers"),
    Verdict.hstsLong.name: Advice("six months or more"),
    Verdict.hstsShort.name: Advice(
      "less than six months (15552000 seconds)", why: hstsWhy,
      fix: "a longer max-age once https has proved itself: 31536000 is a year"),
    Verdict.hstsMissing.name: Advice("none", why: hstsWhy, fix: "Certificate(for: names), and Site(…) sends it"),
    Verdict.hstsInvalid.name: Advice("cannot be read, or is sent twice", why: isolationWhy, fix: "one layer sends it"),
    Verdict.hstsNoHTTPS.name: Advice("no https", why: httpsWhy, fix: redirectFix),
    Verdict.hstsInvalidCertificate.name: Advice(
      "the certificate is not in order", why: "Browsers ignore HSTS that comes with such a certificate.",
      fix: "Certificate(for: names)"),
    // Subresource integrity
    Verdict.sriAll.name: Advice("every script is pinned"),
    Verdict.sriExternal.name: Advice("scripts from elsewhere are pinned"),
    Verdict.sriNotHTML.name: Advice("no page"),
    Verdict.sriNoScripts.name: Advice("no scripts"),
    Verdict.sriOwnOrigin.name: Advice("all scripts are the site's own"),
    Verdict.sriMissing.name: Advice("scripts from elsewhere without integrity", why: scriptWhy, fix: scriptFix),
    Verdict.sriInsecure.name: Advice("pinned scripts over http or //", why: scriptWhy, fix: scriptFix),
    Verdict.sriUnreadable.name: Advice("the page cannot be read as HTML", why: "Nothing can be said of its scripts."),
    Verdict.sriMissingInsecure.name: Advice(
      "scripts from elsewhere over http or //, without integrity", why: scriptWhy, fix: scriptFix),
    // One header each
    Verdict.noSniff.name: Advice("nosniff"),
    Verdict.noSniffMissing.name: Advice(
      "none", why: "Browsers then guess what a file is, and may run an upload as a script.",
      fix: "Apache(headers: .strict)"),
    Verdict.noSniffInvalid.name: Advice(
      "not nosniff, or sent twice", why: isolationWhy, fix: "Apache(headers: .strict), and no second layer"),
    Verdict.framesByPolicy.name: Advice("set by the policy's frame-ancestors"),
    Verdict.framesDenied.name: Advice("no other site may frame it"),
    Verdict.framesAllowFrom.name: Advice("ALLOW-FROM, which browsers ignore today"),
    Verdict.framesMissing.name: Advice("none", why: framesWhy, fix: "Apache(headers: .strict)"),
    Verdict.framesInvalid.name: Advice(
      "no known word, or sent twice", why: framesWhy, fix: "Apache(headers: .strict), and no second layer"),
    Verdict.corpSameOrigin.name: Advice("same-origin"),
    Verdict.corpSameSite.name: Advice("same-site"),
    Verdict.corpCrossOrigin.name: Advice("cross-origin: no protection"),
    Verdict.corpMissing.name: Advice("none"),
    Verdict.corpInvalid.name: Advice("no known word", why: isolationWhy, fix: "Apache(headers: .strict)"),
    Verdict.coepRequireCORP.name: Advice("require-corp"),
    Verdict.coepCredentialless.name: Advice("credentialless"),
    Verdict.coepNone.name: Advice("unsafe-none: no protection"),
    Verdict.coepMissing.name: Advice("none"),
    Verdict.coepInvalid.name: Advice(
      "no known word", why: isolationWhy, fix: "Apache(headers: .strict, coep: true), or no such header"),
    Verdict.coopSameOrigin.name: Advice("same-origin"),
    Verdict.coopAllowPopups.name: Advice("same-origin-allow-popups"),
    Verdict.coopNoOpener.name: Advice("noopener-allow-popups"),
    Verdict.coopNone.name: Advice("unsafe-none: no protection"),
    Verdict.coopMissing.name: Advice("none"),
    Verdict.coopInvalid.name: Advice("no known word", why: isolationWhy, fix: "Apache(headers: .strict)"),
  ]
}
