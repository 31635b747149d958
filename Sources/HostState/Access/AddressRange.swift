/// An address or a block of them, IPv4 or IPv6: `203.0.113.9`, `203.0.113.0/24`, `2001:db8::/32`.
package struct AddressRange: Hashable, Sendable {
  /// Four or sixteen bytes, those beyond the prefix zero.
  package let bytes: [UInt8]
  /// Leading bits that count.
  package let prefix: Int

  /// Nil when it is neither an address nor a block. Bits beyond the prefix are cleared, as iptables and ufw do.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = parts.first, let bytes = Self.bytes(String(address)) else { return nil }
    var prefix = bytes.count * 8
    if parts.count == 2 {
      guard let given = Int(parts[1]), (0...prefix).contains(given), !parts[1].hasPrefix("+") else { return nil }
      prefix = given
    }
    self.prefix = prefix
    self.bytes = bytes.enumerated().map { index, byte in
      let kept = min(8, max(0, prefix - index * 8))
      return kept == 0 ? 0 : byte & (0xFF << UInt8(8 - kept))
    }
  }

  /// `203.0.113.0/255.255.255.0`, as hosts_access(5) and access.conf(5) write a block as well.
  package init?(netmasked text: String) {
    let parts = text.split(separator: "/")
    guard parts.count == 2, let mask = Self.dotted(String(parts[1])) else { return nil }
    let bits = mask.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard ~bits & (~bits &+ 1) == 0 else { return nil }  // ones, then zeros
    self.init("\(parts[0])/\(bits.nonzeroBitCount)")
  }

  package var isV6: Bool { bytes.count == 16 }
  package var isEverything: Bool { prefix == 0 }

  package func contains(_ other: AddressRange) -> Bool {
    guard bytes.count == other.bytes.count, prefix <= other.prefix else { return false }
    for index in 0..<bytes.count {
      let kept = min(8, max(0, prefix - index * 8))
      if kept == 0 { return true }
      let mask: UInt8 = 0xFF << UInt8(8 - kept)
      if bytes[index] & mask != other.bytes[index] & mask { return false }
    }
    return true
  }

  /// With its prefix, as `iptables-save` prints it: `203.0.113.9/32`.
  package var block: String { "\(address)/\(prefix)" }

  /// Without the prefix of a single address, as ufw keeps it.
  package var text: String { prefix == bytes.count * 8 ? address : block }

  /// An address near its begin and one near its end; the one that it is.
  package var ends: [String] {
    let width = bytes.count * 8
    guard prefix < width else { return [address] }
    var (first, last) = (bytes, bytes)
    for bit in prefix..<width { last[bit / 8] |= 0x80 >> UInt8(bit % 8) }
    // The very last one of an IPv4 network is for all of it.
    if width - prefix > 1 { last[bytes.count - 1] ^= 1 }
    first[bytes.count - 1] |= 1
    return [first, last].map(Self.text)
  }

  private var address: String { Self.text(bytes) }

  private static func text(_ bytes: [UInt8]) -> String {
    guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
    let groups = (0..<8).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
    // RFC 5952 §4.2: the longest run of zeros, the first of equals, at least two groups.
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > max(1, best.count) { best = start..<end }
      start = max(end, start + 1)
    }
    let words = groups.map { String($0, radix: 16) }
    if best.isEmpty { return words.joined(separator: ":") }
    return words[..<best.lowerBound].joined(separator: ":") + "::" + words[best.upperBound...].joined(separator: ":")
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    if !text.contains(":") { return dotted(text) }
    var text = text
    // RFC 4291 §2.2: the last 32 bits may be written dotted.
    if text.contains(".") {
      guard let colon = text.lastIndex(of: ":"), let tail = dotted(String(text[text.index(after: colon)...])) else {
        return nil
      }
      let groups = [UInt16(tail[0]) << 8 | UInt16(tail[1]), UInt16(tail[2]) << 8 | UInt16(tail[3])]
      text = text[...colon] + groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
    let halves = text.split(separator: "::", omittingEmptySubsequences: false)
    guard halves.count <= 2 else { return nil }
    var sides: [[UInt8]] = []
    for half in halves {
      var side: [UInt8] = []
      if !half.isEmpty {
        for group in half.split(separator: ":", omittingEmptySubsequences: false) {
          guard (1...4).contains(group.utf8.count), let value = UInt16(group, radix: 16), !group.hasPrefix("+") else {
            return nil
          }
          side += [UInt8(value >> 8), UInt8(value & 0xFF)]
        }
      }
      sides.append(side)
    }
    if sides.count == 1 { return sides[0].count == 16 ? sides[0] : nil }
    let missing = 16 - sides[0].count - sides[1].count
    return missing >= 2 ? sides[0] + [UInt8](repeating: 0, count: missing) + sides[1] : nil
  }

  private static func dotted(_ text: String) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let byte = UInt8(part)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
