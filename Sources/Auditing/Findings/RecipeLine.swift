/// What a recipe says to mend what an audit found. A test compiles these lines.
///
/// `…` stands for what differs from site to site.
package enum RecipeLine {
  package static let headers = "Apache(headers: .strict)"
  package static let embedder = "Apache(headers: .strict, coep: true)"
  package static let quiet = "Apache(serverTokens: .prod, serverSignature: .off)"
  package static let certificate = "Certificate(for: names)"
  package static let site = "Site(names: names, …)"
  package static let settings = "Site(names: names, …, settings: \"mysite.settings\")"
  package static let secrets = "SecretsFile(\"/etc/django_config.json\", …)"
  package static let noDebug = "Value(\"DEBUG\", \"False\")"
  package static let ports = "Firewall(…, allow: [.ssh, .http, .https])"

  package static let all = [
    headers, embedder, quiet, certificate, site, settings, secrets, noDebug, ports,
  ]

  static let redirect = "\(certificate), and \(site) then redirects to https"
  static let longHSTS =
    "\(certificate): sudo harden apply tries its renewal, and \(site) then sends max-age=31557600, a year"
  static let protocols = "Apache() takes TLS 1.2 and 1.3 alone (SSLProtocol -all +TLSv1.2 +TLSv1.3)"
  /// As a string of Swift's, whatever is in it.
  static func literal(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": literal += "\\\(scalar)"
      case " "..."~": literal.unicodeScalars.append(scalar)
      default: literal += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
    return literal + "\""
  }

  /// Settings are the project's own: the fragment that harden keeps has them.
  static func setting(_ words: String) -> String {
    "\(words), as `harden template django-settings` has it; \(settings) looks whether it is read"
  }
  /// What no recipe can do.
  static func application(_ words: String) -> String { "\(words); that is up to the application, not to a recipe" }
}
