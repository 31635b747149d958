import Glibc
import HostState
import SystemCalls

/// Messages over netlink(7), those of nf_tables and of routing rules, as bytes.
///
/// Lengths and types are in the host's order (little-endian, as all of Debian's large ports are), what attributes hold in
/// the network's.
enum NetlinkText {
  struct Message {
    let type: UInt16
    /// What follows the head: `nfgenmsg`, or the number of an error, negative.
    let start: UInt32
    let attributes: ArraySlice<UInt8>

    var family: UInt8 { UInt8(start & 0xFF) }
    var error: Int32 { -Int32(bitPattern: start) }
  }

  /// The whole messages at the beginning: nlmsghdr, 16 bytes; nfgenmsg, 4 bytes; attributes.
  static func messages(_ bytes: [UInt8]) -> [Message] {
    var found: [Message] = []
    var rest = bytes[...]
    while rest.count >= 16 {
      let start = rest.startIndex
      let length = Int(rest.little32(at: start))
      guard length >= 16, length <= rest.count else { break }
      let isBare = length < 20
      found.append(
        Message(
          type: rest.little16(at: start + 4), start: isBare ? 0 : rest.little32(at: start + 16),
          attributes: isBare ? [] : rest[(start + 20)..<(start + length)]))
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return found
  }

  /// Type and value of each: a length and a type, padded to four bytes.
  static func attributes(_ bytes: ArraySlice<UInt8>) -> [(UInt16, ArraySlice<UInt8>)] {
    var found: [(UInt16, ArraySlice<UInt8>)] = []
    var rest = bytes
    while rest.count >= 4 {
      let start = rest.startIndex
      let length = Int(rest.little16(at: start))
      guard length >= 4, length <= rest.count else { break }
      // The upper two bits say that it holds attributes, or is in the network's order.
      found.append((rest.little16(at: start + 2) & 0x3FFF, rest[(start + 4)..<(start + length)]))
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return found
  }

  static func attribute(_ type: UInt16, _ text: String) -> [UInt8] {
    let value = Array(text.utf8) + [0]
    return little(UInt16(4 + value.count)) + little(type) + value
      + Array(repeating: 0, count: (4 - value.count % 4) % 4)
  }

  /// One message: head, family and attributes.
  ///
  /// - Parameter resource: `res_id` of nfgenmsg: which part of netfilter a batch is for.
  static func message(
    _ type: UInt16, flags: UInt16, family: UInt8 = 0, resource: UInt16 = 0, _ attributes: [UInt8] = []
  ) -> [UInt8] {
    // In pieces: as one sum Swift 6.0 does not get through it.
    let head: [UInt8] = little(UInt16(20 + attributes.count)) + [0, 0] + little(type) + little(flags)
    let rest: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, family, 0, UInt8(resource >> 8), UInt8(resource & 0xFF)]
    return head + rest + attributes
  }

  private static func little(_ number: UInt16) -> [UInt8] { [UInt8(number & 0xFF), UInt8(number >> 8)] }
}

extension ArraySlice<UInt8> {
  fileprivate func little16(at index: Int) -> UInt16 { UInt16(self[index]) | UInt16(self[index + 1]) << 8 }
  fileprivate func little32(at index: Int) -> UInt32 {
    UInt32(little16(at: index)) | UInt32(little16(at: index + 2)) << 16
  }
  var little32: UInt32 { count < 4 ? 0 : little32(at: startIndex) }
  var big32: UInt32 { prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
  var big64: UInt64 { prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
  /// Up to its NUL.
  var text: String { String(decoding: prefix { $0 != 0 }, as: UTF8.self) }
}
