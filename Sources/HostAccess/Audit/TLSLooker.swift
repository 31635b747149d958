import Auditing
import HostState

/// Looks at a server's TLS through `openssl s_client`, which speaks and ends at once: its standard input is empty.
package struct TLSLooker: Sendable {
  private static let program: Path = "/usr/bin/openssl"
  private let runner = ProcessRunner(launcher: .spawn, outputLimit: 1 << 20, patience: 1)
  let options: CurlOptions

  package init(_ options: CurlOptions) { self.options = options }

  package func facts(host: String, port: Int) -> TLSFacts {
    var facts = TLSFacts()
    let place = options.endpoint(host, port)
    let name = place.host.contains(":") && !place.host.hasPrefix("[") ? "[\(place.host)]" : place.host
    var common = ["s_client", "-connect", "\(name):\(place.port)"]
    if !host.contains(":") && !isIPv4Address(host) { common += ["-servername", host] }
    if let file = options.authorities { common += ["-CAfile", file] }
    let tries: [(String, [String])] = [
      ("TLS 1.0", ["-tls1", "-cipher", "ALL@SECLEVEL=0"]), ("TLS 1.1", ["-tls1_1", "-cipher", "ALL@SECLEVEL=0"]),
      ("TLS 1.2", ["-tls1_2"]), ("TLS 1.3", ["-tls1_3"]),
    ]
    let commands = [common + Self.more] + tries.map { common + $0.1 + Self.more }
    let outcomes = runner.run(commands.map { ProcessRunner.Job(Command(Self.program, $0, timeLimit: 9)) })
    facts.isToolMissing = outcomes[0] == .noProgram
    facts.versions = zip(tries, outcomes.dropFirst()).map { (name: $0.0, isTaken: Self.isTaken($1)) }
    // OpenSSL does not ask for old versions by itself: a server with nothing else is seen by what it takes of them.
    let seen = outcomes.first { Self.isTaken($0) == true } ?? outcomes[0]
    if case .finished(let result) = seen {
      facts.read(result.output)
      facts.chain = certificates(in: result.output)
    }
    if facts.chain.isEmpty { facts.failure = Self.reason(outcomes[0]) }
    return facts
  }

  /// All certificates, and the status that is sent along.
  private static let more = ["-showcerts", "-status"]

  /// Nil where this machine's own OpenSSL does not speak the version.
  private static func isTaken(_ outcome: ProcessRunner.Outcome) -> Bool? {
    guard case .finished(let result) = outcome else { return nil }
    if result.errors.contains("no protocols available") || result.errors.contains("unknown option")
      || result.errors.contains("Unknown option")
    {
      return nil
    }
    return result.output.contains("-----BEGIN CERTIFICATE-----")
  }

  private func certificates(in output: String) -> [ServedCertificate] {
    var blocks: [String] = []
    var open: [Substring]?
    for line in output.split(separator: "\n") {
      if line.hasPrefix("-----BEGIN CERTIFICATE-----") { open = [] }
      open?.append(line)
      if line.hasPrefix("-----END CERTIFICATE-----"), let lines = open {
        blocks.append(lines.joined(separator: "\n") + "\n")
        open = nil
      }
    }
    // The server's own stands once more at the end of the handshake's report.
    var seen: Set<String> = []
    let unique = blocks.filter { seen.insert($0).inserted }.prefix(8)
    let outcomes = runner.run(
      unique.map {
        ProcessRunner.Job(
          Command(Self.program, ["x509", "-noout", "-text", "-nameopt", "RFC2253,-esc_msb"], input: $0, timeLimit: 9))
      })
    return outcomes.compactMap { outcome in
      guard case .finished(let result) = outcome, result.status == 0 else { return nil }
      return ServedCertificate(text: result.output)
    }
  }

  private static func reason(_ outcome: ProcessRunner.Outcome) -> String {
    switch outcome {
    case .noProgram: "openssl is not installed"
    case .outOfTime(let seconds, _): "no answer within \(seconds) seconds"
    case .tooMuchOutput: "more was sent than any handshake needs"
    case .notStarted(let reason): reason
    case .finished(let result):
      result.errors.split(separator: "\n").last {
        !$0.hasPrefix("depth") && !$0.hasPrefix("verify") && $0.contains(":")
      }
      .map { OpenSSLReason.words(String($0)) } ?? "the server closed the connection"
    }
  }

  private func isIPv4Address(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}
