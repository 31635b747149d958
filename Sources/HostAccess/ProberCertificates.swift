import Auditing
import Foundation
import Glibc
import HostState

/// What a certificate on disk says: `openssl x509`.
enum CertificateReading {
  static func command(_ path: Path) -> Command {
    Command(
      "/usr/bin/openssl", ["x509", "-in", path.text, "-noout", "-text", "-nameopt", "RFC2253,-esc_msb"], timeLimit: 10)
  }

  /// What the file itself answers; nil where openssl has to be asked.
  static func lookUp(_ path: Path) -> Answer<Fact>? {
    if access(path.text, R_OK) == 0 { return nil }
    switch errno {
    case ENOENT, ENOTDIR: return .absent
    case let error: return .unreadable(reason: String(cString: strerror(error)))
    }
  }

  static func answer(_ outcome: ProcessRunner.Outcome, now: Int) -> Answer<Fact> {
    switch outcome {
    case .finished(let result) where result.status == 0:
      let certificate = ServedCertificate(text: result.output)
      let (begins, ends) = (certificate.notBefore ?? now, certificate.notAfter ?? .max)
      return .there(
        value: .certificate(
          CertificateFacts(
            names: certificate.names, issuer: certificate.issuer, expires: certificate.notAfter,
            isExpired: ends <= now, endsSoon: ends / 6 - begins / 6 > ends - now, isSelfSigned: certificate.isSelfSigned
          )))
    case .noProgram: return .unreadable(reason: "openssl is not installed")
    default: return .unreadable(reason: "openssl does not understand it")
    }
  }
}

/// Where names lead: their addresses by the DNS, and what each answers on port 80.
enum ReachReading {
  /// Seconds for one address; all are asked at the same time.
  private static let patience = 3

  static func answer(_ question: ReachQuestion) -> Answer<Fact> {
    let runner = ProcessRunner(launcher: .spawn, outputLimit: 1 << 16, patience: 1)
    guard access(CurlOptions.program.text, X_OK) == 0 else { return .unreadable(reason: "curl is not installed") }
    let found = runner.run(question.names.map { ProcessRunner.Job(lookup($0)) })
    var (asked, homeless): ([(name: String, address: String)], [String]) = ([], [])
    for (name, outcome) in zip(question.names, found) {
      var answers = [outcome]
      if outcome.result?.status == misused { answers = runner.run(olderLookups(name).map { ProcessRunner.Job($0) }) }
      let addresses = Self.addresses(answers.map { $0.result?.output ?? "" }.joined())
      if addresses.isEmpty { homeless.append(name) }
      asked += addresses.map { (name, $0) }
    }
    let outcomes = runner.run(asked.map { ProcessRunner.Job(fetch($0.name, $0.address, question.resource)) })
    return .there(
      value: .reach(
        Reach(
          places: zip(asked, outcomes).map { place, outcome in
            Reach.Place(
              name: place.name, address: place.address,
              found: NetworkAddress.isLoopback(place.address)
                ? .silence(why: "an address that means everybody's own machine") : verdict(outcome, question.text))
          }, homeless: homeless)))
  }

  /// The DNS alone: `/etc/hosts` names this machine as nobody else sees it (Debian writes its own name there). Also
  /// addresses of a family that this host has none of: the authority may take any. The dot at the end keeps a search
  /// domain of this host's out.
  static func lookup(_ name: String) -> Command {
    Command(
      "/usr/bin/getent", ["--service=dns", "--no-addrconfig", "ahosts", name + "."],
      environment: ["RES_OPTIONS": "timeout:2 attempts:2"], timeLimit: 10, accepted: [0, 2])
  }

  /// `EX_USAGE` of sysexits.h: getent does not know the option before glibc 2.36 (Ubuntu 22.04 has 2.35).
  private static let misused: Int32 = 64

  /// What such a getent is asked instead. `hosts` answers with addresses of IPv6 where there are any, whatever this host
  /// has itself.
  static func olderLookups(_ name: String) -> [Command] {
    ["ahostsv4", "hosts"].map { database in
      Command(
        "/usr/bin/getent", ["--service=dns", database, name + "."],
        environment: ["RES_OPTIONS": "timeout:2 attempts:2"], timeLimit: 10, accepted: [0, 2])
    }
  }

  /// First words of lines such as `203.0.113.5     STREAM example.com`.
  static func addresses(_ output: String) -> [String] {
    var addresses: [String] = []
    for line in output.lines {
      guard let word = line.split(separator: " ").first.map(String.init), !word.hasPrefix("::ffff:") else { continue }
      if !addresses.contains(word) { addresses.append(word) }
    }
    return addresses.sorted()
  }

  private static func fetch(_ name: String, _ address: String, _ resource: String) -> Command {
    let place = address.contains(":") ? "[\(address)]" : address
    return Command(
      CurlOptions.program,
      [
        // Redirects are followed, and certificates not looked at, as authorities do.
        "--disable", "--silent", "--show-error", "--globoff", "--noproxy", "*", "--proto", "=http,https", "--http1.1",
        "--location", "--max-redirs", "5", "--insecure", "--max-time", "\(patience)", "--max-filesize", "4096",
        "--connect-to", "\(name):80:\(place):80", "--write-out", "\n%{http_code}", "http://\(name)\(resource)",
      ], timeLimit: patience + 3)
  }

  static func verdict(_ outcome: ProcessRunner.Outcome, _ text: String) -> Reach.Found {
    guard case .finished(let result) = outcome else { return .silence(why: "no answer within \(patience) s") }
    guard result.status == 0, let end = result.output.lastIndex(of: "\n") else {
      switch result.status {
      case 7: return .silence(why: "connection refused, or no way there")
      case 28: return .silence(why: "no answer within \(patience) s")
      case let code: return .silence(why: "no answer, curl \(code)")
      }
    }
    if result.output[..<end] == text { return .thisHost }
    return .another(what: "it answers \(result.output[result.output.index(after: end)...])")
  }
}
