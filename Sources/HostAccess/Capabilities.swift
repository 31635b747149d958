import Glibc

/// What root is kept from here: a container without privileges, or a unit with a bounding set.
enum Capabilities {
  /// Bits of `CapEff` in `/proc/self/status` (capabilities(7)) that asking a host takes.
  private static let wanted: [(bit: UInt64, name: String)] = [
    (1, "CAP_DAC_OVERRIDE"), (12, "CAP_NET_ADMIN"), (21, "CAP_SYS_ADMIN"),
  ]

  /// Nil where nothing is missing, or the caller is not root anyway.
  static func missingWords(_ status: [Substring] = SmallFile.lines("/proc/self/status")) -> String? {
    guard geteuid() == 0, let line = status.first(where: { $0.hasPrefix("CapEff:") }),
      let word = line.split(whereSeparator: { $0 == "\t" || $0 == " " }).last, let bits = UInt64(word, radix: 16)
    else { return nil }
    let missing = wanted.filter { bits >> $0.bit & 1 == 0 }.map(\.name)
    return missing.isEmpty ? nil : "root is without \(missing.joined(separator: " and ")) here"
  }
}
