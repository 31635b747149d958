/// What an audit of a site found.
package struct Audit: Hashable, Codable, Sendable {
  /// The schema's version.
  package var format = 1
  /// harden's own version.
  package var version: String
  /// As it was given.
  package var target: String
  /// When, in UTC; nil for recorded responses.
  package var time: String?
  /// Certificates were not looked at: the grade is one as if they were in order.
  package var trustsAnyCertificate: Bool
  /// The first is the one that was asked for.
  package var pages: [PageAudit]
  package var findings: [AuditFinding] = []

  package init(
    version: String, target: String, time: String? = nil, trustsAnyCertificate: Bool = false, pages: [PageAudit]
  ) {
    (self.version, self.target, self.time, self.pages) = (version, target, time, pages)
    self.trustsAnyCertificate = trustsAnyCertificate
  }

  /// That of the worst page; nil where a page has none.
  package var worstGrade: Grade? {
    let grades = pages.compactMap { $0.scorecard?.grade }
    return grades.count == pages.count ? grades.min() : nil
  }
}

/// One page: its grade, or why it has none.
package struct PageAudit: Hashable, Codable, Sendable {
  package var path: String
  package var scorecard: Scorecard?
  package var refusal: Observatory.Refusal?
  /// What went wrong on the way, by scheme.
  package var failures: [String: String]
  /// The page is longer than was read and graded.
  package var isCut: Bool?

  package init(path: String, of site: SiteResponses, by observatory: Observatory) {
    self.path = path
    failures = site.failures ?? [:]
    if site.page?.isCut == true { isCut = true }
    for (scheme, visit) in [("http", site.http), ("https", site.https)] {
      if let trouble = visit?.trouble { failures[scheme] = trouble }
    }
    do throws(Observatory.Refusal) {
      scorecard = try observatory.grade(site)
    } catch {
      refusal = error
    }
  }
}

/// Something to know about a site beyond its grade.
package struct AuditFinding: Hashable, Codable, Sendable {
  package enum Topic: String, CaseIterable, Codable, Hashable, Sendable {
    case headers, caching, scripts, disclosure, tls, dns
  }
  package enum Weight: String, Codable, Hashable, Sendable {
    /// To be mended.
    case problem
    /// Better with than without.
    case advice
    /// As it should be, or nothing to worry about.
    case fine
  }
  package var topic: Topic
  package var weight: Weight
  /// What it is about: a header's name, a file, a certificate.
  package var subject: String
  /// What was seen, and why it matters.
  package var detail: String
  /// A recipe's line, a record to paste or a sentence.
  package var fix: String?
  /// Where it was seen, if not everywhere.
  package var pages: [String] = []

  package init(
    _ topic: Topic, _ weight: Weight, _ subject: String, _ detail: String, fix: String? = nil, pages: [String] = []
  ) {
    (self.topic, self.weight, self.subject, self.detail) = (topic, weight, subject, detail)
    (self.fix, self.pages) = (fix, pages)
  }
}

/// What is to be audited: a name with its ports, and a page.
package struct SiteTarget: Hashable, Sendable {
  package var host: String
  package var httpPort: Int
  package var httpsPort: Int
  package var path: String
  /// The one port that was given without saying for what: whoever asks must find out.
  package var unclearPort: Int?

  package init(host: String, httpPort: Int = 80, httpsPort: Int = 443, path: String = "/", unclearPort: Int? = nil) {
    (self.host, self.httpPort, self.httpsPort, self.path) = (host, httpPort, httpsPort, path)
    self.unclearPort = unclearPort
  }

  package func address(secure: Bool) -> WebAddress? {
    WebAddress("\(secure ? "https" : "http")://\(host):\(secure ? httpsPort : httpPort)\(path)")
  }

  /// `example.org`, `example.org:8443/path`, `https://localhost:8443/`; nil for what is none of these.
  package init?(_ text: String) {
    let isURL = text.lowercased().begins(with: "http://") || text.lowercased().begins(with: "https://")
    guard isURL || !text.has("://"), let address = WebAddress(isURL ? text : "https://" + text) else { return nil }
    let labels = address.host.pieces(at: ".")
    guard address.host.utf8.count <= 253, !labels.contains("") || isAddress(address.host) else { return nil }
    guard address.host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    self.init(host: address.host, path: address.target)
    if isURL {
      if address.isSecure { httpsPort = address.portNumber } else { httpPort = address.portNumber }
    } else if let port = Self.givenPort(text) {
      unclearPort = port
    }
  }

  /// The address as it was given, but for a name and a password before the host: what is printed may be passed on.
  package static func withoutSecrets(_ text: String) -> String {
    let scalars = text.unicodeScalars
    func isSlash(_ scalar: Unicode.Scalar) -> Bool { scalar == "/" || scalar == "\\" }
    let isURL = ["http:", "https:"].contains { text.lowercased().begins(with: $0) }
    let scheme = isURL ? scalars.prefix { $0 != ":" }.count + 1 : 0
    let front = scheme + scalars.dropFirst(scheme).prefix(while: isSlash).count
    let authority = scalars.dropFirst(front).prefix { !isSlash($0) && $0 != "?" && $0 != "#" }
    guard let at = authority.lastIndex(of: "@") else { return text }
    return String(String.UnicodeScalarView(scalars.prefix(front) + scalars[scalars.index(after: at)...]))
  }

  private static func givenPort(_ text: String) -> Int? {
    let authority = String(text.unicodeScalars.prefix { $0 != "/" && $0 != "?" && $0 != "#" }.map(Character.init))
    guard let colon = authority.lastIndex(of: ":") else { return nil }
    return Int(authority[authority.index(after: colon)...])
  }
}
