import HostState

// MARK: What keeps visitors from the daemon

extension SSHDSandbox {
  /// The setting that gives the service a network of its own.
  var ownNetwork: String? {
    if properties["PrivateNetwork"] == "yes" { return "PrivateNetwork=yes" }
    return properties["NetworkNamespacePath"].flatMap { $0.isEmpty ? nil : "NetworkNamespacePath=\($0)" }
  }

  /// The setting under which the service makes no socket of this family: a list of those that are left to it, or after
  /// `~` of those that are not.
  func withholding(family: String) -> String? {
    guard let value = properties["RestrictAddressFamilies"], !value.isEmpty else { return nil }
    let names = value.drop { $0 == "~" }.split { $0 == " " || $0 == "~" }.map(String.init)
    let isKept = value.hasPrefix("~") ? !names.contains(family) : names.contains(family)
    return isKept ? nil : "RestrictAddressFamilies=\(value)"
  }

  /// The setting by which systemd drops packets of some addresses.
  var filter: String? {
    properties["IPAddressDeny"].flatMap { $0.isEmpty ? nil : "IPAddressDeny=\($0)" }
  }

  /// What is allowed comes before what is denied, and what is neither may pass: systemd.resource-control(5).
  func refuses(_ source: AddressRange) -> Bool {
    func holds(_ name: String) -> Bool { ranges(name).contains { $0.contains(source) } }
    return !holds("IPAddressAllow") && holds("IPAddressDeny")
  }

  private func ranges(_ name: String) -> [AddressRange] {
    (properties[name] ?? "").split(separator: " ").flatMap { word in
      (Self.symbols[String(word)] ?? [String(word)]).compactMap { AddressRange($0) }
    }
  }

  private static let symbols = [
    "any": ["0.0.0.0/0", "::/0"], "localhost": ["127.0.0.0/8", "::1"],
    "link-local": ["169.254.0.0/16", "fe80::/64"], "multicast": ["224.0.0.0/4", "ff00::/8"],
  ]
}
