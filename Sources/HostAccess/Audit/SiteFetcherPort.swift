import Auditing
import HostState

/// Which scheme a port is for that was given alone.
extension SiteFetcher {
  /// HEAD is what the Observatory asks. What does not take that as it should may take GET, and is a site all the same.
  func settle(_ port: Int, of target: inout SiteTarget) throws(Diagnostic) {
    let pair = [true, false].compactMap {
      WebAddress("\($0 ? "https" : "http")://\(target.host):\(port)\(target.path)")
    }
    target.unclearPort = nil
    var answers: [CurlAnswer] = []
    for words in [["--head"], []] {
      answers = ask(pair.map { request($0, verifying: false, seconds: Self.requestSeconds, more: words) })
      switch Self.isSecure(overTLS: answers[0], plain: answers[1]) {
      case true?: return target.httpsPort = port
      case false?: return target.httpPort = port
      case nil: continue
      }
    }
    throw .portUnclear(target.host, port, pair, answers)
  }

  /// TLS goes first, whatever it answers: a server of it may well have a word for plain HTTP too, while of plain HTTP
  /// an answer of 500 and above is none. Nil where neither answers.
  static func isSecure(overTLS: CurlAnswer, plain: CurlAnswer) -> Bool? {
    if case .answered = overTLS { return true }
    if case .answered(let exchange) = plain, exchange.status < 500 { return false }
    return nil
  }
}

extension Diagnostic {
  static func portUnclear(_ host: String, _ port: Int, _ pair: [WebAddress], _ answers: [CurlAnswer]) -> Diagnostic {
    var words: [String] = []
    for (address, answer) in zip(pair, answers) {
      switch answer {
      case .answered(let exchange): words.append("\(address.scheme): it answers \(exchange.status)")
      case .badCertificate(let reason), .failed(let reason): words.append("\(address.scheme): \(reason)")
      }
    }
    let isPlain = if case .answered? = answers.last { true } else { false }
    let address = (isPlain ? pair.last : pair.first)?.description ?? "https://\(host):\(port)"
    return Diagnostic(
      "No page on this port",
      detail: "Neither TLS nor plain HTTP brings a page from port \(port) of \(host). "
        + "\(words.joined(separator: ". ")).",
      fix: "harden audit \(Command.quoted(address))")
  }
}
