import Auditing
import HostState

extension CurlAnswer {
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
  /// Half of `maxHeadersCount` of Node, which counts names and values.
  private static let mostFields = 1000

  /// Head and body of the last answer; those with a status of 1xx come before it, blank lines may.
  ///
  /// Heads are read as the Observatory's client reads them, which is Node's: bytes are Latin-1, and what RFC 9112 §5 does
  /// not allow makes it no answer.
  ///
  /// - Parameter text: Latin-1, a scalar a byte.
  static func exchange(_ text: String, url: String, _ reading: BodyReading) throws(Refusal) -> Exchange {
    var rest = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }[...]
    var isCounted = true
    while true {
      // Of these curl makes HTTP/0.9, and then does not count.
      if rest.first == 0x0D || rest.first == 0x0A { isCounted = false }
      rest = rest.drop { $0 == 0x0D || $0 == 0x0A }
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
      guard let first = lines.first else { throw .noHTTP }
      guard let status = status(first) else {
        throw .head("“\(String(latin1: first.prefix(60)))” is no status line")
      }
      if status / 100 == 1, status != 101 { continue }
      let fields = try fields(lines.dropFirst())
      let (body, isCut) = try reading.body(rest, status: status, fields, isCounted: isCounted)
      return Exchange(
        url: url, status: status, headers: Array(fields.prefix(mostFields)),
        body: String(decoding: body, as: UTF8.self), isCut: isCut)
    }
  }

  /// `HTTP/1.1 200`, one blank in between, and another one before a reason.
  private static func status(_ line: ArraySlice<UInt8>) -> Int? {
    let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[1].count == 3, !line.contains(UInt8(ascii: "\r")) else { return nil }
    guard ["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9"].contains(String(latin1: parts[0])) else { return nil }
    return parts[1].allSatisfy { (0x30...0x39).contains($0) } ? Int(String(latin1: parts[1])) : nil
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
    try checkLength(Exchange(url: "", status: 0, headers: fields))
    return fields
  }

  /// The answer says at most once, and in numbers, how long it is.
  private static func checkLength(_ head: Exchange) throws(Refusal) {
    let (lengths, codings) = (head.values("content-length"), head.values("transfer-encoding"))
    guard lengths.isEmpty || lengths.count == 1 && codings.isEmpty else {
      throw .head("it says twice how long the answer is")
    }
    for length in lengths where UInt64(length) == nil || length.hasPrefix("+") {
      throw .head("Content-Length is no number")
    }
    guard codings.allSatisfy({ !$0.isEmpty }) else { throw .head("Transfer-Encoding is empty") }
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
