import Auditing

/// How an answer's body is taken out of what came: by the rules of the Observatory's client, which is Node's.
struct BodyReading {
  /// Bytes that a body may have once it is decompressed.
  let limit: Int
  /// It is as it came, with its chunks and compressed.
  let isRaw: Bool
  private var isWhole = true

  init(limit: Int, isRaw: Bool) { (self.limit, self.isRaw) = (limit, isRaw) }

  /// Of a body whose end is not there.
  var ofPart: BodyReading {
    var part = self
    part.isWhole = false
    return part
  }

  /// Compressions that are left to curl.
  static func isLeftToCurl(_ exchange: Exchange) -> Bool {
    exchange.status != 204 && ["br", "zstd"].contains(exchange.joined("content-encoding")?.lowercased())
  }

  /// Whether the last coding is chunked; otherwise the body lasts until the connection is closed (RFC 9112 §6.3).
  static func isChunked(_ fields: [HeaderField]) -> Bool {
    let codings = Exchange(url: "", status: 0, headers: fields).values("transfer-encoding")
    let last = codings.last?.split(separator: ",", omittingEmptySubsequences: false).last
    return last.map { $0.drop { $0 == " " || $0 == "\t" }.lowercased() == "chunked" } ?? false
  }

  /// The body, and whether there is more of it than the limit.
  ///
  /// - Parameter isCounted: curl has seen to it that no byte is missing.
  func body(
    _ bytes: ArraySlice<UInt8>, status: Int, _ fields: [HeaderField], isCounted: Bool
  ) throws(CurlAnswer.Refusal) -> ([UInt8], Bool) {
    guard isRaw else { return (Array(bytes), false) }
    var body = Array(bytes)
    let head = Exchange(url: "", status: status, headers: fields)
    let length = head.first("content-length").flatMap { Int($0) }
    if let length, body.count > length {
      throw .head("more comes than Content-Length says")
    } else if let length, !isCounted, isWhole, body.count < length {
      throw .head("less comes than Content-Length says")
    }
    if Self.isChunked(fields), !body.isEmpty {
      guard let data = ChunkedBody.data(body, isWhole: isWhole) else { throw .chunks }
      body = data
    }
    let encoding = status == 204 ? nil : head.joined("content-encoding")?.lowercased()
    switch encoding {
    case "gzip", "x-gzip", "compress", "x-compress", "deflate":
      guard let data = Inflate.data(body, limit: limit, mayLackHeader: encoding == "deflate") else { throw .encoding }
      return data
    default: return (body, false)
    }
  }
}

extension CurlAnswer.Refusal {
  fileprivate static let chunks = CurlAnswer.Refusal(
    reason: "the chunks of the answer are not as HTTP has them, and strict clients refuse it")
  fileprivate static let encoding = CurlAnswer.Refusal(reason: "the body is not as its Content-Encoding says")
}
