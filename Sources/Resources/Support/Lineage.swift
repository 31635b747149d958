/// Where certbot keeps the certificate of a name: `/etc/letsencrypt/live/NAME`.
struct Lineage: Hashable {
  static let live: Path = "/etc/letsencrypt/live"
  let name: String
  let directory: Path

  init(_ name: String) { (self.name, directory) = (name, Self.live / name) }

  /// The certificate with those that vouch for it.
  var chain: Path { directory / "fullchain.pem" }
  var key: Path { directory / "privkey.pem" }
  /// What certbot renews it by.
  var renewal: Path { Path("/etc/letsencrypt/renewal/\(name).conf") }
  var archive: Path { Path("/etc/letsencrypt/archive/\(name)") }
  /// harden's note that a trial of the renewal worked, and for which names.
  var proof: Path { Path("/etc/harden/renewal/\(name)") }

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

  /// What `served(of:on:)` and `isProved(on:)` look at, and what Apache has to load anew when it changes.
  var probes: Set<Probe> {
    [.certificate(path: chain), .file(path: proof), .stale(unit: ApacheFiles.unit, paths: [directory])]
  }

  /// Those of the names that the certificate is for. One that is being ordered is for all.
  func served(of names: SiteNames, on host: Observations) throws(Diagnostic) -> [String] {
    let answer = try host.certificate(chain)
    if answer == .moved { return names.all }
    guard let facts = try answer.known(chain.text), facts.covers(names.first) else { return [] }
    return names.all.filter(facts.covers)
  }

  /// Whether a trial of its renewal has worked.
  func isProved(on host: Observations) throws(Diagnostic) -> Bool { try host.file(proof).known(proof.text) != nil }
}
