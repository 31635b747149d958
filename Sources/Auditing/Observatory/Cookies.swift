/// The cookie test: the worst over all cookies that the visit left.
extension Observatory {
  static func cookies(_ site: SiteResponses, hasHSTS: Bool) -> TestResult {
    guard let visit = site.chosen else { return TestResult(.cookies, .cookiesNone) }
    var jar = CookieJar()
    for answer in visit.exchanges {
      jar.dropExpired(for: answer.address)
      jar.store(answer)
    }
    // Accidents of the original: what comes after the page counts only where certificates are not looked at, and where
    // robots.txt is there, OPTIONS asks for that.
    if !visit.isVerified, let final = visit.final?.address {
      let robots = site.robotsAddress
      jar.store(site.robotsRedirects, site.robots, from: robots)
      let asked = site.hasRobots ? robots : final
      let isOther = (site.optionsRedirects?.first ?? site.options).map { $0.address != asked } ?? false
      jar.store(isOther ? nil : site.optionsRedirects, isOther ? nil : site.options, from: asked)
    }
    let cookies = jar.cookies.filter { $0.name != "heroku-session-affinity" }
    if cookies.isEmpty { return TestResult(.cookies, .cookiesNone) }

    var found: [(verdict: Verdict, name: String)] = []
    // Also what the jar refused; on redirects nobody looks.
    for line in visit.final?.values("set-cookie") ?? [] where hasInvalidSameSite(line) {
      found.append((.cookiesSameSiteInvalid, line.parted(at: "=").0.trimmed))
    }
    for cookie in cookies {
      for verdict in faults(cookie, hasHSTS: hasHSTS) { found.append((verdict, cookie.name)) }
    }
    // The order of badness is not that of the numbers.
    if let worst = badness.last(where: { verdict in found.contains { $0.verdict == verdict } }) {
      var names: [String] = []
      for fault in found where fault.verdict == worst && !names.contains(fault.name) { names.append(fault.name) }
      return TestResult(.cookies, worst, evidence: names)
    }
    let names = cookies.map(\.name)
    return TestResult(
      .cookies, cookies.allSatisfy { $0.sameSite != nil } ? .cookiesSameSite : .cookiesSecure, evidence: names)
  }

  private static func faults(_ cookie: Cookie, hasHSTS: Bool) -> [Verdict] {
    let name = cookie.name.lowercased()
    let isSession = name.has("login") || name.has("sess")
    var faults: [Verdict] = []
    if !cookie.isSecure {
      if cookie.sameSite == Cookie.SameSite.none { faults.append(.cookiesSameSiteInvalid) }
      faults.append(hasHSTS ? .cookiesInsecureHSTS : .cookiesInsecure)
      if isSession { faults.append(hasHSTS ? .cookiesSessionInsecureHSTS : .cookiesSessionInsecure) }
    }
    if name.has("csrf"), cookie.sameSite == nil { faults.append(.cookiesCSRFWithoutSameSite) }
    if isSession, !cookie.isHTTPOnly { faults.append(.cookiesSessionReadable) }
    return faults
  }

  private static func hasInvalidSameSite(_ line: String) -> Bool {
    line.pieces(at: ";").contains { piece in
      let parts = piece.pieces(at: "=")
      guard parts[0].trimmed.lowercased() == "samesite" else { return false }
      return parts.count < 2 || !["lax", "strict", "none"].contains(parts[1].trimmed.lowercased())
    }
  }

  /// Least bad first.
  private static let badness: [Verdict] = [
    .cookiesInsecureHSTS, .cookiesInsecure, .cookiesSessionInsecureHSTS, .cookiesSameSiteInvalid,
    .cookiesCSRFWithoutSameSite, .cookiesSessionReadable, .cookiesSessionInsecure,
  ]
}

extension CookieJar {
  /// What is stored on a way over redirects, of which only requests over https know the jar. Such a request drops what
  /// has expired, whatever it brings.
  fileprivate mutating func store(_ redirects: [Exchange]?, _ last: Exchange?, from start: WebAddress?) {
    let answers = (redirects ?? []) + (last.map { [$0] } ?? [])
    for answer in answers where answer.address?.isSecure == true {
      dropExpired(for: answer.address)
      store(answer)
    }
    if last == nil, let silent = redirects?.last.map(\.redirectTarget) ?? start, silent.isSecure {
      dropExpired(for: silent)
    }
  }
}

extension Verdict {
  static let cookiesSameSite = pass("cookies-secure-with-httponly-sessions-and-samesite", 5)
  static let cookiesSecure = pass("cookies-secure-with-httponly-sessions")
  static let cookiesNone = pass("cookies-not-found")
  static let cookiesInsecureHSTS = fail("cookies-without-secure-flag-but-protected-by-hsts", -5)
  static let cookiesSessionInsecureHSTS = fail("cookies-session-without-secure-flag-but-protected-by-hsts", -10)
  static let cookiesInsecure = fail("cookies-without-secure-flag", -20)
  static let cookiesSameSiteInvalid = fail("cookies-samesite-flag-invalid", -20)
  static let cookiesCSRFWithoutSameSite = fail("cookies-anticsrf-without-samesite-flag", -20)
  static let cookiesSessionReadable = fail("cookies-session-without-httponly-flag", -30)
  static let cookiesSessionInsecure = fail("cookies-session-without-secure-flag", -40)
}
