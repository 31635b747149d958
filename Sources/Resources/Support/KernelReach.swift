import HostState

extension Risk {
  /// What a kernel setting can do to ways in when it gets another value.
  ///
  /// Redirects and routes of the sender's choice are no way in: a router that sends the first passes packets on all the
  /// same, and sshd refuses the second (OpenSSH's `check_ip_options`).
  init(setting key: String, from before: String, to after: String) {
    let key = SysctlKey.dotted(key)
    guard key.hasPrefix("net."), let name = key.split(separator: ".").last.map(String.init) else {
      self = .none
      return
    }
    if name == "rp_filter" {
      // From nothing over loose to strict (ip-sysctl.rst).
      let order = ["0", "2", "1"]
      let isTighter = (order.firstIndex(of: after) ?? 3) > (order.firstIndex(of: before) ?? -1)
      self = isTighter ? .closes : .none
    } else {
      self = Self.decidingPackets.contains(name) ? .closes : .none
    }
  }

  /// Settings by which an address, a route or an answer to a neighbour comes or goes.
  private static let decidingPackets: Set<String> = [
    "accept_ra", "accept_ra_defrtr", "arp_announce", "arp_filter", "arp_ignore", "autoconf", "disable_ipv6",
    "forwarding", "src_valid_mark",
  ]
}
