/// A page asked for, and every answer on the way to it: redirects first, what they led to last.
package struct Visit: Hashable, Codable, Sendable {
  /// Whether every certificate on the way was in order; true over plain http.
  package var isVerified: Bool
  /// What is wrong with the certificate, in the words of who checked it.
  package var trouble: String?
  /// One at least.
  package var exchanges: [Exchange]

  package init(isVerified: Bool = true, trouble: String? = nil, exchanges: [Exchange]) {
    (self.isVerified, self.trouble, self.exchanges) = (isVerified, trouble, exchanges)
  }

  private enum CodingKeys: String, CodingKey {
    case isVerified = "verified"
    case trouble, exchanges
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    isVerified = try values.decodeIfPresent(Bool.self, forKey: .isVerified) ?? true
    trouble = try values.decodeIfPresent(String.self, forKey: .trouble)
    exchanges = try values.decode([Exchange].self, forKey: .exchanges)
  }

  package var final: Exchange? { exchanges.last }
}

/// All that the Observatory's tests look at: what a site answered, as data.
///
/// The same responses give the same score wherever they come from: from a live site, or from a file.
package struct SiteResponses: Hashable, Codable, Sendable {
  /// The name that was asked for, in lower case and without a port.
  package var host: String
  /// Nil where nothing answered, or a request on the way failed.
  package var http: Visit?
  package var https: Visit?
  /// The answer to `OPTIONS` at the end of the chain.
  package var options: Exchange?
  /// The answer for `/robots.txt`; only its cookies can matter, and only where the certificate did not verify.
  package var robots: Exchange?
  /// The redirects on the way to these two answers.
  package var optionsRedirects: [Exchange]?
  package var robotsRedirects: [Exchange]?
  /// Names that browsers know to be https only, added to those that harden knows.
  package var preloaded: [String]?
  /// Why a visit that is nil came to nothing.
  package var failures: [String: String]?

  package init(
    host: String, http: Visit? = nil, https: Visit? = nil, options: Exchange? = nil, robots: Exchange? = nil,
    preloaded: [String]? = nil, failures: [String: String]? = nil
  ) {
    (self.host, self.http, self.https, self.options) = (host, http, https, options)
    (self.robots, self.preloaded, self.failures) = (robots, preloaded, failures)
  }

  /// Of a page that was not asked for, since another one of the site was waited for in vain.
  package init(host: String, notAskedSince page: String) {
    let reason = "not asked, since \(page) did not answer"
    self.init(host: host, failures: ["http": reason, "https": reason])
  }

  /// Where robots.txt was asked for.
  package var robotsAddress: WebAddress? {
    (robotsRedirects?.first?.address ?? robots?.address ?? chosen?.exchanges.first?.address)?.resolving("/robots.txt")
  }
  package var hasRobots: Bool { robots.map { (200..<300).contains($0.status) } ?? false }

  /// The visit that the header tests look at: the one over https, else the other.
  package var chosen: Visit? { https ?? http }
  package var page: Exchange? { chosen?.final }
  /// Whether there is TLS to look at: it brought an answer, or failed by itself, as where a server has old versions alone.
  package var speaksTLS: Bool {
    let failure = failures?["https"] ?? ""
    return https != nil || ((failure.has("SSL") || failure.has("TLS")) && !failure.has("time"))
  }
  /// That of the chosen visit's first URL, whatever it led to.
  package var isSecure: Bool { https != nil }
}
