/// Apache's own behaviour: what it says of itself, the headers it sends, and what a request for no site gets.
///
///     Apache(serverTokens: .prod, serverSignature: .off, headers: .strict)
///
/// One file, `conf-available/zz-harden.conf`, enabled by a link as `a2enconf` makes it; `zz`, since the last global line
/// wins and Debian's own `conf-enabled/security.conf` says `ServerTokens OS`. Judged by what is in force: a global line in
/// `sites-enabled` or at the end of `apache2.conf` is read later still, and `ServerSignature` in a virtual host beats
/// both; then file and line are named. `/server-status` stays as Debian has it: for the host itself only.
///
/// A request that names no site of this host gets 403: a virtual host of harden's is read first. Debian's 000-default
/// is disabled for it. TLS is on as soon as certbot holds a certificate.
public struct Apache: Resource {
  public enum ServerTokens: String, Hashable, Codable, Sendable {
    case prod = "Prod"
    case major = "Major"
    case minor = "Minor"
    case minimal = "Min"
    case os = "OS"
    case full = "Full"
  }
  public enum ServerSignature: String, Hashable, Codable, Sendable {
    case off = "Off"
    case on = "On"
  }
  let serverTokens: ServerTokens
  let serverSignature: ServerSignature
  let headers: SecurityHeaders
  let coep: Bool

  /// - Parameter coep: `Cross-Origin-Embedder-Policy: require-corp`, which blocks what other sites embed here.
  public init(
    serverTokens: ServerTokens = .prod, serverSignature: ServerSignature = .off, headers: SecurityHeaders = .strict,
    coep: Bool = false
  ) {
    (self.serverTokens, self.serverSignature) = (serverTokens, serverSignature)
    (self.headers, self.coep) = (headers, coep)
  }

  public var address: String { "apache" }

  public static var examples: [Apache] {
    [Apache(), Apache(serverTokens: .major, serverSignature: .on, headers: .reportOnly, coep: true)]
  }

  static let name = "zz-harden"
  static let unknownHost = "000-harden-unknown"
  /// Where certbot puts the tokens that the certificate authority fetches over port 80.
  static let challenges: Path = "/var/www/acme"
  private static let stockSite = ApacheFiles.enabled("sites", "000-default")
  private static let directives = ["ServerTokens", "ServerSignature", "TraceEnable"]

  private static let modules = ["headers", "rewrite"]
  private static let modulesOfTLS = ["socache_shmcb", "ssl"]

  public func probes(given known: Observations) -> Set<Probe> {
    var probes = ApacheFiles.probes(packages: packages(given: known), given: known)
      .union(ApacheFiles.probes("conf", Self.name))
      .union(ApacheFiles.probes("sites", Self.unknownHost))
      .union(ApacheFiles.probes(modules: Self.modules + Self.modulesOfTLS))
      .union(ApacheFiles.daemonProbes)
      .union([
        .file(path: Self.stockSite), .file(path: Self.challenges), .names(directory: Lineage.live),
        .output(question: ApacheConfiguration.question), .operator, .listeners,
      ])
      .union(WebPort.probes(given: known))
    if known.answer(.output(question: ApacheConfiguration.question)) == .moved {
      probes.insert(.output(question: Self.standing))
    }
    return probes
  }

  /// Of what is planned only that which needs no package but Apache's own.
  static let standing = ApacheConfiguration.standing(
    [ApacheFiles.available("conf", name), ApacheFiles.enabled("conf", name), stockSite]
      + (modules + modulesOfTLS).flatMap { ApacheFiles.links(module: $0).map(\.path) })

  /// The throw-away certificate that unknown names get lies in a package of its own.
  private func packages(given known: Observations) -> [String] {
    ["apache2"] + (Lineage.areKnown(on: known) ? ["ssl-cert"] : [])
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    try headers.check()
    let hasTLS = try !Lineage.names(on: host).isEmpty
    try WebPort.check(hasTLS ? [80, 443] : [80], on: host)
    var proposal = try ApacheFiles.install(packages(given: host), on: host)
    proposal.append(
      try ApacheFiles.enable(
        modules: Self.modules + (hasTLS ? Self.modulesOfTLS : []), on: host))
    let opensTLS = proposal.changes.contains { $0.subject == "apache module ssl" }
    if try host.file(Self.challenges) == .absent {
      proposal.changes.append(Change(Self.challenges.text, from: nil, to: "directory 0755 root:root"))
      proposal.steps.append(
        Step(
          .makeDirectory(path: Self.challenges, mode: 0o755, owner: .root), requires: [ApacheFiles.package]))
    }
    let text = text(hasTLS: hasTLS)
    var file = try ApacheFiles.file("conf", Self.name, text: text, subject: "apache \(Self.name).conf", on: host)
    let isWritten = !file.steps.isEmpty
    file.changes += try headerChanges(on: host)
    proposal.append(file)
    proposal.append(
      try ApacheFiles.file(
        "sites", Self.unknownHost, text: Self.unknownHostText(hasTLS: hasTLS), subject: "apache unknown names", on: host
      ))
    proposal.describeNewFile("apache unknown names", as: "answered with 403")
    let bringsStockSite = try host.package("apache2") == .absent
    if try host.file(Self.stockSite).known(Self.stockSite.text) != nil || bringsStockSite {
      proposal.changes.append(Change("apache site 000-default", from: "enabled", to: "disabled"))
      proposal.steps.append(Step(.remove(path: Self.stockSite, check: nil), requires: [ApacheFiles.package]))
    }
    let isSettled = proposal.isSettled
    proposal.append(try inForce(on: host, isWritten: isWritten, isSettled: isSettled))
    try ApacheFiles.settleDaemon(
      &proposal, listening: hasTLS ? [80, 443] : [80], opening: opensTLS ? [443] : [], on: host)
    return proposal
  }
}
