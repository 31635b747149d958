/// A further port that the firewall lets in.
///
///     5432/tcp from 203.0.113.0/24 limit # the reporting server
///
/// Without `from`, anybody may connect. `limit` refuses an address that comes six times within 30 seconds (`ufw(8)`).
public struct OpenPort: Hashable, Sendable, Codable {
  public enum Transport: String, Hashable, Sendable, Codable { case tcp, udp }
  public let port: UInt16
  public let transport: Transport
  /// An address or network; nil for anybody.
  public let source: String?
  public let isLimited: Bool
  public let comment: String?
}

extension OpenPort: InputValue {
  public static var form: InputForm {
    InputForm("PORT/tcp or PORT/udp [from ADDRESS] [limit] [# COMMENT]", example: "5432/tcp from 203.0.113.0/24")
  }

  public init(text: String) throws(Diagnostic) {
    let halves = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    var words = (halves.first ?? "").split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    guard let first = words.first else { throw .malformed(text, Self.form) }
    words.removeFirst()
    let parts = first.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let transport = Transport(rawValue: parts[1].lowercased()) else {
      throw .malformed(text, Self.form, because: "“\(first)” does not say /tcp or /udp")
    }
    (port, self.transport) = (try UInt16(text: parts[0]), transport)
    var (source, isLimited): (String?, Bool) = (nil, false)
    while let word = words.first {
      words.removeFirst()
      switch word {
      case "from" where source == nil && !words.isEmpty:
        source = words.removeFirst()
      case "limit" where !isLimited: isLimited = true
      default: throw .malformed(text, Self.form, because: "“\(word)” is not expected there")
      }
    }
    if let source, !isAddressOrNetwork(source) {
      throw .malformed(text, Self.form, because: "“\(source)” is no address and no network")
    }
    (self.source, self.isLimited) = (source, isLimited)
    let comment = halves.count == 2 ? trimmed(halves[1]) : ""
    // ufw keeps comments between single quotes in its command line.
    guard !comment.contains("'"), (try String(text: comment)) == comment else {
      throw .malformed(text, Self.form, because: "its comment holds a quote")
    }
    self.comment = comment.isEmpty ? nil : comment
  }

  public var text: String {
    var words = ["\(port)/\(transport.rawValue)"]
    if let source { words += ["from", source] }
    if isLimited { words.append("limit") }
    if let comment { words += ["#", comment] }
    return words.joined(separator: " ")
  }
}

/// Whether a text is an IPv4 or IPv6 address, alone or with a prefix length.
func isAddressOrNetwork(_ text: String) -> Bool {
  let parts = text.split(separator: "/", omittingEmptySubsequences: false)
  guard parts.count <= 2, let address = parts.first else { return false }
  let isIPv6 = address.contains(":")
  if parts.count == 2 {
    guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1]),
      length <= (isIPv6 ? 128 : 32)
    else { return false }
  }
  return isIPv6 ? isIPv6Address(address) : isIPv4Address(address)
}

private func isIPv4Address(_ text: Substring) -> Bool {
  let parts = text.split(separator: ".", omittingEmptySubsequences: false)
  return parts.count == 4
    && parts.allSatisfy { part in
      let isPlain = part.utf8.allSatisfy { (0x30...0x39).contains($0) } && (part == "0" || !part.hasPrefix("0"))
      return isPlain && UInt8(part) != nil
    }
}

/// RFC 4291 §2.2, without a zone.
private func isIPv6Address(_ text: Substring) -> Bool {
  var groups = text.split(separator: ":", omittingEmptySubsequences: false)
  let gaps = text.ranges(of: "::").count
  guard gaps <= 1, groups.count >= 3 else { return false }
  var wanted = 8
  if let last = groups.last, last.contains(".") {
    guard isIPv4Address(last) else { return false }
    groups.removeLast()
    wanted = 6
  }
  if text.hasPrefix("::") { groups.removeFirst() } else if groups.first?.isEmpty ?? true { return false }
  if text.hasSuffix("::") { groups.removeLast() } else if groups.last?.isEmpty ?? false, gaps == 0 { return false }
  let filled = groups.filter { !$0.isEmpty }
  let areHex = filled.allSatisfy { $0.utf8.count <= 4 && UInt16($0, radix: 16) != nil && !$0.hasPrefix("+") }
  guard areHex else { return false }
  return gaps == 1 ? filled.count < wanted : filled.count == wanted && groups.count == filled.count
}
