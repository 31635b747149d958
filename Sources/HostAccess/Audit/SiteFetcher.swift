import Auditing
import HostState

/// Asks a site for a page as the Observatory does: over http and https at the same time, every redirect by itself, what
/// certificates are worth noted, bounded in time and size.
package struct SiteFetcher: Sendable {
  package let options: CurlOptions
  let runner: ProcessRunner

  /// Bytes of an answer that are read.
  static let answerLimit = 4 << 20
  /// Seconds for a request, and for a whole visit.
  static let requestSeconds = 9.0
  static let visitSeconds = 10.0
  static let redirectLimit = 10

  package init(_ options: CurlOptions) {
    self.options = options
    runner = ProcessRunner(launcher: .spawn, outputLimit: Self.answerLimit, patience: 1)
  }

  /// What the site answers; what does not answer is nil in it, with the reason among the failures.
  ///
  /// - Throws: a `Diagnostic` where there is no curl.
  package func responses(of target: SiteTarget) throws(Diagnostic) -> SiteResponses {
    if case .noProgram = runner.run(Command(CurlOptions.program, ["--version"])) { throw .curlMissing }
    var target = target
    if let port = target.unclearPort { try settle(port, of: &target) }
    let visits = walked([target.address(secure: false), target.address(secure: true)].compactMap { $0 })
    var site = SiteResponses(host: target.host)
    for visit in visits {
      let scheme = visit.start.scheme
      if visit.failure == nil, !visit.exchanges.isEmpty {
        let found = Visit(isVerified: visit.isVerified, trouble: visit.trouble, exchanges: visit.exchanges)
        if visit.start.isSecure { site.https = found } else { site.http = found }
      } else {
        site.failures = (site.failures ?? [:]).merging([scheme: visit.failure ?? "no answer"]) { first, _ in first }
      }
    }
    addExtras(to: &site, target)
    return site
  }

  /// One page over https alone, if it answers there; for further pages and files.
  package func get(_ addresses: [WebAddress], verifying: Bool) -> [Exchange?] {
    ask(addresses.map { request($0, verifying: verifying, seconds: Self.requestSeconds) }).map { answer in
      if case .answered(let exchange) = answer { exchange } else { nil }
    }
  }

  // MARK: What is asked beside the page

  private func addExtras(to site: inout SiteResponses, _ target: SiteTarget) {
    guard let visit = site.chosen, let end = visit.final?.address else { return }
    var robots = target
    robots.path = "/robots.txt"
    guard let address = robots.address(secure: site.isSecure) else { return }
    (site.robotsRedirects, site.robots) = followed(address, verifying: visit.isVerified)
    // Where certificates are not looked at the original asks the wrong one.
    let place = !visit.isVerified && site.hasRobots ? address : end
    let words = [
      "--header", "Origin: https://http-observatory.security.mozilla.org", "--header",
      "Access-Control-Request-Method: GET",
    ]
    (site.optionsRedirects, site.options) = followed(
      place, verifying: visit.isVerified, method: "OPTIONS", words: words)
  }

  /// The redirects and the last answer, none of them with a body; nil for none of either.
  private func followed(
    _ start: WebAddress, verifying: Bool, method: String = "GET", words: [String] = []
  ) -> ([Exchange]?, Exchange?) {
    var (place, method, redirects): (WebAddress, String, [Exchange]) = (start, method, [])
    let deadline = Child.now() + Self.visitSeconds
    while redirects.count <= Self.redirectLimit {
      let left = deadline - Child.now()
      guard left > 0.1 else { break }
      let more = words + (method == "GET" ? [] : ["--request", method])
      let seconds = min(Self.requestSeconds, left)
      let answer = ask([request(place, verifying: verifying, seconds: seconds, more: more)])[0]
      guard case .answered(var exchange) = answer else { break }
      exchange.body = ""
      guard let next = exchange.redirectTarget else { return (redirects.isEmpty ? nil : redirects, exchange) }
      // See Other, RFC 9110 §15.4.4.
      if exchange.status == 303 { method = "GET" }
      redirects.append(exchange)
      place = next
    }
    return (redirects.isEmpty ? nil : redirects, nil)
  }
}

extension Diagnostic {
  fileprivate static let curlMissing = Diagnostic(
    "curl is not installed", detail: "A site is asked through /usr/bin/curl, which is not there.",
    fix: "sudo apt-get install curl")
}
