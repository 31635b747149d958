import Auditing
import HostState

/// What a call of curl with `--include` came to.
enum CurlAnswer {
  case answered(Exchange)
  /// The certificate is not in order; says what curl says.
  case badCertificate(reason: String)
  case failed(reason: String)

  /// - Parameter isRaw: the body is as it came, with its chunks and compressed.
  init(_ outcome: ProcessRunner.Outcome, url: String, limit: Int, isRaw: Bool = true) {
    let reading = BodyReading(limit: limit, isRaw: isRaw)
    switch outcome {
    case .finished(let result) where result.status == 0 && Self.hasExcess(result):
      self = .failed(reason: "more came than the head of the answer says, and strict clients refuse it")
    case .finished(let result) where result.status == 0:
      do throws(Refusal) {
        self = .answered(try Self.exchange(result.output, url: url, reading))
      } catch {
        self = .failed(reason: error.reason)
      }
    // CURLE_PEER_FAILED_VERIFICATION; 51 is what older versions say.
    case .finished(let result) where result.status == 60 || result.status == 51:
      self = .badCertificate(reason: Self.reason(result))
    case .finished(let result):
      if let exchange = Self.endedByHangingUp(result, url: url, reading) {
        self = .answered(exchange)
      } else {
        self = .failed(reason: Self.reason(result))
      }
    case .tooMuchOutput(_, let result):
      do throws(Refusal) {
        var exchange = try Self.exchange(result.output, url: url, reading.ofPart)
        exchange.isCut = true
        self = .answered(exchange)
      } catch {
        self = .failed(reason: "\(error.reason), in more than \(limit >> 20) MB")
      }
    case .outOfTime(let seconds, _): self = .failed(reason: "no answer within \(seconds) seconds")
    case .noProgram: self = .failed(reason: "curl is not installed")
    case .notStarted(let reason): self = .failed(reason: "curl could not be started: \(reason)")
    }
  }

  /// Node's parser ends with an error there, by which the answer itself is lost; curl only mentions it.
  private static func hasExcess(_ result: CommandResult) -> Bool {
    lines(result.errors).contains { $0.hasPrefix("* Excess found") || $0.hasPrefix("* Leftovers after chunking") }
  }

  /// Also between CR and LF, which is one character to Swift.
  private static func lines(_ text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
  }

  /// A whole answer that lasted until its server closed the connection, though curl ends with an error.
  ///
  /// That is so where the server takes no leave of TLS (close_notify, RFC 8446 §6.1): browsers take it, and so do curl's
  /// builds with OpenSSL before 3.2; the others end with CURLE_RECV_ERROR. One that says how long it is would be short.
  /// And it is so where the last of its transfer codings is not chunked (RFC 9112 §6.3), which curl does not notice.
  private static func endedByHangingUp(_ result: CommandResult, url: String, _ reading: BodyReading) -> Exchange? {
    guard let exchange = try? exchange(result.output, url: url, reading) else { return nil }
    if exchange.joined("transfer-encoding") != nil { return BodyReading.isChunked(exchange.headers) ? nil : exchange }
    let isHangUp = result.status == 56 && result.errors.contains("unexpected eof while reading")
    return isHangUp && exchange.first("content-length") == nil ? exchange : nil
  }

  /// The last line of standard error without curl's own name and number.
  private static func reason(_ result: CommandResult) -> String {
    // Before 8.6 curl says "Out of memory" of a line of more than 100 KB (CURL_MAX_HTTP_HEADER).
    if result.status == 27 { return "the head of the answer has a line longer than curl takes, or does not end" }
    let line = lines(result.errors).first { $0.hasPrefix("curl:") } ?? ""
    guard let end = line.firstIndex(of: ")") else { return "curl ended with \(result.status)" }
    return OpenSSLReason.words(String(line[line.index(after: end)...].drop { $0 == " " }))
  }
}
