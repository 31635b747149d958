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
    // What is no address leads to no host.
    let route = http.exchanges.map(\.address)
    let evidence = http.exchanges.map { "\($0.url) \($0.status)" }
    func ended(_ verdict: Verdict) -> TestResult { TestResult(.redirection, verdict, evidence: evidence) }
    guard http.isVerified else { return ended(.redirectionInvalidCertificate) }
    if route.allSatisfy({ $0.map { preloaded.contains($0.host) } ?? false }) { return ended(.redirectionPreloaded) }
    guard route.count > 1, let first = route[0] else { return ended(.redirectionMissing) }
    guard route.last??.isSecure ?? false, let second = route[1] else { return ended(.redirectionNotToHTTPS) }
    guard second.isSecure else { return ended(.redirectionLate) }
    return ended(!first.isSecure && first.host != second.host ? .redirectionOffHost : .redirectionToHTTPS)
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
