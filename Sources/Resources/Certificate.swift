/// A certificate for the names of a site, and all that keeps it alive: certbot, its timer, Apache reloaded after each
/// renewal, a trial of the renewal.
///
///     Certificate(for: ["example.com", "www.example.com"], email: "me@example.com")
///
/// What it depends on lies outside: the names must lead to this host. Until they do it is waited for, which is no
/// failure. It is ordered once an apply, through certbot's webroot: its plugin for Apache edits files of others.
public struct Certificate: ResourceGroup {
  public let upkeep: CertificateUpkeep
  public let issued: IssuedCertificate

  /// - Parameters:
  ///   - names: the first one names the lineage. A name that leaves this list stays in the certificate.
  ///   - email: the authority's contact; Let's Encrypt needs none and warns nobody of an expiry any more.
  ///   - server: the URL of another authority's ACME directory, or `staging` for Let's Encrypt's, whose certificates no
  ///     browser takes. The root of a private authority belongs in `/usr/local/share/ca-certificates`
  ///     (`update-ca-certificates(8)`), so that renewals find it too.
  public init(for names: [String], email: String? = nil, server: String? = nil) {
    upkeep = CertificateUpkeep(for: names.first ?? "")
    issued = IssuedCertificate(for: names, email: email, server: server)
  }

  public var members: [any Resource] { [upkeep, issued] }
}
