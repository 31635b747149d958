/// All that an audit has seen of a site, as data; what it comes to is judged without looking again.
package struct AuditMaterial: Sendable {
  package var target: SiteTarget
  /// One for each page, in the order asked for.
  package var sites: [SiteResponses]
  /// Files that pages load, by address.
  package var files: [String: Exchange] = [:]
  /// What was asked for to see whether too much is said, by address.
  package var probes: [String: Exchange] = [:]
  package var tls: TLSFacts?
  package var dns: DNSFacts?
  /// Seconds since 1970; nil for recorded answers.
  package var now: Int?
  /// How the certificate's authority calls itself in CAA records, where that is known.
  package var issuer: String?

  package init(target: SiteTarget, sites: [SiteResponses]) { (self.target, self.sites) = (target, sites) }

  /// What answered, error pages among it.
  var answers: [Exchange] { sites.compactMap(\.page) }
  /// The pages: what an error page lacks and loads says nothing about the one that was meant.
  var pages: [Exchange] { answers.filter(\.isGraded) }
  var host: String { target.host }

  package func findings() -> [AuditFinding] {
    var all = pageFindings() + headerFindings() + transportFindings() + cookieFindings()
    all += cacheFindings() + scriptFindings() + policyProposal() + disclosureFindings()
    if let tls { all += tls.findings(host: host, now: now) }
    if let dns {
      let signer = tls?.chain.last?.issuer ?? tls?.chain.first?.issuer
      all += dns.findings(host: host, issuer: signer, identifier: issuer ?? signer.flatMap(DNSFacts.identifier))
    }
    return all
  }

  /// A page's path, as findings name it.
  static func name(_ page: Exchange) -> String { page.address?.target ?? page.url }

  /// The pages among all where it holds; empty where it holds for all of them.
  func places(_ matching: [Exchange]) -> [String] {
    matching.count == pages.count ? [] : matching.map(Self.name)
  }
}

extension AuditMaterial {
  /// Files of the pages that are worth looking into: scripts and style sheets, not more than a few.
  package func filesWanted() -> [WebAddress] {
    var wanted: [WebAddress] = []
    for page in pages {
      for resource in PageResources(page).all where resource.kind == .script || resource.kind == .style {
        if let address = resource.address, !wanted.contains(address) { wanted.append(address) }
        if wanted.count == 16 { return wanted }
      }
    }
    return wanted
  }

  /// Where servers say too much, if they do.
  package func probesWanted() -> [WebAddress] {
    guard let page = sites.compactMap(\.page?.address).first else { return [] }
    let base = WebAddress(scheme: page.scheme, host: page.host, port: page.port)
    let plain = target.address(secure: false)
    var wanted = [Self.absent, "/.git/HEAD", "/.env", "/server-status"].compactMap { base.resolving($0) }
    var folders: [String] = []
    for resource in pages.flatMap({ PageResources($0).all }) where folders.count < 4 {
      guard let address = resource.address, address.origin == base.origin else { continue }
      for folder in [address.directory + "/", address.path.pieces(at: "/").prefix(2).joined(separator: "/") + "/"] {
        if folder.utf8.count > 2, !folders.contains(folder) { folders.append(folder) }
      }
    }
    for folder in folders.prefix(4) + ["/media/", "/static/"] where base.resolving(folder) != nil {
      if let address = base.resolving(folder), !wanted.contains(address) { wanted.append(address) }
    }
    if let login = plain?.resolving(Self.login) { wanted.append(login) }
    return wanted
  }

  /// A page that is hardly there.
  static let absent = "/harden-audit-a-page-that-is-not-there/"
  static let login = "/admin/login/"
}
