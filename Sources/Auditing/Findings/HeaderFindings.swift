/// OWASP's headers by what browsers do today: what is missing, what is obsolete, what must not be sent everywhere, and
/// what scanners ask for without a reason.
extension AuditMaterial {
  func headerFindings() -> [AuditFinding] {
    var found: [AuditFinding] = []
    func pages(with header: String) -> [Exchange] { self.pages.filter { $0.joined(header) != nil } }

    for (header, words) in Self.obsolete {
      let bearers = pages(with: header)
      if !bearers.isEmpty { found.append(.obsolete(header, words, places(bearers))) }
    }
    let clearing = pages(with: "clear-site-data")
    if !clearing.isEmpty { found.append(.clearsEverywhere(places(clearing))) }
    for header in Self.single {
      let twice = self.pages.filter { $0.values(header).count > 1 }
      if !twice.isEmpty { found.append(.sentTwice(header, places(twice))) }
    }
    let framable = self.pages.filter { page in
      page.values("content-security-policy").contains {
        $0.lowercased().words.joined(separator: " ").has("frame-ancestors *")
      }
    }
    if !framable.isEmpty { found.append(.anyoneMayFrame(places(framable))) }
    let elements = self.pages.filter { page in
      page.values("content-security-policy").contains { policy in
        policy.lowercased().pieces(at: ";").contains {
          let words = $0.words
          return ["script-src-elem", "script-src-attr"].contains(words.first ?? "") && words.contains("'unsafe-inline'")
        }
      }
    }
    if !elements.isEmpty { found.append(.inlineAllowedBeside(places(elements))) }
    if let options = sites.compactMap(\.options).first(where: Self.reflects) { found.append(.reflects(options)) }
    if !self.pages.isEmpty {
      if pages(with: "x-permitted-cross-domain-policies").isEmpty { found.append(.noFlashPolicy) }
      if pages(with: "cross-origin-embedder-policy").isEmpty { found.append(.noEmbedderPolicy) }
      found.append(.notMissing)
    }
    return found
  }

  private static let obsolete: [(String, String)] = [
    ("X-XSS-Protection", "browsers dropped their filters, which opened holes of their own"),
    ("Public-Key-Pins", "browsers dropped it, since it shut sites out for good"),
    ("Expect-CT", "browsers check certificate transparency by themselves"),
    ("Feature-Policy", "it is called Permissions-Policy today"),
    ("X-Content-Security-Policy", "browsers know Content-Security-Policy alone"),
    ("X-WebKit-CSP", "browsers know Content-Security-Policy alone"),
  ]
  private static let single = [
    "X-Frame-Options", "X-Content-Type-Options", "Strict-Transport-Security", "Referrer-Policy",
    "Content-Security-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy",
    "Cross-Origin-Embedder-Policy",
  ]

  private static func reflects(_ options: Exchange) -> Bool {
    options.first("access-control-allow-origin")?.trimmed == "https://http-observatory.security.mozilla.org"
      && options.first("access-control-allow-credentials")?.trimmed.lowercased() == "true"
  }

  func cookieFindings() -> [AuditFinding] {
    var jar = CookieJar()
    for exchange in sites.compactMap(\.chosen).flatMap(\.exchanges) { jar.store(exchange) }
    return jar.cookies.contains { $0.name.lowercased().has("csrf") && !$0.isHTTPOnly } ? [.readableCSRF] : []
  }

  /// HSTS against what browsers do with it, and against the rules of hstspreload.org.
  func transportFindings() -> [AuditFinding] {
    guard let https = sites.compactMap(\.https).first,
      let value = https.final?.joined("strict-transport-security"), let header = StrictTransport(value)
    else { return [] }
    var found: [AuditFinding] = []
    if let seconds = header.maxAge, seconds.isNaN, !value.has("\"") { found.append(.uselessHSTS(value)) }
    var missing: [String] = []
    if (header.maxAge ?? 0) < 31_536_000 { missing.append("max-age of a year (31536000)") }
    if !header.includesSubdomains { missing.append("includeSubDomains") }
    if PublicSuffixes.registrableDomain(host) != host {
      missing.append("the registered domain itself, not a name below it")
    }
    let redirect = sites.compactMap(\.http).first?.exchanges ?? []
    if redirect.count > 1, redirect[1].address?.host != host || redirect[1].address?.isSecure != true {
      missing.append("a first redirect to https on the same host")
    }
    if !https.isVerified { missing.append("a valid certificate") }
    if header.preload {
      found.append(missing.isEmpty ? .preloadable : .notPreloadable(missing))
    } else {
      found.append(.preloadNotAsked)
    }
    return found
  }
}

extension AuditFinding {
  fileprivate static func obsolete(_ header: String, _ words: String, _ pages: [String]) -> AuditFinding {
    AuditFinding(
      .headers, .advice, header, "Obsolete: \(words).",
      fix: "leave it out; \(RecipeLine.headers) does not send it", pages: pages)
  }
  fileprivate static func clearsEverywhere(_ pages: [String]) -> AuditFinding {
    AuditFinding(
      .headers, .problem, "Clear-Site-Data",
      "Sent with a page, it logs visitors out and empties their cache. It belongs on the answer to a logout alone.",
      fix: RecipeLine.application("send it with the answer to a logout"), pages: pages)
  }
  fileprivate static func sentTwice(_ header: String, _ pages: [String]) -> AuditFinding {
    AuditFinding(
      .headers, .problem, header, "Sent twice: two layers set it, and browsers drop or tighten what they get.",
      fix: "\(RecipeLine.headers) sends each once, whatever the application sets", pages: pages)
  }
  fileprivate static func anyoneMayFrame(_ pages: [String]) -> AuditFinding {
    AuditFinding(
      .headers, .problem, "frame-ancestors",
      "“*” lets any site frame the page. The Observatory gives points all the same.",
      fix: "\(RecipeLine.headers) has frame-ancestors 'none'", pages: pages)
  }
  fileprivate static func inlineAllowedBeside(_ pages: [String]) -> AuditFinding {
    AuditFinding(
      .headers, .problem, "script-src-elem",
      "Browsers let scripts in the page run by it, whatever script-src says. The Observatory does not look at it.",
      fix: "\(RecipeLine.headers) has script-src alone", pages: pages)
  }
  fileprivate static func reflects(_ options: Exchange) -> AuditFinding {
    AuditFinding(
      .headers, .problem, "Access-Control-Allow-Origin",
      "Whoever asks is let in, with cookies: any site reads what a visitor may read here. The Observatory does not "
        + "notice.", fix: RecipeLine.application("name the few origins that need it"))
  }
  fileprivate static let noFlashPolicy = AuditFinding(
    .headers, .fine, "X-Permitted-Cross-Domain-Policies",
    "Not sent. Only Flash and old PDF readers ask; \(RecipeLine.headers) sends “none” for scanners' sake.")
  fileprivate static let noEmbedderPolicy = AuditFinding(
    .headers, .fine, "Cross-Origin-Embedder-Policy",
    "Not sent. Worth 10 points by algorithm 6, none needed for an A+, and it blocks what other sites embed here: "
      + "\(RecipeLine.embedder) if nothing does.")
  fileprivate static let notMissing = AuditFinding(
    .headers, .fine, "Clear-Site-Data, Public-Key-Pins, X-XSS-Protection",
    "Scanners that miss them on a page raise a false alarm: the first belongs on a logout, the others are obsolete.")
  fileprivate static let readableCSRF = AuditFinding(
    .headers, .fine, "CSRF cookie without HttpOnly",
    "A false alarm of scanners: a script that could read it runs on the page already, and can send the form.")
  fileprivate static func uselessHSTS(_ value: String) -> AuditFinding {
    AuditFinding(
      .headers, .problem, "Strict-Transport-Security",
      "“\(value)” has no number, so browsers ignore it. The Observatory counts it as passed.", fix: RecipeLine.longHSTS)
  }
  fileprivate static let preloadable = AuditFinding(
    .headers, .fine, "HSTS preload", "Meets the rules of hstspreload.org, for every name below the domain as well.")
  fileprivate static let preloadNotAsked = AuditFinding(
    .headers, .fine, "HSTS preload",
    "Not asked for, which is right until every name below the domain has https for good: it takes months to get off "
      + "the list.")
  fileprivate static func notPreloadable(_ missing: [String]) -> AuditFinding {
    AuditFinding(
      .headers, .advice, "HSTS preload",
      "Asked for, but the rules of hstspreload.org want more: \(missing.joined(separator: "; ")). Anybody can submit a "
        + "domain that says preload.", fix: "\(RecipeLine.site) does not say “preload”; leave it out unless it is meant"
    )
  }
}
