extension StockPackage {
  /// apache2 2.4 (Debian 12 and 13): enabled, running, on port 80 as soon as it is there.
  static let apache2 = StockPackage(
    entries: apacheEntries,
    effects: [
      .unit(name: "apache2.service", enabled: true, active: true),
      .listens(
        listener: Listener(
          transport: "tcp", address: "*", port: 80, process: "apache2", argv: ["/usr/sbin/apache2", "-k", "start"])),
      .answers(
        probe: .stale(unit: "apache2.service", paths: ["/etc/apache2"]), answer: .there(value: .flag(false))),
    ],
    unsettles: ["/etc/apache2"])

  /// libapache2-mod-wsgi-py3 4.9 and 5.0 enables itself.
  static let modWSGI = StockPackage(
    entries: [
      "/etc/apache2/mods-enabled/wsgi.conf": .link(target: "../mods-available/wsgi.conf"),
      "/etc/apache2/mods-enabled/wsgi.load": .link(target: "../mods-available/wsgi.load"),
    ],
    unsettles: ["/etc/apache2/mods-available/wsgi.load"])

  /// certbot 2.1 and 4.0: its timer is enabled and runs; `live` and `renewal-hooks` come with the first certificate.
  static let certbot = StockPackage(
    entries: ["/etc/letsencrypt": .directory(mode: 0o755, owner: .root)],
    effects: [.unit(name: "certbot.timer", enabled: true, active: true)])

  /// ssl-cert makes a key and a certificate when it is installed; Apache's sites may name them already.
  static let sslCert = StockPackage(unsettles: ["/etc/ssl/certs", "/etc/apache2/sites-available"])

  private static let apacheEntries: [Path: PlannedEntry] = {
    let root: Path = "/etc/apache2"
    var entries: [Path: PlannedEntry] = [root: .directory(mode: 0o755, owner: .root)]
    for folder in ["conf", "mods", "sites"] {
      for state in ["available", "enabled"] {
        entries[root / "\(folder)-\(state)"] = .directory(mode: 0o755, owner: .root)
      }
    }
    let names = ["charset", "localized-error-pages", "other-vhosts-access-log", "security", "serve-cgi-bin"]
    for name in names {
      entries[root / "conf-enabled/\(name).conf"] = .link(target: "../conf-available/\(name).conf")
    }
    entries[root / "sites-enabled/000-default.conf"] = .link(target: "../sites-available/000-default.conf")
    entries["/var/www"] = .directory(mode: 0o755, owner: .root)
    entries["/var/www/html"] = .directory(mode: 0o755, owner: .root)
    entries["/var/log/apache2"] = .directory(mode: 0o750, owner: Owner("root", "adm"))
    return entries
  }()
}
