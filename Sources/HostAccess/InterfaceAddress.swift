import Glibc

/// An address of one of this host's interfaces.
struct InterfaceAddress {
  let interface: String
  /// In the notation of inet_ntop(3).
  let text: String
  let isUp: Bool
  let isLoopback: Bool

  /// Those of IPv4 and IPv6, in the kernel's order.
  static func all() -> [InterfaceAddress] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var all: [InterfaceAddress] = []
    var next = first
    while let entry = next?.pointee {
      next = entry.ifa_next
      guard let address = entry.ifa_addr, let text = text(of: address) else { continue }
      all.append(
        InterfaceAddress(
          interface: String(cString: entry.ifa_name), text: text, isUp: entry.ifa_flags & UInt32(IFF_UP) != 0,
          isLoopback: entry.ifa_flags & UInt32(IFF_LOOPBACK) != 0))
    }
    return all
  }

  private static func text(of address: UnsafePointer<sockaddr>) -> String? {
    let size: Int
    switch Int32(address.pointee.sa_family) {
    case AF_INET: size = MemoryLayout<sockaddr_in>.size
    case AF_INET6: size = MemoryLayout<sockaddr_in6>.size
    default: return nil
    }
    let text = String.written(capacity: Int(NI_MAXHOST)) { name, capacity in
      getnameinfo(address, socklen_t(size), name, socklen_t(capacity), nil, 0, NI_NUMERICHOST) == 0
    }
    return text.map { String($0.prefix { $0 != "%" }) }
  }
}
