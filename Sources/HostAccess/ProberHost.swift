import Glibc
import HostState

/// Release, names and addresses, without a program.
enum HostReading {
  static func answer() -> Answer<Fact> {
    var release: [String: String] = [:]
    // os-release(5): the second where the first is missing.
    for path in ["/etc/os-release", "/usr/lib/os-release"] where release.isEmpty {
      if case .read(let text) = SmallFile.text(path) { release = SmallFile.assignments(text) }
    }
    return .there(
      value: .host(
        HostFacts(
          system: release["ID"] ?? "linux", version: release["VERSION_ID"] ?? "",
          prettyName: release["PRETTY_NAME"] ?? "Linux", hostName: hostName(), timeZone: timeZone(),
          addresses: addresses(), uplinks: max(defaultRoutes(), interfaces()))))
  }

  private static func hostName() -> String {
    text(capacity: 256) { name, capacity in gethostname(name, Int(capacity)) == 0 } ?? ""
  }

  /// What `/etc/localtime` points at is in force; `/etc/timezone` is Debian's note of it.
  private static func timeZone() -> String {
    if let target = FileReading.linkTarget("/etc/localtime") {
      let parts = target.split(separator: "/")
      if let folder = parts.firstIndex(of: "zoneinfo"), folder + 1 < parts.count {
        return parts[(folder + 1)...].joined(separator: "/")
      }
    }
    return SmallFile.lines("/etc/timezone").first.map(String.init) ?? "Etc/UTC"
  }

  /// The addresses of interfaces that are up, the loopback left out.
  private static func forEachAddress(_ visit: (_ name: String, UnsafeMutablePointer<sockaddr>) -> Void) {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return }
    defer { freeifaddrs(first) }
    var next = first
    while let entry = next?.pointee {
      next = entry.ifa_next
      guard let address = entry.ifa_addr, entry.ifa_flags & UInt32(IFF_UP) != 0,
        entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0
      else { continue }
      visit(String(cString: entry.ifa_name), address)
    }
  }

  /// Link-local ones left out.
  private static func addresses() -> [String] {
    var addresses: [String] = []
    forEachAddress { _, address in
      let size: Int
      switch Int32(address.pointee.sa_family) {
      case AF_INET: size = MemoryLayout<sockaddr_in>.size
      case AF_INET6: size = MemoryLayout<sockaddr_in6>.size
      default: return
      }
      let text = text(capacity: Int(NI_MAXHOST)) { name, capacity in
        getnameinfo(address, socklen_t(size), name, capacity, nil, 0, NI_NUMERICHOST) == 0
      }
      if let text, !text.hasPrefix("fe80:") { addresses.append(text) }
    }
    return addresses
  }

  /// Interfaces with an IPv4 address. Behind a bridge lie guests and containers of this host's own.
  private static func interfaces() -> Int {
    var names: Set<String> = []
    forEachAddress { name, address in
      guard Int32(address.pointee.sa_family) == AF_INET else { return }
      if access("/sys/class/net/\(name)/bridge", F_OK) != 0 { names.insert(name) }
    }
    return names.count
  }

  /// What a C function wrote into a buffer; nil when it failed.
  private static func text(capacity: Int, _ fill: (UnsafeMutablePointer<CChar>, UInt32) -> Bool) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { room in
      room.initialize(repeating: 0)
      guard let base = room.baseAddress, fill(base, UInt32(capacity - 1)) else { return nil }
      return String(cString: base)
    }
  }

  /// Lines of `/proc/net/route` with destination and mask 0 and the flags up and gateway, or up alone (a tunnel).
  private static func defaultRoutes() -> Int {
    SmallFile.lines("/proc/net/route").dropFirst().count { line in
      let fields = line.split(whereSeparator: \.isWhitespace)
      return fields.count > 7 && fields[1] == "00000000" && fields[7] == "00000000"
        && (UInt16(fields[3], radix: 16) ?? 0) & 1 != 0
    }
  }
}
