import Auditing
import Foundation
import HostAccess
import HostState
import Reporting

extension Verb {
  static let audit = Verb(
    "audit", arguments: ["[URL]"], summary: "grade and findings of a site, as an outside scanner gives them",
    discussion: [
      "Asks a site as the MDN HTTP Observatory does, and grades what it answers by the same rules: what each finding "
        + "costs, why it matters, and what mends it. Needs no root, and no recipe; changes nothing. Also works for "
        + "http://127.0.0.1:8000 and in CI.",
      "A certificate of an authority of your own counts as in order with --ca; without one that verifies, or without "
        + "https, a site has at most 60 points, C+.",
      "--responses grades answers from a file instead: {\"host\": \"example.org\", \"http\": VISIT, \"https\": VISIT, "
        + "\"options\": ANSWER}, or a list of these. A VISIT is {\"verified\": true, \"exchanges\": [ANSWER, …]}, the "
        + "redirects first and the page last, or null; an ANSWER is {\"url\": …, \"status\": 200, \"headers\": "
        + "[\"Name: value\", …], \"body\": …}. --record writes such a file.",
    ],
    flags: [
      .pages, .algorithm, .grade, .json, .gradeOnly, .authorities, .connectTo, .resolve, .trustAny, .resolver,
      .issuer, .preloadList, .html, .before, .responses, .record,
    ],
    examples: [
      "harden audit https://example.org --pages /,/admin/login/ --exit-code A",
      "harden audit localhost:8443 --ca ca.pem --json",
      "harden audit https://example.org --html after.html --before before.json",
    ]
  ) { invocation, tool throws(Failure) in
    let observatory = Observatory(
      try Audit.algorithm(invocation), preloadList: try Audit.preloadList(invocation))
    let wanted = try Audit.wantedGrade(invocation)
    let before = try Audit.earlier(invocation)
    let (audits, sites) = try Audit.run(invocation, observatory)
    if let file = invocation.value(.html), let audit = audits.first {
      try diagnosed { () throws(Diagnostic) in
        try UserFiles.write(Report.page(of: audit, before: before), to: file, mode: 0o644, replacing: true)
      }
    }
    if let file = invocation.value(.record) {
      try diagnosed { () throws(Diagnostic) in
        try UserFiles.write(JSONText.of(sites), to: file, mode: 0o600, replacing: true)
      }
    }
    if invocation.has(.json) {
      tool.console.print(plainASCII(audits.count == 1 ? try tool.json(audits[0]) : try tool.json(audits)))
    } else {
      tool.console.print(audits.map { Report.text(of: $0, style: tool.outputStyle) }.joined(separator: "\n"))
    }
    let worst = audits.map(\.worstGrade)
    if worst.contains(nil) { return .failed }
    guard let wanted else { return .done }
    return worst.contains { ($0 ?? .f) < wanted } ? .differs : .done
  }
}

extension Flag {
  static let pages = Flag("--pages", "PATHS", "look at these pages: /,/admin/login/")
  static let algorithm = Flag("--algorithm", "NUMBER", "the Observatory's rules: 6 (August 2026, the default) or 5")
  static let grade = Flag("--exit-code", "GRADE", "exit with 2 when a page's grade is below this one: A, B+")
  static let authorities = Flag("--ca", "FILE", "certificates of the authorities to trust, instead of the system's")
  static let connectTo = Flag(
    "--connect-to", "HOST:PORT:HOST:PORT", repeatable: true, "ask the second instead of the first, as curl does")
  static let resolve = Flag(
    "--resolve", "HOST:PORT:ADDRESS", repeatable: true, "the address of a name, as curl takes it")
  static let trustAny = Flag(
    "--trust-any-certificate", "grade as if certificates were in order; the result says so")
  static let gradeOnly = Flag("--grade-only", "the Observatory's tests, and nothing beyond")
  static let resolver = Flag("--resolver", "ADDRESS", "the DNS server to ask, as ADDRESS or ADDRESS#PORT")
  static let issuer = Flag(
    "--caa", "NAME", "how the certificate's authority calls itself in CAA records; the well-known ones are known")
  static let preloadList = Flag(
    "--preload-list", "FILE",
    "Chromium's transport_security_state_static.json; without it top levels and well-known sites are known")
  static let html = Flag("--html", "FILE", "write the result to FILE as one page that needs nothing else")
  static let before = Flag("--before", "FILE", "an earlier result, from --json, for the page to compare with")
  static let responses = Flag("--responses", "FILE", "grade recorded answers; nothing is asked")
  static let record = Flag("--record", "FILE", "write the answers to FILE, for --responses")
}

extension Audit {
  static func algorithm(_ invocation: Invocation) throws(Failure) -> Observatory.Algorithm {
    guard let text = invocation.value(.algorithm) else { return .six }
    guard let algorithm = Int(text).flatMap(Observatory.Algorithm.init) else { throw .misuse(.noAlgorithm(text)) }
    return algorithm
  }

  /// The built-in list, or Chromium's whole one, of whose entries those with `force-https` count.
  static func preloadList(_ invocation: Invocation) throws(Failure) -> PreloadList {
    guard let file = invocation.value(.preloadList) else { return PreloadList() }
    struct List: Decodable {
      struct Entry: Decodable {
        let name: String
        let mode: String?
        let include_subdomains: Bool?
      }
      let entries: [Entry]
    }
    do throws(Diagnostic) {
      guard let text = try UserFiles.text(of: file, limit: 128 << 20) else { throw .noResponses(file) }
      // It is JSON with lines of comment.
      let lines = text.lines.filter { !$0.drop { $0 == " " }.hasPrefix("//") }
      guard let list = try? JSONDecoder().decode(List.self, from: Data(lines.joined(separator: "\n").utf8)) else {
        throw .notPreloadList(file)
      }
      let entries = list.entries.filter { $0.mode == "force-https" }
      return PreloadList(
        Dictionary(entries.map { ($0.name, $0.include_subdomains ?? false) }) { $0 || $1 })
    } catch { throw Failure(error) }
  }

  static func wantedGrade(_ invocation: Invocation) throws(Failure) -> Grade? {
    guard let text = invocation.value(.grade) else { return nil }
    guard let grade = Grade(rawValue: text.uppercased()) else { throw .misuse(.noGrade(text)) }
    return grade
  }

  private static func nameServer(_ invocation: Invocation) throws(Failure) -> NameServer? {
    guard let text = invocation.value(.resolver) else { return nil }
    guard let server = NameServer(text) else { throw .misuse(.noNameServer(text)) }
    return server
  }

  static func run(
    _ invocation: Invocation, _ observatory: Observatory
  ) throws(Failure) -> ([Audit], [SiteResponses]) {
    if let file = invocation.value(.responses) {
      guard invocation.argument(0) == nil else { throw .misuse(.urlAndFile) }
      let sites = try recorded(file)
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
    var options = CurlOptions()
    if let file = invocation.value(.authorities) {
      guard FileManager.default.isReadableFile(atPath: file) else { throw Failure(.noAuthorities(file)) }
      options.authorities = URL(fileURLWithPath: file).path
    }
    options.connectTo = invocation.values(.connectTo)
    options.resolve = invocation.values(.resolve)
    options.trustsAnyCertificate = invocation.has(.trustAny)
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

  /// The audit that `--before` names.
  static func earlier(_ invocation: Invocation) throws(Failure) -> Audit? {
    guard let file = invocation.value(.before) else { return nil }
    guard invocation.has(.html) else { throw .misuse(.beforeWithoutPage) }
    do throws(Diagnostic) {
      guard let text = try UserFiles.text(of: file, limit: 64 << 20) else { throw .noResponses(file) }
      do { return try JSONDecoder().decode(Audit.self, from: Data(text.utf8)) } catch {
        throw .notAudit(file)
      }
    } catch { throw Failure(error) }
  }

  private static func recorded(_ file: String) throws(Failure) -> [SiteResponses] {
    do throws(Diagnostic) {
      guard let text = try UserFiles.text(of: file, limit: 256 << 20) else { throw .noResponses(file) }
      let data = Data(text.utf8)
      if let list = try? JSONDecoder().decode([SiteResponses].self, from: data) { return list }
      do { return [try JSONDecoder().decode(SiteResponses.self, from: data)] } catch {
        throw .notResponses(file, String(describing: error))
      }
    } catch { throw Failure(error) }
  }
}

/// JSON in which everything outside of printable ASCII is escaped: servers' words may hold what moves a terminal's
/// cursor.
func plainASCII(_ json: String) -> String {
  guard json.utf8.contains(where: { $0 >= 0x7F }) else { return json }
  var result = ""
  for scalar in json.unicodeScalars {
    if scalar.value < 0x7F {
      result.unicodeScalars.append(scalar)
    } else {
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
  }
  return result
}

extension Diagnostic {
  fileprivate static let noURL = Diagnostic(
    "Argument missing", detail: "harden audit needs URL, or --responses FILE.", fix: "harden audit https://example.org")
  fileprivate static let urlAndFile = Diagnostic(
    "Argument not expected", detail: "With --responses nothing is asked, so that there is no URL.",
    fix: "harden audit --help")
  fileprivate static let beforeWithoutPage = Diagnostic(
    "Option not expected", detail: "--before is for the page that --html writes.", fix: "harden audit --help")
  fileprivate static func notAudit(_ file: String) -> Diagnostic {
    Diagnostic(
      "Not an audit", detail: "“\(file)” is not what harden audit --json prints.",
      fix: "harden audit https://example.org --json >before.json")
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
  fileprivate static func noAlgorithm(_ text: String) -> Diagnostic {
    Diagnostic("Unknown algorithm", detail: "“\(text)” is neither 5 nor 6.", fix: "harden audit --help")
  }
  fileprivate static func noGrade(_ text: String) -> Diagnostic {
    let all = Grade.allCases.reversed().map(\.rawValue).joined(separator: " ")
    return Diagnostic("Unknown grade", detail: "“\(text)” is no grade. They are: \(all).", fix: "harden audit --help")
  }
  fileprivate static func noNameServer(_ text: String) -> Diagnostic {
    Diagnostic(
      "Not a DNS server", detail: "“\(text)” is no address of one.", fix: "--resolver 192.0.2.53, or 192.0.2.53#5353")
  }
  fileprivate static func notPreloadList(_ file: String) -> Diagnostic {
    Diagnostic(
      "Not a preload list", detail: "“\(file)” is not in the form of Chromium's transport_security_state_static.json.")
  }
  fileprivate static func noAuthorities(_ file: String) -> Diagnostic {
    Diagnostic("File not readable", detail: "“\(file)” could not be read, so no certificate could be checked with it.")
  }
  fileprivate static func noResponses(_ file: String) -> Diagnostic {
    Diagnostic("File not found", detail: "There is no “\(file)”.")
  }
  fileprivate static func notResponses(_ file: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "Not recorded answers", detail: "“\(file)” is not in the form that --responses takes: \(reason)",
      fix: "harden audit --help")
  }
}
