extension Apache {
  /// The text of `zz-harden.conf`, after its first line.
  func text(hasTLS: Bool) -> String {
    let pairs = headers.list(coep: coep).flatMap { SecurityHeaders.pair($0.name, $0.value) }
    var lines = [
      "ServerTokens \(serverTokens.rawValue)",
      "ServerSignature \(serverSignature.rawValue)",
      "TraceEnable Off",
      "# HTTP/0.9 has no headers at all.",
      "HttpProtocolOptions Strict Require1.0",
      "",
      "# Every response has each of these once, Apache's own errors and the application's included.",
    ]
    lines += pairs
    lines += ["# Once more after .htaccess, which would double them.", "<If \"true\">"]
    lines += pairs.map { "  " + $0 }
    lines += [
      "</If>", "", "# Tokens for certificates, the same for every name.",
      "Alias \"/.well-known/acme-challenge/\" \"\(Self.challenges)/.well-known/acme-challenge/\"",
      "<Directory \"\(Self.challenges)\">",
      "  Options None",
      "  AllowOverride None",
      "  Require all granted",
      "</Directory>",
      "<Location \"/.well-known/acme-challenge/\">",
      "  SetHandler default-handler",
      "</Location>",
    ]
    if hasTLS { lines += Self.tls }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Mozilla's intermediate level, the server's order; tickets off, since their key would never change.
  private static let tls = [
    "",
    "SSLProtocol -all +TLSv1.2 +TLSv1.3",
    "SSLHonorCipherOrder on",
    "SSLSessionTickets off",
    "SSLCipherSuite "
      + [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
      ].joined(separator: ":"),
    "# BREACH (CVE-2013-3587): pages with secrets are not compressed over TLS, static files are.",
    "SetEnvIfExpr \"%{HTTPS} == 'on' && %{REQUEST_URI} !~ m#^/static/#\" no-gzip",
  ]

  /// The virtual host that is read first: what names no site of this host is refused.
  static func unknownHostText(hasTLS: Bool) -> String {
    func host(_ port: Int, _ certificate: [String]) -> [String] {
      ["<VirtualHost *:\(port)>", "  ServerName unknown.invalid", "  DocumentRoot \"\(challenges)\""] + certificate + [
        "  <LocationMatch \"^/(?!\\.well-known/acme-challenge/|server-status$)\">",
        "    Require all denied",
        "  </LocationMatch>",
        "</VirtualHost>",
      ]
    }
    var lines = host(80, [])
    if hasTLS {
      lines += [
        "",
        "# Debian's throw-away certificate (package ssl-cert): who asks for no site learns no name.",
      ]
      lines += host(
        443,
        [
          "  SSLEngine on",
          "  SSLCertificateFile /etc/ssl/certs/ssl-cert-snakeoil.pem",
          "  SSLCertificateKeyFile /etc/ssl/private/ssl-cert-snakeoil.key",
        ])
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
