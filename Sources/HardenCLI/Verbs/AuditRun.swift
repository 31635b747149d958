import Auditing
import Foundation
import HostAccess
import HostState

extension Audit {
  static func run(
    _ invocation: Invocation, _ observatory: Observatory
  ) throws(Failure) -> ([Audit], [SiteResponses]) {
    if let file = invocation.value(.responses) {
      let sites = try recorded(file)
      if sites.count > 1, invocation.has(.html) { throw .misuse(.severalSites(file)) }
      return (
        sites.map { site in
          let url = site.chosen?.exchanges.first?.url ?? ""
          let path = WebAddress(url)?.target ?? "/"
          var audit = Audit(
            version: HardenTool.version, target: url.isEmpty ? site.host : SiteTarget.withoutSecrets(url),
            pages: [PageAudit(path: path, of: site, by: observatory)])
          let target = SiteTarget(host: site.host, path: path)
          if !invocation.has(.gradeOnly) {
            audit.findings = AuditMaterial(target: target, sites: [site]).findings()
          }
          return audit
        }, sites
      )
    }
    guard let text = invocation.argument(0) else { throw .misuse(.noURL) }
    guard let target = SiteTarget(text) else { throw .misuse(.notURL(SiteTarget.withoutSecrets(text))) }
    let (audit, sites) = try live(text, target, invocation, observatory)
    return ([audit], sites)
  }

  private static func live(
    _ text: String, _ target: SiteTarget, _ invocation: Invocation, _ observatory: Observatory
  ) throws(Failure) -> (Audit, [SiteResponses]) {
    let options = try curlOptions(invocation)
    let resolver = try nameServer(invocation)
    let paths = invocation.value(.pages)?.split(separator: ",").map(String.init) ?? [target.path]
    if paths.isEmpty { throw .misuse(.noPages) }
    var (pages, sites): ([PageAudit], [SiteResponses]) = ([], [])
    var silent: String?
    for path in paths {
      guard path.hasPrefix("/") else { throw .misuse(.notPath(path)) }
      var page = target
      page.path = path
      do throws(Diagnostic) {
        let begin = ContinuousClock.now
        let site =
          if let silent { SiteResponses(host: target.host, notAskedSince: silent) } else {
            try SiteFetcher(options).responses(of: page)
          }
        // Each further page would take as long, and say no more.
        if site.chosen == nil, ContinuousClock.now - begin > .seconds(5) { silent = path }
        sites.append(site)
        pages.append(PageAudit(path: path, of: site, by: observatory))
      } catch { throw Failure(error) }
    }
    let now = Int(Date().timeIntervalSince1970)
    var audit = Audit(
      version: HardenTool.version, target: SiteTarget.withoutSecrets(text), time: utc(now),
      trustsAnyCertificate: options.trustsAnyCertificate, pages: pages)
    if !invocation.has(.gradeOnly) {
      var material = AuditMaterial(target: settled(target, by: sites), sites: sites)
      material.now = now
      material.issuer = invocation.value(.issuer)
      look(&material, options, resolver: resolver)
      audit.findings = material.findings()
    }
    return (audit, sites)
  }

  /// The ports that answered, where one was given without saying for what.
  private static func settled(_ target: SiteTarget, by sites: [SiteResponses]) -> SiteTarget {
    var target = target
    if let port = sites.compactMap({ $0.https?.exchanges.first?.address }).first?.portNumber { target.httpsPort = port }
    if let port = sites.compactMap({ $0.http?.exchanges.first?.address }).first?.portNumber { target.httpPort = port }
    return target
  }

  /// What is looked at beside the pages: their files, what should not be there, TLS, DNS.
  private static func look(_ material: inout AuditMaterial, _ options: CurlOptions, resolver: NameServer?) {
    let answered = material.sites.compactMap(\.chosen)
    let target = material.target
    if !answered.isEmpty {
      let fetcher = SiteFetcher(options)
      let isVerified = answered.allSatisfy(\.isVerified)
      let (files, probes) = (material.filesWanted(), material.probesWanted())
      let found = fetcher.get(files + probes, verifying: isVerified)
      for (index, exchange) in found.enumerated() {
        guard let exchange else { continue }
        if index < files.count {
          material.files[exchange.url] = exchange
        } else {
          material.probes[exchange.url] = exchange
        }
      }
    }
    if material.sites.contains(where: \.speaksTLS) {
      material.tls = TLSLooker(options).facts(host: target.host, port: target.httpsPort)
    }
    material.dns = DNSLooker(resolver: resolver, options: options)
      .facts(host: target.host, ports: [target.httpPort, target.httpsPort])
  }
}

extension Diagnostic {
  fileprivate static let noURL = Diagnostic(
    "Argument missing", detail: "harden audit needs URL, or --responses FILE.", fix: "harden audit https://example.org")
  fileprivate static func severalSites(_ file: String) -> Diagnostic {
    Diagnostic(
      "More than one site", detail: "“\(file)” has several sites, and the page that --html writes is for one.",
      fix: "harden audit --responses \(Command.quoted(file)) --json")
  }
  fileprivate static func notURL(_ text: String) -> Diagnostic {
    Diagnostic(
      "Not a site", detail: "“\(text)” is neither a URL with http or https nor a host's name, as example.org/page is.",
      fix: "harden audit https://example.org")
  }
  fileprivate static let noPages = Diagnostic(
    "No page", detail: "--pages names no page at all.",
    fix: "harden audit https://example.org --pages /,/admin/login/")
  fileprivate static func notPath(_ text: String) -> Diagnostic {
    Diagnostic(
      "Not a page", detail: "“\(text)” is no path on the site: a path begins with a slash.",
      fix: "harden audit https://example.org --pages /,/admin/login/")
  }
}
