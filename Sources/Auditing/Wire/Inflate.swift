/// Data compressed by DEFLATE, in zlib's format (RFC 1950) or gzip's (RFC 1952), read as `zlib` reads it: what is cut off
/// is taken as far as it goes, what is wrong is refused.
package struct Inflate {
  private var blocks: DeflateBlocks

  /// The data, and whether there was more of it than the limit; nil for what is wrong.
  ///
  /// - Parameter mayLackHeader: blocks without either format's header are no fault.
  package static func data(
    _ bytes: [UInt8], limit: Int, mayLackHeader: Bool = false
  ) -> (bytes: [UInt8], isCut: Bool)? {
    var inflate = Inflate(blocks: DeflateBlocks(bytes, limit: limit))
    do throws(DeflateBlocks.Stop) {
      if mayLackHeader, bytes.first != 0x78 {
        try inflate.zlib(hasHeader: false)
      } else if bytes.first == 0x1F, bytes.count < 2 || bytes[1] == 0x8B {
        // Members follow one another; zeros behind the last one are padding.
        repeat { try inflate.member() } while (inflate.blocks.nextByte ?? 0) != 0
      } else {
        try inflate.zlib()
      }
    } catch {
      switch error {
      case .wrong: return nil
      case .full: return (inflate.blocks.output, true)
      case .cutOff: break
      }
    }
    return (inflate.blocks.output, false)
  }

  private mutating func zlib(hasHeader: Bool = true) throws(DeflateBlocks.Stop) {
    if hasHeader {
      let (method, flags) = (try blocks.bits(8), try blocks.bits(8))
      guard method & 15 == 8, method >> 4 <= 7, (method << 8 | flags) % 31 == 0, flags & 32 == 0 else { throw .wrong }
    }
    try blocks.read()
    var (low, high) = (1, 0)
    for byte in blocks.output {
      low = (low + Int(byte)) % 65_521
      high = (high + low) % 65_521
    }
    // A sum that is cut off is no wrong one.
    guard UInt32(try blocks.bits(32)).byteSwapped == UInt32(high << 16 | low) else { throw .wrong }
  }

  private mutating func member() throws(DeflateBlocks.Stop) {
    let (start, before) = (blocks.place, blocks.output.count)
    guard try blocks.bits(16) == 0x8B1F else { throw .wrong }
    let (method, flags) = (try blocks.bits(8), try blocks.bits(8))
    guard method == 8, flags & 0xE0 == 0 else { throw .wrong }
    // Time, strength, system; then the extra field, name and comment.
    for _ in 0..<6 { _ = try blocks.bits(8) }
    if flags & 4 != 0 { for _ in 0..<(try blocks.bits(16)) { _ = try blocks.bits(8) } }
    for flag in [8, 16] where flags & flag != 0 { while try blocks.bits(8) != 0 {} }
    if flags & 2 != 0 {
      let sum = CRC32.of(blocks.input[start..<blocks.place])
      guard try blocks.bits(16) == sum & 0xFFFF else { throw .wrong }
    }
    blocks.begin()
    try blocks.read()
    let sum = CRC32.of(blocks.output[before...])
    guard try blocks.bits(32) == sum else { throw .wrong }
    guard try blocks.bits(32) == (blocks.output.count - before) & 0xFFFF_FFFF else { throw .wrong }
  }
}

/// The checksum of RFC 1952 §8.
enum CRC32 {
  static func of(_ bytes: ArraySlice<UInt8>) -> Int {
    Int(bytes.reduce(0xFFFF_FFFF as UInt32) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] } ^ 0xFFFF_FFFF)
  }

  private static let table: [UInt32] = (0..<256).map { number in
    (0..<8).reduce(UInt32(number)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
  }
}
