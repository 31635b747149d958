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
    let routes = routes()
    return .there(
      value: .host(
        HostFacts(
          system: release["ID"] ?? "linux", version: release["VERSION_ID"] ?? "",
          prettyName: release["PRETTY_NAME"] ?? "Linux", hostName: hostName(), timeZone: timeZone(),
          addresses: addresses.map(\.text).filter { !$0.hasPrefix("fe80:") },
          uplinks: max(defaults(among: routes), interfaces(of: addresses, routes)),
          hasRoutingRules: RoutingRules.hasOthers)))
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

  /// Interfaces with an IPv4 address or route. Behind a bridge lie guests and containers of this host's own.
  private static func interfaces(of addresses: [InterfaceAddress], _ routes: [[Substring]]) -> Int {
    let names = Set(addresses.filter { !$0.text.contains(":") }.map(\.interface) + routes.map { String($0[0]) })
    return names.count { access("/sys/class/net/\($0)/bridge", F_OK) != 0 }
  }

  /// Those with destination and mask 0.
  private static func defaults(among routes: [[Substring]]) -> Int {
    routes.count { $0[1] == "00000000" && $0[7] == "00000000" }
  }

  /// Lines of `/proc/net/route` with the flags up and gateway, or up alone (a tunnel); none that reject, by no interface.
  private static func routes() -> [[Substring]] {
    SmallFile.lines("/proc/net/route").dropFirst().map { $0.split(whereSeparator: \.isWhitespace) }.filter { fields in
      fields.count > 7 && fields[0] != "*" && (UInt16(fields[3], radix: 16) ?? 0) & 1 != 0
    }
  }
}
