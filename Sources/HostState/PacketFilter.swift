/// ufw's own files: `/etc/ufw/ufw.conf`, `/etc/default/ufw`, `/etc/ufw/user.rules`, `user6.rules`.
public struct UFWFiles: Hashable, Codable, Sendable {
  /// `ENABLED=` of ufw.conf.
  public var enabled: Bool
  /// `IPV6=` of /etc/default/ufw.
  public var ipv6: Bool
  /// `DEFAULT_*_POLICY`, lower case, as ufw's command line words them: `deny` (DROP), `reject`, `allow`.
  public var incoming: String
  public var outgoing: String
  public var routed: String
  /// The text after `### tuple ### ` of each rule, in file order.
  public var rules: [String]
  public var rules6: [String]

  public init(
    enabled: Bool, ipv6: Bool, incoming: String, outgoing: String, routed: String, rules: [String], rules6: [String]
  ) {
    self.enabled = enabled
    self.ipv6 = ipv6
    self.incoming = incoming
    self.outgoing = outgoing
    self.routed = routed
    self.rules = rules
    self.rules6 = rules6
  }
}

/// The kernel's packet filter: what is in force.
public struct PacketFilter: Hashable, Codable, Sendable {
  /// `iptables-save` without comments and counters, line by line: `*filter`, `:INPUT DROP`, `-A INPUT …`.
  public var ipv4: [String]
  /// `ip6tables-save`, likewise.
  public var ipv6: [String]
  /// Text of every nft table that iptables-save does not tell, without counters and without the word `table` ahead of
  /// `inet NAME {`; tables of the old kernel interface as `ip legacy` and their save.
  public var otherTables: [String]

  public init(ipv4: [String], ipv6: [String], otherTables: [String]) {
    (self.ipv4, self.ipv6, self.otherTables) = (ipv4, ipv6, otherTables)
  }

  package static let empty = PacketFilter(ipv4: [], ipv6: [], otherTables: [])
  package var isEmpty: Bool { self == .empty }
}
