/// Where certbot keeps the certificate of a name: `/etc/letsencrypt/live/NAME`.
struct Lineage {
  static let live: Path = "/etc/letsencrypt/live"
  let directory: Path

  init(_ name: String) { directory = Self.live / name }

  /// The certificate with those that vouch for it.
  var chain: Path { directory / "fullchain.pem" }
  var key: Path { directory / "privkey.pem" }
}
