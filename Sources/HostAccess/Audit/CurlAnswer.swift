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
      do throws(Refusal) {
        self = .answered(try Self.exchange(result.output, url: url))
      } catch {
        self = .failed(reason: error.reason)
      }
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
      do throws(Refusal) {
        var exchange = try Self.exchange(result.output, url: url)
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

  /// A whole answer whose server closed the connection without taking leave of TLS (close_notify, RFC 8446 §6.1).
  ///
  /// Browsers take it, and so do curl's builds with OpenSSL before 3.2; the others end with CURLE_RECV_ERROR. One that
  /// says how long it is would be short.
  private static func endedByHangingUp(_ result: CommandResult, url: String) -> Exchange? {
    guard result.status == 56, result.errors.contains("unexpected eof while reading"),
      let exchange = try? exchange(result.output, url: url)
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

  /// Why an answer is none.
  struct Refusal: Error {
    let reason: String

    static let noHTTP = Refusal(reason: "what came is no HTTP answer")
    static func head(_ words: String) -> Refusal {
      Refusal(reason: "the head of the answer is not as HTTP has it, and strict clients refuse it: \(words)")
    }
  }

  /// `--max-http-header-size` of Node.
  private static let longestHead = 16 << 10

  /// Head and body of the last answer; those with a status of 1xx come before it.
  ///
  /// Heads are read as the Observatory's client reads them, which is Node's: bytes are Latin-1, and what RFC 9112 §5 does
  /// not allow makes it no answer.
  ///
  /// - Parameter text: Latin-1, a scalar a byte.
  static func exchange(_ text: String, url: String) throws(Refusal) -> Exchange {
    var rest = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }[...]
    while true {
      var lines: [ArraySlice<UInt8>] = []
      while true {
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { throw .noHTTP }
        let line = rest[..<end]
        rest = rest[rest.index(after: end)...]
        if lines.isEmpty, !line.starts(with: "HTTP/".utf8) { throw .noHTTP }
        guard line.last == UInt8(ascii: "\r") else { throw .head("a line that ends without a carriage return") }
        if line.count == 1 { break }
        lines.append(line.dropLast())
      }
      guard let head = lines.first,
        let status = String(latin1: head).split(separator: " ").dropFirst().first.flatMap({ Int($0) })
      else { throw .noHTTP }
      if status / 100 == 1 { continue }
      return Exchange(
        url: url, status: status, headers: try fields(lines.dropFirst()), body: String(decoding: rest, as: UTF8.self))
    }
  }

  private static func fields(_ lines: ArraySlice<ArraySlice<UInt8>>) throws(Refusal) -> [HeaderField] {
    var fields: [HeaderField] = []
    for line in lines {
      if let first = line.first, first == 0x20 || first == 0x09 {
        throw .head("\(fields.last?.name ?? "a header") goes on in another line")
      }
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
        line[..<colon].allSatisfy(isToken)
      else { throw .head("“\(String(latin1: line.prefix(60)))” is no header") }
      let (name, value) = (String(latin1: line[..<colon]), line[(colon + 1)...])
      guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
        throw .head("\(name) holds a control character")
      }
      fields.append(HeaderField(name, String(latin1: value)))
    }
    // What is between names and values is not counted.
    let size = fields.reduce(0) { $0 + $1.name.unicodeScalars.count + $1.value.drop { $0 == " " }.unicodeScalars.count }
    guard size < longestHead else { throw .head("more than \(longestHead >> 10) KiB") }
    let lengths = fields.filter { $0.name.lowercased() == "content-length" }.count
    let isChunked = fields.contains { $0.name.lowercased() == "transfer-encoding" }
    guard lengths == 0 || lengths == 1 && !isChunked else { throw .head("it says twice how long the answer is") }
    return fields
  }

  /// RFC 9110 §5.6.2.
  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
