import Auditing
import HostState

/// A DNS server as the command line names it: `ADDRESS` or `ADDRESS#PORT`, as delv(1) and named.conf(5) write it.
package struct NameServer: Hashable, Sendable {
  let address: String
  let port: UInt16?

  /// Nil where there is no address, or no port after the `#`.
  package init?(_ text: String) {
    let parts = text.split(separator: "#", omittingEmptySubsequences: false)
    guard let address = parts.first, parts.count <= 2, let first = address.first, first != "-",
      address.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".:%-_".contains($0)) })
    else { return nil }
    self.address = String(address)
    port = parts.count == 2 ? UInt16(parts[1]) : nil
    if parts.count == 2, port ?? 0 == 0 { return nil }
  }

  var words: [String] { ["@\(address)"] + (port.map { ["-p", "\($0)"] } ?? []) }
}

/// Asks the DNS through `dig` and `delv`.
package struct DNSLooker: Sendable {
  private static let dig: Path = "/usr/bin/dig"
  private static let delv: Path = "/usr/bin/delv"
  private let runner = ProcessRunner(launcher: .spawn, outputLimit: 1 << 20, patience: 1)
  let resolver: NameServer?
  let options: CurlOptions

  /// - Parameter resolver: the server to ask; the machine's own when nil.
  package init(resolver: NameServer?, options: CurlOptions) { (self.resolver, self.options) = (resolver, options) }

  package func facts(host: String, ports: [Int]) -> DNSFacts {
    var facts = DNSFacts()
    let labels = host.split(separator: ".").map(String.init)
    let isReserved =
      resolver == nil && ["test", "localhost", "example", "invalid", "internal", "local"].contains(labels.last)
    guard labels.count > 1, !host.contains(":"), labels.last.flatMap({ Int($0) }) == nil, !isReserved
    else {
      facts.isPointless = true
      return facts
    }
    // From the name up to the one below the top: CAA is looked for in each, NS as well.
    let names = (0..<(labels.count - 1)).map { labels[$0...].joined(separator: ".") }
    let questions = [(host, "A"), (host, "AAAA")] + names.map { ($0, "CAA") } + names.map { ($0, "NS") }
    let outcomes = runner.run(
      questions.map { ProcessRunner.Job(query($0.0, $0.1)) } + [
        ProcessRunner.Job(validation(host)), ProcessRunner.Job(query(host, "A", more: ["+cdflag"])),
        ProcessRunner.Job(query("", "DNSKEY")),
      ])
    if case .noProgram = outcomes[0] {
      facts.failure = "dig is not installed"
      return facts
    }
    var (answered, reason) = (false, "no answer")
    for (question, outcome) in zip(questions, outcomes) {
      guard case .finished(let result) = outcome, result.status == 0 else {
        if let text = outcome.result?.output,
          let line = text.split(separator: "\n").first(where: { $0.hasPrefix(";;") })
        {
          reason = String(line.drop { $0 == ";" || $0 == " " })
        }
        continue
      }
      answered = true
      let records = result.output.split(separator: "\n").filter { !$0.hasPrefix(";") }
        .map { $0.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init) }
        .filter { $0.count >= 5 && $0[3] == question.1 }
      switch question.1 {
      case "A", "AAAA": facts.addresses += records.map { $0[4] }
      case "CAA" where facts.authorities.isEmpty && !records.isEmpty:
        // Behind an alias they stand at another name than was asked for, and nothing can be put beside the alias.
        let owner = records[0][0]
        facts.authoritiesAt = (owner.hasSuffix(".") ? String(owner.dropLast()) : owner).lowercased()
        facts.authorities = records.filter { $0.count >= 6 }.map { words in
          DNSFacts.Authority(
            tag: words[5].lowercased(), value: words[6...].joined(separator: " ").filter { $0 != "\"" })
        }
      case "NS" where facts.nameServers.isEmpty: facts.nameServers = records.map { $0[4].lowercased() }
      default: break
      }
    }
    guard answered else {
      facts.failure = "The DNS could not be asked: \(reason)"
      return facts
    }
    facts.signature = signature(outcomes[questions.count...].map(\.self), plain: outcomes[0])
    facts.silentAddresses = silent(Array(facts.addresses.prefix(4)), host: host, ports: ports)
    return facts
  }

  private var server: [String] { resolver?.words ?? [] }

  private func query(_ name: String, _ kind: String, more: [String] = []) -> Command {
    let words = [
      "+noall", "+answer", "+comments", "+adflag", "+dnssec", "+time=3", "+tries=1", "-q", name + ".", "-t", kind,
    ]
    return Command(Self.dig, server + words + more, timeLimit: 9)
  }

  private func validation(_ name: String) -> Command {
    Command(Self.delv, server + ["-q", name + ".", "-t", "A"], timeLimit: 9)
  }

  /// By what the resolver says it has validated, else by delv's own validation from the root down.
  ///
  /// - Parameter outcomes: of delv, of the question without checking, and of the root's keys.
  private func signature(
    _ outcomes: [ProcessRunner.Outcome], plain: ProcessRunner.Outcome
  ) -> DNSFacts.Signature {
    let (plain, unchecked, root) = (Self.text(plain), Self.text(outcomes[1]), Self.text(outcomes[2]))
    let flags = plain.split(separator: "\n").first { $0.hasPrefix(";; flags:") }?.split(separator: ";").first ?? ""
    if flags.split(whereSeparator: { $0 == " " || $0 == ":" }).contains("ad") { return .valid }
    if plain.contains("status: SERVFAIL"), unchecked.contains("status: NOERROR") {
      return .broken(reason: "the resolver refuses to answer, but not when it is told not to check")
    }
    guard root.contains("RRSIG") else {
      return .unknown(
        reason: "the DNS server that was asked passes no signatures on; name another with --resolver, as 9.9.9.9 is one"
      )
    }
    guard case .finished(let result) = outcomes[0] else {
      return .unknown(reason: outcomes[0] == .noProgram ? "delv is not installed" : "no answer within 9 seconds")
    }
    let text = result.output + result.errors
    if text.contains("; fully validated") || text.contains("; negative response, fully validated") { return .valid }
    if text.contains("; unsigned answer") || text.contains("negative response, unsigned") { return .unsigned }
    let line = text.split(separator: "\n").first { $0.contains("resolution failed") || $0.contains("validating") }
    let reason = line.map { String($0.drop { $0 == ";" || $0 == " " }) } ?? "delv ended with \(result.status)"
    let isBroken = ["bogus", "RRSIG", "no valid", "broken trust chain", "insecurity proof"].contains {
      reason.contains($0)
    }
    return isBroken ? .broken(reason: reason) : .unknown(reason: reason)
  }

  private static func text(_ outcome: ProcessRunner.Outcome) -> String { outcome.result?.output ?? "" }

  /// Those of the addresses on which none of the ports takes a connection.
  private func silent(_ addresses: [String], host: String, ports: [Int]) -> [String] {
    let jobs = addresses.flatMap { address in
      ports.map { port in
        let bracketed = address.contains(":") ? "[\(address)]" : address
        return ProcessRunner.Job(
          Command(
            CurlOptions.program,
            [
              "--disable", "--silent", "--head", "--insecure", "--noproxy", "*", "--max-time", "5", "--output",
              "/dev/null", "--resolve", "\(host):\(port):\(bracketed)",
              "\(port == ports.last ? "https" : "http")://\(host):\(port)/",
            ], timeLimit: 8))
      }
    }
    let outcomes = runner.run(jobs)
    return addresses.enumerated().filter { index, _ in
      outcomes[(index * ports.count)..<((index + 1) * ports.count)].allSatisfy { outcome in
        // CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT: everything else is some kind of answer.
        guard case .finished(let result) = outcome else { return true }
        return result.status == 7 || result.status == 28
      }
    }.map(\.element)
  }
}
