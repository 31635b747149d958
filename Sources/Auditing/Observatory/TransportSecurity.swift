/// The tests of HSTS and of the way from http to https.
extension Observatory {
  /// Six months of 30 days, in seconds.
  static let sixMonths = 15_552_000.0

  static func strictTransportSecurity(_ site: SiteResponses, preloaded: PreloadList) -> TestResult {
    let value = site.https?.final?.joined("strict-transport-security")
    var verdict: Verdict = .hstsNoHTTPS
    if let https = site.https {
      verdict = https.isVerified ? value.map(hsts) ?? .hstsMissing : .hstsInvalidCertificate
      if preloaded.contains(site.host) { verdict = .hstsPreloaded }
    }
    return TestResult(.strictTransportSecurity, verdict, evidence: value.map { [$0] } ?? [])
  }

  private static func hsts(_ value: String) -> Verdict {
    guard let header = StrictTransport(value), let maxAge = header.maxAge else { return .hstsInvalid }
    // What is no number compares as neither less nor more.
    return maxAge < sixMonths ? .hstsShort : .hstsLong
  }

  static func redirection(_ http: Visit?, preloaded: PreloadList) -> TestResult {
    guard let http else { return TestResult(.redirection, .redirectionNotNeeded) }
    let route = http.exchanges.compactMap(\.address)
    let evidence = http.exchanges.map { "\($0.url) \($0.status)" }
    func ended(_ verdict: Verdict) -> TestResult { TestResult(.redirection, verdict, evidence: evidence) }
    guard http.isVerified else { return ended(.redirectionInvalidCertificate) }
    if !route.isEmpty, route.allSatisfy({ preloaded.contains($0.host) }) { return ended(.redirectionPreloaded) }
    guard route.count > 1, let last = route.last else { return ended(.redirectionMissing) }
    guard last.isSecure else { return ended(.redirectionNotToHTTPS) }
    guard route[1].isSecure else { return ended(.redirectionLate) }
    return ended(!route[0].isSecure && route[0].host != route[1].host ? .redirectionOffHost : .redirectionToHTTPS)
  }
}

/// A `Strict-Transport-Security` value, as the Observatory reads it.
package struct StrictTransport: Hashable, Sendable {
  /// Seconds; nil where it is not given, `nan` where what is given is no number.
  package private(set) var maxAge: Double?
  package private(set) var includesSubdomains = false
  package private(set) var preload = false

  /// Nil for a repeated header.
  package init?(_ value: String) {
    let value = value.cut(to: 1024)
    guard !value.has(",") else { return nil }
    for piece in value.pieces(at: ";").map({ $0.trimmed.lowercased() }) {
      if piece.begins(with: "max-age=") { maxAge = Self.leadingInteger(piece.cut(to: 128).dropFirst(8)) }
      if piece == "includesubdomains" { includesSubdomains = true }
      if piece == "preload" { preload = true }
    }
  }

  /// `parseInt` of ECMA-262, radix 10.
  private static func leadingInteger(_ text: Substring) -> Double {
    var rest = Substring(text.trimmed)
    let isNegative = rest.first == "-"
    if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
    let digits = String(String.UnicodeScalarView(rest.unicodeScalars.prefix(while: \.isDigit)))
    guard let number = Double(digits) else { return .nan }
    return isNegative ? -number : number
  }
}

extension Verdict {
  static let hstsPreloaded = pass("hsts-preloaded", 5)
  static let hstsLong = pass("hsts-implemented-max-age-at-least-six-months")
  static let hstsShort = fail("hsts-implemented-max-age-less-than-six-months", -10)
  static let hstsMissing = fail("hsts-not-implemented", -20)
  static let hstsInvalid = fail("hsts-header-invalid", -20)
  static let hstsNoHTTPS = fail("hsts-not-implemented-no-https", -20)
  static let hstsInvalidCertificate = fail("hsts-invalid-cert", -20)

  static let redirectionToHTTPS = pass("redirection-to-https")
  static let redirectionPreloaded = pass("redirection-all-redirects-preloaded")
  static let redirectionNotNeeded = pass("redirection-not-needed-no-http")
  static let redirectionOffHost = fail("redirection-off-host-from-http", -5)
  static let redirectionLate = fail("redirection-not-to-https-on-initial-redirection", -10)
  static let redirectionNotToHTTPS = fail("redirection-not-to-https", -20)
  static let redirectionMissing = fail("redirection-missing", -20)
  static let redirectionInvalidCertificate = fail("redirection-invalid-cert", -20)
}
