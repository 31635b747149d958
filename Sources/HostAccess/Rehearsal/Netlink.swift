import Glibc
import HostState
import SystemCalls

/// Messages of nf_tables over netlink(7), as bytes.
///
/// Lengths and types are in the host's order (little-endian, as all of Debian's large ports are), what attributes hold in
/// the network's.
enum NetlinkText {
  struct Message {
    let type: UInt16
    let family: UInt8
    let attributes: ArraySlice<UInt8>
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
          type: rest.little16(at: start + 4), family: isBare ? 0 : rest[start + 16],
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
    let length = UInt16(4 + value.count)
    return [UInt8(length & 0xFF), UInt8(length >> 8), UInt8(type & 0xFF), UInt8(type >> 8)] + value
      + Array(repeating: 0, count: (4 - value.count % 4) % 4)
  }
}

extension ArraySlice<UInt8> {
  fileprivate func little16(at index: Int) -> UInt16 { UInt16(self[index]) | UInt16(self[index + 1]) << 8 }
  fileprivate func little32(at index: Int) -> UInt32 {
    UInt32(little16(at: index)) | UInt32(little16(at: index + 2)) << 16
  }
  var big32: UInt32 { prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
  var big64: UInt64 { prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
  /// Up to its NUL.
  var text: String { String(decoding: prefix { $0 != 0 }, as: UTF8.self) }
}

/// The rules of a chain, by the kernel's own numbers for them, in their order: `NFT_MSG_GETRULE`.
enum RuleList {
  private static let subsystem = UInt16(10 << 8)

  /// - Parameter family: 2 for IPv4, 10 for IPv6.
  static func handles(family: UInt8, table: String, chain: String) -> [UInt64] {
    let number = harden_filter_socket(0)
    guard number >= 0 else { return [] }
    let socket = Descriptor(number)
    let names = NetlinkText.attribute(1, table) + NetlinkText.attribute(2, chain)
    let length = UInt16(20 + names.count)
    let type = subsystem | 7
    // NLM_F_REQUEST | NLM_F_DUMP
    let flags = UInt16(0x301)
    let head: [UInt8] =
      [UInt8(length & 0xFF), UInt8(length >> 8), 0, 0, UInt8(type & 0xFF), UInt8(type >> 8)]
      + [UInt8(flags & 0xFF), UInt8(flags >> 8), 1, 0, 0, 0, 0, 0, 0, 0]
    let request = head + [family, 0, 0, 0] + names
    guard send(socket.number, request, request.count, 0) == request.count else { return [] }
    return answers(from: socket)
  }

  private static func answers(from socket: Descriptor) -> [UInt64] {
    var handles: [UInt64] = []
    var room = [UInt8](repeating: 0, count: 65_536)
    while true {
      var waiting = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 1000) == 1 else { return [] }
      let count = recv(socket.number, &room, room.count, 0)
      guard count > 0 else { return [] }
      for message in NetlinkText.messages(Array(room[..<count])) {
        switch message.type {
        // NLMSG_DONE, NLMSG_ERROR
        case 3: return handles
        case 2: return []
        // NFT_MSG_NEWRULE
        case subsystem | 6:
          for (type, value) in NetlinkText.attributes(message.attributes) where type == 3 {
            handles.append(value.big64)
          }
        default: break
        }
      }
    }
  }
}
