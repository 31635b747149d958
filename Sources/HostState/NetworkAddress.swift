/// Addresses of IPv4 and IPv6, as the kernel and the daemons write them.
package enum NetworkAddress {
  /// IPv4 as itself where a dual-stack socket shows it as IPv6 (RFC 4291 §2.5.5.2).
  package static func plain(_ address: String) -> String {
    address.hasPrefix("::ffff:") && address.contains(".") ? String(address.dropFirst(7)) : address
  }

  /// Whether nobody but the host itself can reach it.
  package static func isLoopback(_ address: String) -> Bool {
    let address = plain(address)
    return address == "::1" || address.hasPrefix("127.")
  }
}
