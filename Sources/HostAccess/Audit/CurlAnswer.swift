import Auditing
import HostState

/// What a call of curl with `--include` came to.
enum CurlAnswer {
  case answered(Exchange)
  /// The certificate is not in order; says what curl says.
  case badCertificate(reason: String)
  case failed(reason: String)

  init(_ outcome: ProcessRunner.Outcome, url: String, limit: Int) {
    switch outcome {
    case .finished(let result) where result.status == 0:
      guard let exchange = Self.exchange(result.output, url: url) else {
        self = .failed(reason: "what came is no HTTP answer")
        return
      }
      self = .answered(exchange)
    // CURLE_PEER_FAILED_VERIFICATION; 51 is what older versions say.
    case .finished(let result) where result.status == 60 || result.status == 51:
      self = .badCertificate(reason: Self.reason(result))
    case .finished(let result):
      if let exchange = Self.endedByHangingUp(result, url: url) {
        self = .answered(exchange)
      } else {
        self = .failed(reason: Self.reason(result))
      }
    case .tooMuchOutput(_, let result):
      guard var exchange = Self.exchange(result.output, url: url) else {
        self = .failed(reason: "more than \(limit >> 20) MB, and no HTTP answer in it")
        return
      }
      exchange.isCut = true
      self = .answered(exchange)
    case .outOfTime(let seconds, _): self = .failed(reason: "no answer within \(seconds) seconds")
    case .noProgram: self = .failed(reason: "curl is not installed")
    case .notStarted(let reason): self = .failed(reason: "curl could not be started: \(reason)")
    }
  }

  /// A whole answer whose server closed the connection without taking leave of TLS (close_notify, RFC 8446 §6.1).
  ///
  /// Browsers take it, and so do curl's builds with OpenSSL before 3.2; the others end with CURLE_RECV_ERROR. One that
  /// says how long it is would be short.
  private static func endedByHangingUp(_ result: CommandResult, url: String) -> Exchange? {
    guard result.status == 56, result.errors.contains("unexpected eof while reading"),
      let exchange = exchange(result.output, url: url)
    else { return nil }
    let saysItsLength = ["content-length", "transfer-encoding"].contains { !exchange.values($0).isEmpty }
    return saysItsLength ? nil : exchange
  }

  /// The last line of standard error without curl's own name and number.
  private static func reason(_ result: CommandResult) -> String {
    let line = result.errors.split(separator: "\n").first { $0.hasPrefix("curl:") }.map(String.init) ?? ""
    guard let end = line.firstIndex(of: ")") else { return "curl ended with \(result.status)" }
    return String(line[line.index(after: end)...].drop { $0 == " " })
  }

  /// Head and body of the last answer; those with a status of 1xx come before it.
  static func exchange(_ text: String, url: String) -> Exchange? {
    var rest = Array(text.utf8)[...]
    while true {
      var lines: [String] = []
      while true {
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        var line = rest[..<end]
        rest = rest[rest.index(after: end)...]
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        if line.isEmpty { break }
        lines.append(String(decoding: line, as: UTF8.self))
      }
      guard let head = lines.first, head.hasPrefix("HTTP/"),
        let status = head.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
      else { return nil }
      if status / 100 == 1 { continue }
      return Exchange(
        url: url, status: status, headers: fields(lines.dropFirst()), body: String(decoding: rest, as: UTF8.self))
    }
  }

  private static func fields(_ lines: ArraySlice<String>) -> [HeaderField] {
    var fields: [HeaderField] = []
    for line in lines {
      // A line that begins with a blank goes on with the one before (RFC 9112 §5.2).
      if let last = fields.last, line.utf8.first == 0x20 || line.utf8.first == 0x09 {
        fields[fields.count - 1] = HeaderField(last.name, last.value + " " + line.drop { $0 == " " || $0 == "\t" })
        continue
      }
      guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { continue }
      fields.append(HeaderField(String(line[..<colon]), String(line[line.utf8.index(after: colon)...])))
    }
    return fields
  }
}
