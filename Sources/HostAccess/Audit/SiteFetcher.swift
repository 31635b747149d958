import Auditing
import Foundation
import HostState
import Synchronization

/// Asks a site for a page as the Observatory does: over http and https at the same time, every redirect by itself, what
/// certificates are worth noted, bounded in time and size.
package struct SiteFetcher: Sendable {
  package let options: CurlOptions
  private let runner: ProcessRunner

  /// Bytes of an answer that are read.
  static let answerLimit = 4 << 20
  /// Seconds for a request, and for a whole visit.
  static let requestSeconds = 9.0
  static let visitSeconds = 10.0
  static let redirectLimit = 10
  private static let agent =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 Observatory (harden audit)"
  private static let accept = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

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

  // MARK: - Redirects

  private struct Walk {
    let start: WebAddress
    var next: WebAddress?
    var exchanges: [Exchange] = []
    var jar = CookieJar()
    var isVerified = true
    var trouble: String?
    var failure: String?
    var deadline: Double

    init(_ start: WebAddress) {
      (self.start, next) = (start, start)
      deadline = Child.now() + SiteFetcher.visitSeconds
    }
  }

  /// Each on its own, so that none has less time because the other one is slow.
  private func walked(_ starts: [WebAddress]) -> [Walk] {
    let walks = Walks(starts.map(Walk.init))
    let all = DispatchGroup()
    for index in starts.indices {
      all.enter()
      Thread {
        var walk = walks.all.withLock { $0[index] }
        while let address = walk.next { go(&walk, to: address) }
        walks.all.withLock { [walk] in $0[index] = walk }
        all.leave()
      }.start()
    }
    all.wait()
    return walks.all.withLock { $0 }
  }

  private final class Walks: Sendable {
    let all: Mutex<[Walk]>
    init(_ walks: [Walk]) { all = Mutex(walks) }
  }

  private func go(_ walk: inout Walk, to address: WebAddress) {
    let left = walk.deadline - Child.now()
    guard left > 0.1 else {
      walk.next = nil
      walk.failure = "no end of it within \(Int(Self.visitSeconds)) seconds"
      return
    }
    let headers = walk.jar.header(for: address).map { ["Cookie: \($0)"] } ?? []
    let seconds = min(Self.requestSeconds, left)
    step(&walk, ask([request(address, verifying: walk.isVerified, seconds: seconds, headers: headers)])[0])
  }

  private func step(_ walk: inout Walk, _ answer: CurlAnswer) {
    walk.next = nil
    switch answer {
    case .failed(let reason): walk.failure = reason
    case .badCertificate(let reason):
      guard walk.isVerified else { return walk.failure = reason }
      // All of the visit once more, and nothing about certificates in it is believed.
      let start = walk.start
      walk = Walk(start)
      (walk.isVerified, walk.trouble) = (false, reason)
    case .answered(let exchange):
      walk.exchanges.append(exchange)
      walk.jar.store(exchange)
      if walk.exchanges.count <= Self.redirectLimit, [301, 302, 303, 307, 308].contains(exchange.status) {
        walk.next = exchange.redirectTarget
        if let data = exchange.redirectedData {
          walk.exchanges.append(data)
        } else if walk.next == nil {
          walk.failure = "redirects to what is no http or https address"
        }
      }
    }
  }

  // MARK: - What is asked beside the page

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

  /// A port that was given alone is for https if TLS answers there, else for http if that does.
  private func settle(_ port: Int, of target: inout SiteTarget) throws(Diagnostic) {
    let pair = [true, false].compactMap {
      WebAddress("\($0 ? "https" : "http")://\(target.host):\(port)\(target.path)")
    }
    let answers = ask(pair.map { request($0, verifying: false, seconds: Self.requestSeconds, more: ["--head"]) })
    target.unclearPort = nil
    if case .answered(let secure) = answers[0], secure.status < 500 {
      target.httpsPort = port
    } else if case .answered(let plain) = answers[1], plain.status < 500 {
      target.httpPort = port
    } else {
      throw .portSilent(target.host, port)
    }
  }

  // MARK: - curl

  private struct Request {
    let address: WebAddress
    let command: Command
  }

  private func request(
    _ address: WebAddress, verifying: Bool, seconds: Double, headers: [String] = [], more: [String] = []
  ) -> Request {
    var words = options.arguments(verifying: verifying, seconds: seconds)
    words += ["--include", "--user-agent", Self.agent, "--header", Self.accept]
    for header in headers { words += ["--header", header] }
    words += more + ["--url", address.description]
    return Request(
      address: address, command: Command(CurlOptions.program, words, timeLimit: Int(Self.requestSeconds) + 3))
  }

  /// What is compressed is read here: curl refuses less than Node, and other things. Of blank lines in front curl makes
  /// HTTP/0.9.
  private static let raw = ["--verbose", "--http0.9", "--raw", "--header", "Accept-Encoding: gzip, deflate"]

  private func ask(_ requests: [Request]) -> [CurlAnswer] {
    var answers = answers(requests, Self.raw)
    let left = answers.indices.filter {
      if case .answered(let exchange) = answers[$0] { BodyReading.isLeftToCurl(exchange) } else { false }
    }
    guard !left.isEmpty else { return answers }
    for (index, answer) in zip(left, self.answers(left.map { requests[$0] }, ["--compressed"], isRaw: false)) {
      // Not every build of curl knows every compression.
      if case .failed(let reason) = answer, reason.hasPrefix("Unrecognized content encoding") { continue }
      answers[index] = answer
    }
    return answers
  }

  private func answers(_ requests: [Request], _ words: [String], isRaw: Bool = true) -> [CurlAnswer] {
    let outcomes = runner.run(
      requests.map { request in
        let arguments = request.command.arguments + words
        var job = ProcessRunner.Job(
          Command(request.command.executable, arguments, timeLimit: request.command.timeLimit))
        job.isLatin1 = true
        return job
      })
    return zip(requests, outcomes).map { request, outcome in
      CurlAnswer(outcome, url: request.address.description, limit: Self.answerLimit, isRaw: isRaw)
    }
  }
}

extension Diagnostic {
  fileprivate static let curlMissing = Diagnostic(
    "curl is not installed", detail: "A site is asked through /usr/bin/curl, which is not there.",
    fix: "sudo apt-get install curl")
  fileprivate static func portSilent(_ host: String, _ port: Int) -> Diagnostic {
    Diagnostic(
      "Nothing answers on this port", detail: "Neither TLS nor plain HTTP answers on port \(port) of \(host).",
      fix: "harden audit https://\(host)")
  }
}
