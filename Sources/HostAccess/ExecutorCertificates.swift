import Auditing
import Foundation
import Glibc
import HostState

/// certbot: an order, and the proof that a renewal will work.
extension Executor {
  /// Orders a certificate, once. What went wrong is told by the link that failed.
  func issue(_ order: CertificateOrder, _ progress: Progress) throws(Diagnostic) {
    progress("order a certificate for \(order.names.joined(separator: ", "))", nil)
    let outcome = start(order.issuing)
    guard case .finished(let result) = outcome, result.status == 0 else { throw .notIssued(order, outcome) }
    guard case .read = SmallFile.bytes(order.chain.text) else { throw .noChain(order, result) }
  }

  /// - Throws: a `Diagnostic` where a renewal would fail, would not be served, or would come too late.
  func proveRenewal(_ order: CertificateOrder, _ progress: Progress) throws(Diagnostic) {
    progress("try a renewal of \(order.name) without keeping it", nil)
    let outcome = start(order.trial)
    guard case .finished(let result) = outcome, result.status == 0 else { throw .noRenewal(order, outcome) }
    progress("look at the certificate that is served, and at \(order.timer)", nil)
    try lookAtServed(order)
    try lookAtTimer(order)
  }

  private static let openssl: Path = "/usr/bin/openssl"

  /// What is served on 443 must be what lies on disk. A graceful reload goes on for a moment with what was there before.
  private func lookAtServed(_ order: CertificateOrder) throws(Diagnostic) {
    guard case .read(let text) = SmallFile.text(order.chain.text), let wanted = Self.certificate(in: text) else {
      throw .notServed(order, "it cannot be read")
    }
    let command = Command(
      Self.openssl, ["s_client", "-connect", "127.0.0.1:443", "-servername", order.names[0]], timeLimit: 10)
    for attempt in 0..<10 {
      if case .finished(let result) = runner.run(command), Self.certificate(in: result.output) == wanted { return }
      if attempt < 9 { usleep(300_000) }
    }
    throw .notServed(order, "port 443 of this host answers with another one, or not at all")
  }

  /// The first certificate of a PEM text, without its frame and line ends.
  static func certificate(in text: String) -> String? {
    guard let start = text.range(of: "-----BEGIN CERTIFICATE-----"),
      let end = text.range(of: "-----END CERTIFICATE-----", range: start.upperBound..<text.endIndex)
    else { return nil }
    return text[start.upperBound..<end.lowerBound].filter { !$0.isWhitespace }
  }

  /// The shortest that Let's Encrypt issues for, in seconds: its “shortlived” profile, six days.
  private static let shortestLifetime = 6 * 86_400

  /// The next run must leave two thirds of what the certificate has left, and of what the shortest one would have.
  private func lookAtTimer(_ order: CertificateOrder) throws(Diagnostic) {
    let listing = Command(Self.systemctl, ["list-timers", order.timer, "--all", "-o", "json"])
    struct Timer: Decodable { let next: Int? }
    guard case .finished(let result) = runner.run(listing),
      let timers = try? JSONDecoder().decode([Timer].self, from: Data(result.output.utf8)),
      let next = timers.first?.next, next > 0
    else { throw .noTimer(order) }
    let facts = CertificateReading.answer(runner.run(CertificateReading.command(order.chain)), now: Self.now)
    guard case .there(.certificate(let certificate)) = facts, let expires = certificate.expires else {
      throw .notServed(order, "when it ends cannot be read")
    }
    let (wait, left) = (next / 1_000_000 - Self.now, expires - Self.now)
    guard wait * 3 < min(left, Self.shortestLifetime) else {
      throw .tooLate(order, hours: wait / 3600, left: left / 3600)
    }
  }
}

/// What certbot printed of a failed order.
struct CertbotReport {
  /// What it looked at, by the authority's word: `dns`, `connection`, `unauthorized`, `caa`, …
  var kind: String?
  var domain: String?
  var detail: String?
  /// The last line that says something.
  var last: String

  /// RFC 8555 §6.7.
  var link: String {
    switch kind {
    case "dns": "DNS: the authority could not resolve the name"
    case "connection": "port 80: the authority could not connect to it from where it is"
    case "unauthorized", "incorrectResponse": "the webroot: something else than this host's token was answered"
    case "caa": "DNS: a CAA record forbids this authority"
    case let kind: "“\(kind ?? "unknown")”"
    }
  }

  init(_ result: CommandResult) {
    let lines = (result.output + "\n" + result.errors).lines.map {
      String($0.drop { $0 == " " || $0 == "\t" })
    }
    func value(_ label: String) -> String? {
      guard let index = lines.firstIndex(where: { $0.hasPrefix(label) }) else { return nil }
      return String(lines[index].dropFirst(label.count).drop { $0 == " " })
    }
    (kind, domain, detail) = (value("Type:"), value("Domain:"), value("Detail:"))
    let noise = ["Ask for help", "Saving debug log", "See the logfile", "Plugins selected", "Hint:"]
    let telling = lines.filter { line in
      !line.isEmpty && !line.hasPrefix("- - -") && !noise.contains { line.hasPrefix($0) }
    }
    last = telling.last ?? "nothing"
  }
}

extension Diagnostic {
  /// certbot's last telling line in place of all that it printed.
  fileprivate mutating func quote(_ report: CertbotReport, status: Int32) {
    command = FailedCommand(line: command?.line ?? "", status: status, lastErrors: report.last)
  }

  fileprivate static func notIssued(_ order: CertificateOrder, _ outcome: ProcessRunner.Outcome) -> Diagnostic {
    var failed = Diagnostic.failed(order.issuing, outcome)
    guard case .finished(let result) = outcome else {
      failed.detail += " No certificate was issued; nothing else hangs on it."
      return failed
    }
    let report = CertbotReport(result)
    let all = result.output + result.errors
    let rest = "It was asked once, and is not asked again before the next apply: authorities count the tries."
    failed.summary = "Certificate not issued"
    failed.quote(report, status: result.status)
    if let detail = report.detail {
      failed.detail =
        "The link that failed for \(report.domain ?? order.name) is \(report.link). Detail: \(detail) \(rest)"
      failed.fix = "Mend that link, then run: harden apply"
    } else if all.contains("rateLimited") || all.contains("too many") {
      failed.summary = "Too many certificates"
      failed.detail = "The certificate authority has issued or refused too many lately: \(report.last) \(rest)"
      failed.fix = "Wait as long as it says, then run: harden apply"
    } else if all.contains("ConnectionError") || all.contains("Connection refused") || all.contains("timed out")
      || all.contains("Max retries") || all.contains("NewConnectionError") || all.contains("SSLError")
    {
      failed.summary = "Certificate authority not reached"
      failed.detail =
        "certbot could not talk to \(order.server ?? "Let's Encrypt"), so nothing was ordered. The site goes on as it "
        + "is."
      failed.fix = "Try again later: harden apply"
    } else if all.contains("Another instance of Certbot") {
      failed.detail = "Another certbot is at work, a renewal by \(order.timer) for instance. Nothing was ordered."
      failed.fix = "Once it has ended: harden apply"
    } else {
      failed.detail = "certbot did not get it, for another reason than the authority's. \(rest)"
      failed.fix = "sudo tail -n 40 /var/log/letsencrypt/letsencrypt.log"
    }
    return failed
  }

  fileprivate static func noChain(_ order: CertificateOrder, _ result: CommandResult) -> Diagnostic {
    Diagnostic(
      "Certificate not issued",
      detail: "certbot ended well, but \(order.chain) is not there. It said: \(CertbotReport(result).last)",
      fix: "sudo certbot certificates")
  }

  fileprivate static func noRenewal(_ order: CertificateOrder, _ outcome: ProcessRunner.Outcome) -> Diagnostic {
    var failed = Diagnostic.failed(order.trial, outcome)
    failed.summary = "Renewal does not work"
    if case .finished(let result) = outcome {
      let report = CertbotReport(result)
      failed.quote(report, status: result.status)
      failed.detail = "A trial of the renewal of \(order.name) failed: \(report.detail ?? report.last)"
    }
    failed.detail +=
      " The certificate is there and served, but would run out, so browsers are not told yet to hold on "
      + "to HTTPS for a year."
    failed.fix = order.trial.description
    return failed
  }

  fileprivate static func notServed(_ order: CertificateOrder, _ why: String) -> Diagnostic {
    Diagnostic(
      "Other certificate served",
      detail: "\(order.chain) is not what visitors get: \(why). A renewed one would not reach them either.",
      fix: "openssl s_client -connect 127.0.0.1:443 -servername \(order.name) </dev/null")
  }

  fileprivate static func noTimer(_ order: CertificateOrder) -> Diagnostic {
    Diagnostic(
      "Renewal not scheduled",
      detail: "\(order.timer) has no next run, so that nothing would renew \(order.name) before it runs out.",
      fix: "systemctl list-timers --all")
  }

  fileprivate static func tooLate(_ order: CertificateOrder, hours: Int, left: Int) -> Diagnostic {
    Diagnostic(
      "Renewal too late",
      detail: "\(order.timer) runs next in \(hours) hours, and the certificate of \(order.name) ends in \(left).",
      fix: "systemctl list-timers --all")
  }
}
