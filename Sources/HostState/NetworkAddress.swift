/// Addresses of IPv4 and IPv6, as the kernel and the daemons write them.
package enum NetworkAddress {
  /// IPv4 as itself where a dual-stack socket shows it as IPv6 (RFC 4291 §2.5.5.2), and a link-local address without its
  /// zone, `fe80::1%eth0` (RFC 4007 §11).
  package static func plain(_ address: String) -> String {
    let address = String(address.prefix { $0 != "%" })
    return address.hasPrefix("::ffff:") && address.contains(".") ? String(address.dropFirst(7)) : address
  }

  /// Whether it is one address, and no block of them.
  package static func isOne(_ text: some StringProtocol) -> Bool {
    !text.contains("/") && AddressRange(String(text)) != nil
  }

  /// Whether it is good on one link alone: fe80::/10 (RFC 4291 §2.5.6).
  package static func isLinkLocal(_ address: String) -> Bool {
    ["fe8", "fe9", "fea", "feb"].contains { address.lowercased().hasPrefix($0) } && address.contains(":")
  }

  /// Whether nobody but the host itself can reach it.
  package static func isLoopback(_ address: String) -> Bool {
    let address = plain(address)
    return address == "::1" || address.hasPrefix("127.")
  }
}
