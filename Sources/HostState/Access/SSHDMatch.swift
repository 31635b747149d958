/// What the patterns of sshd_config(5) hold for.
package enum SSHDMatch {
  /// Whether an address is in a list, in which `10.0.0.0/8` is a block; nil where one cannot be read.
  package static func addresses(_ list: String, _ address: String) -> Bool? {
    guard list.contains("/") else { return matches(list, [address]) }
    guard let own = AddressRange(NetworkAddress.plain(address)) else { return nil }
    var found = false
    for pattern in list.split(separator: ",") {
      let isNegated = pattern.hasPrefix("!")
      let text = String(isNegated ? pattern.dropFirst() : pattern)
      let holds: Bool
      if text.contains("/") {
        guard let block = AddressRange(text) else { return nil }
        holds = block.contains(own)
      } else {
        holds = Wildcard(text).matches(address)
      }
      if holds && isNegated { return false }
      found = found || holds
    }
    return found
  }

  /// A pattern list of ssh_config(5): one that is negated and matches decides against all others.
  package static func matches(_ list: String, _ names: [String]) -> Bool {
    var found = false
    for pattern in list.split(separator: ",") {
      let negated = pattern.hasPrefix("!")
      let wildcard = Wildcard(String(negated ? pattern.dropFirst() : pattern))
      guard names.contains(where: wildcard.matches) else { continue }
      if negated { return false }
      found = true
    }
    return found
  }
}
