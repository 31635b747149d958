/// What a browser may load and do on a page (CSP level 3), as an ordered list of directives.
public struct ContentSecurityPolicy: Hashable, Codable, Sendable {
  struct Directive: Hashable, Codable, Sendable {
    let name: String
    var sources: [String]
  }
  private(set) var directives: [Directive]

  /// Everything from the site itself and nothing else. Django's admin (3.2 to 5.2) works under it.
  public static let strict = ContentSecurityPolicy(
    directives: [
      .init(name: "default-src", sources: ["'none'"]),
      .init(name: "script-src", sources: ["'self'"]),
      .init(name: "style-src", sources: ["'self'"]),
      .init(name: "img-src", sources: ["'self'", "data:"]),
      .init(name: "font-src", sources: ["'self'"]),
      .init(name: "connect-src", sources: ["'self'"]),
      .init(name: "form-action", sources: ["'self'"]),
      .init(name: "base-uri", sources: ["'none'"]),
      .init(name: "frame-ancestors", sources: ["'none'"]),
    ])

  /// The same policy with more sources for one directive: `.strict.allowing("form-action", "https://lists.example")`.
  public func allowing(_ name: String, _ sources: String...) -> ContentSecurityPolicy {
    var policy = self
    if let index = policy.directives.firstIndex(where: { $0.name == name }) {
      policy.directives[index].sources.removeAll { $0 == "'none'" }
      policy.directives[index].sources += sources
    } else {
      policy.directives.append(Directive(name: name, sources: sources))
    }
    return policy
  }

  public var text: String {
    directives.map { ([$0.name] + $0.sources).joined(separator: " ") }.joined(separator: "; ")
  }
}

/// The response headers that browsers act on: OWASP's list without those that gain nothing or break pages.
///
/// Not in it: `Clear-Site-Data` and `Cache-Control: no-store` (they belong to a logout or an account's page, not to
/// every page), `X-XSS-Protection` and `Public-Key-Pins` (withdrawn by browsers). `Strict-Transport-Security` is sent by
/// the sites that have a certificate.
public struct SecurityHeaders: Hashable, Codable, Sendable {
  enum Policy: Hashable, Codable, Sendable {
    case enforced(policy: ContentSecurityPolicy)
    case reportOnly(policy: ContentSecurityPolicy)
    /// The application sends its own.
    case application
  }
  let policy: Policy

  /// The policy is enforced: what it does not allow does not work.
  public static let strict = SecurityHeaders(policy: .enforced(policy: .strict))
  /// The policy is only reported in the browser's console; a scanner counts it as missing.
  public static let reportOnly = SecurityHeaders(policy: .reportOnly(policy: .strict))
  /// No policy from Apache: the application sends its own (django-csp, Django 6).
  public static let policyOfApplication = SecurityHeaders(policy: .application)

  public static func strict(_ policy: ContentSecurityPolicy) -> SecurityHeaders {
    SecurityHeaders(policy: .enforced(policy: policy))
  }
  public static func reportOnly(_ policy: ContentSecurityPolicy) -> SecurityHeaders {
    SecurityHeaders(policy: .reportOnly(policy: policy))
  }

  struct Header: Hashable {
    let name: String
    let value: String
    var warning: String?
  }

  /// In the order in which they are written.
  func list(coep: Bool) -> [Header] {
    var list: [Header] = []
    switch policy {
    case .enforced(let policy):
      list.append(Header(name: Self.csp, value: policy.text, warning: "can break pages"))
    case .reportOnly(let policy):
      list.append(Header(name: "\(Self.csp)-Report-Only", value: policy.text))
    case .application: break
    }
    list += [
      Header(name: "X-Frame-Options", value: "DENY"),
      Header(name: "X-Content-Type-Options", value: "nosniff"),
      Header(name: "Referrer-Policy", value: "same-origin"),
      Header(name: "Cross-Origin-Opener-Policy", value: "same-origin"),
      Header(name: "Cross-Origin-Resource-Policy", value: "same-origin"),
      Header(name: "X-Permitted-Cross-Domain-Policies", value: "none"),
    ]
    if coep {
      list.append(
        Header(name: "Cross-Origin-Embedder-Policy", value: "require-corp", warning: "blocks most embedded content"))
    }
    return list
  }

  static let csp = "Content-Security-Policy"

  /// - Throws: a `Diagnostic` when a source could not stand in a header or in Apache's file.
  func check() throws(Diagnostic) {
    let directives: [ContentSecurityPolicy.Directive]
    switch policy {
    case .enforced(let policy), .reportOnly(let policy): directives = policy.directives
    case .application: return
    }
    var seen: Set<String> = []
    for directive in directives {
      let isName =
        !directive.name.isEmpty && directive.name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }
      guard isName, seen.insert(directive.name).inserted else { throw .badPolicy(directive.name) }
      for source in directive.sources {
        // VCHAR without what separates sources, directives and headers, and without what Apache expands.
        let isSource =
          !source.isEmpty && source.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"\\;,%$`".utf8.contains($0) }
        guard isSource else { throw .badPolicy(source) }
      }
    }
  }

  /// The pair that makes a header appear exactly once: `always` alone doubles one that an application sends, since that
  /// lies in mod_headers' other table (https://httpd.apache.org/docs/2.4/mod/mod_headers.html#header).
  static func pair(_ name: String, _ value: String) -> [String] {
    ["Header onsuccess unset \(name)", "Header always set \(name) \"\(value)\""]
  }
}

extension Diagnostic {
  fileprivate static func badPolicy(_ word: String) -> Diagnostic {
    Diagnostic(
      "Not a content security policy",
      detail: "“\(word)” cannot stand in a policy: a directive's name is written once, in lower case, and a source is "
        + "one word without quotation marks, “;”, “,”, “%” or “$”.",
      fix: ".strict(.strict.allowing(\"form-action\", \"https://example.list-manage.com\"))")
  }
}
