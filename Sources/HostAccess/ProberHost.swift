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
    let addresses = InterfaceAddress.all().filter { $0.isUp && !$0.isLoopback }
    return .there(
      value: .host(
        HostFacts(
          system: release["ID"] ?? "linux", version: release["VERSION_ID"] ?? "",
          prettyName: release["PRETTY_NAME"] ?? "Linux", hostName: hostName(), timeZone: timeZone(),
          addresses: addresses.map(\.text).filter { !$0.hasPrefix("fe80:") },
          uplinks: max(defaultRoutes(), interfaces(of: addresses)))))
  }

  private static func hostName() -> String {
    String.written(capacity: 256) { name, capacity in gethostname(name, capacity) == 0 } ?? ""
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

  /// Interfaces with an IPv4 address. Behind a bridge lie guests and containers of this host's own.
  private static func interfaces(of addresses: [InterfaceAddress]) -> Int {
    let names = Set(addresses.filter { !$0.text.contains(":") }.map(\.interface))
    return names.count { access("/sys/class/net/\($0)/bridge", F_OK) != 0 }
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
