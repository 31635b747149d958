/// What Debian's package brings when it is installed on a host that never had it.
///
/// Only what resources look at is listed; whatever the table does not know is found by planning again after the
/// install, and shown before anything else is done.
struct StockPackage {
  /// Files, links and directories it makes.
  var entries: [Path: PlannedEntry] = [:]
  /// Units, accounts and listeners it makes.
  var effects: [Effect] = []
  /// Paths about which tools cannot be asked before it is there.
  var unsettles: [Path] = []
  /// Packages that it depends on and that resources know by name.
  var brings: [String] = []
}

extension StockPackage {
  static let table: [String: StockPackage] = [
    "ufw": ufw, "apache2": apache2, "libapache2-mod-wsgi-py3": modWSGI, "certbot": certbot,
    "ssl-cert": sslCert, "openssh-server": opensshServer, "sudo": sudo,
  ]

  /// ufw 0.36.2 (Debian 12 and 13): enabled as a unit, inactive, `ENABLED=no`, no rules.
  private static let ufw = StockPackage(
    entries: [
      "/etc/ufw": .directory(mode: 0o755, owner: .root)
    ],
    effects: [
      .unit(name: "ufw.service", enabled: true, active: false),
      .answers(
        probe: .ufw,
        answer: .there(
          value: .ufw(
            UFWFiles(
              enabled: false, ipv6: true, incoming: "deny", outgoing: "allow", routed: "deny", rules: [], rules6: [])))),
    ])
}
