/// Where certbot keeps the certificate of a name: `/etc/letsencrypt/live/NAME`.
struct Lineage {
  static let live: Path = "/etc/letsencrypt/live"
  let directory: Path

  init(_ name: String) { directory = Self.live / name }

  /// The certificate with those that vouch for it.
  var chain: Path { directory / "fullchain.pem" }
  var key: Path { directory / "privkey.pem" }

  /// The names of all certificates that are there; certbot leaves a README beside them. Only root can look.
  static func names(on host: Observations) throws(Diagnostic) -> [String] {
    guard case .there(let names) = try host.names(in: live) else { return [] }
    return names.filter { $0 != "README" }
  }

  /// Whether there are any, as far as was asked.
  static func areKnown(on known: Observations) -> Bool {
    guard case .there(.names(let names))? = known.answer(.names(directory: live)) else { return false }
    return names.contains { $0 != "README" }
  }
}
