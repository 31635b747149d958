/// What certbot is to have certified: a lineage of its own, and the names in it.
public struct CertificateOrder: Hashable, Codable, Sendable {
  /// The lineage, `--cert-name`.
  public var name: String
  /// All names, those that it has already included: certbot drops what is left out.
  public var names: [String]
  /// Where certbot puts the tokens that the authority fetches over port 80.
  public var webroot: Path
  /// `/usr/bin/certbot`, or `/snap/bin/certbot`.
  public var program: Path
  /// The timer that renews.
  public var timer: String
  /// The authority's contact; Let's Encrypt needs none and sends nothing.
  public var email: String?
  /// The URL of the authority's ACME directory; certbot's default (Let's Encrypt) where nil.
  public var server: String?
  /// Whether it is ordered although the one that is there is not due, since another authority is to sign.
  public var isForced = false
  /// `ecdsa` or `rsa`; certbot's own choice where nil, which before 2.0 (Ubuntu 22.04) is RSA.
  public var keyType: String?

  public init(
    name: String, names: [String], webroot: Path, program: Path, timer: String, email: String? = nil,
    server: String? = nil, isForced: Bool = false, keyType: String? = nil
  ) {
    (self.name, self.names, self.webroot, self.program) = (name, names, webroot, program)
    (self.timer, self.email, self.server, self.isForced) = (timer, email, server, isForced)
    self.keyType = keyType
  }

  /// `/etc/letsencrypt/live/NAME`.
  public var directory: Path { Path("/etc/letsencrypt/live/\(name)") }
  /// The certificate with those that vouch for it.
  public var chain: Path { directory / "fullchain.pem" }

  /// Orders it. Never with certbot's plugin for Apache, which edits files of others.
  public var issuing: Command {
    var words = ["certonly", "--non-interactive", "--agree-tos"]
    words += email.map { ["--no-eff-email", "-m", $0] } ?? ["--register-unsafely-without-email"]
    if let server { words += ["--server", server] }
    if isForced { words.append("--force-renewal") }
    words += ["--webroot", "-w", webroot.text]
    if let keyType { words += ["--key-type", keyType] }
    words += ["--cert-name", name, "--expand"]
    for name in names { words += ["-d", name] }
    return Command(program, words, timeLimit: 300)
  }

  /// What a person types to have it for these names alone, those of before that are not among them taken out.
  public var replacing: Command {
    Command(
      program, issuing.arguments.map { $0 == "--expand" ? "--renew-with-new-domains" : $0 }, timeLimit: 300)
  }

  /// Goes through a renewal and throws its result away. Without `--server` certbot would ask Let's Encrypt's staging
  /// server whatever the lineage says, and without a terminal it would wait for up to eight minutes first.
  public var trial: Command {
    var words = ["renew", "--cert-name", name, "--dry-run", "--no-random-sleep-on-renew", "--non-interactive"]
    if let server { words += ["--server", server] }
    return Command(program, words, timeLimit: 300)
  }
}

/// What a certificate on disk says of itself.
public struct CertificateFacts: Hashable, Codable, Sendable {
  /// In lower case; `*.example.com` stands for one label.
  public var names: [String]
  public var issuer: String
  /// Seconds since 1970; nil where it could not be read.
  public var expires: Int?
  public var isExpired: Bool
  /// Whether less than a sixth of its time is left: certbot renews when a third is.
  public var endsSoon: Bool
  public var isSelfSigned: Bool

  public init(
    names: [String], issuer: String = "", expires: Int? = nil, isExpired: Bool = false, endsSoon: Bool = false,
    isSelfSigned: Bool = false
  ) {
    (self.names, self.issuer, self.expires) = (names, issuer, expires)
    (self.isExpired, self.endsSoon, self.isSelfSigned) = (isExpired, endsSoon, isSelfSigned)
  }

  /// RFC 6125 §6.4.3.
  public func covers(_ name: String) -> Bool {
    if names.contains(name) { return true }
    guard let dot = name.firstIndex(of: ".") else { return false }
    return names.contains("*" + name[dot...])
  }
}
