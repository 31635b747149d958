/// A cookie as a browser stores it.
package struct Cookie: Hashable, Sendable {
  package enum SameSite: String, Hashable, Sendable { case strict, lax, none }

  package let name: String
  package let value: String
  package var domain: String
  package var isHostOnly: Bool
  package var path: String
  package let isSecure: Bool
  package let isHTTPOnly: Bool
  package let sameSite: SameSite?
  /// Expired as it came: a Max-Age of 0 or below, or without one a date that is past by the answer's own clock.
  package let isDeletion: Bool
}

/// Cookies stored over a chain of answers, by RFC 6265bis §5: also those that have expired, up to the next request that
/// they were for, since the Observatory counts them.
package struct CookieJar: Sendable {
  package private(set) var cookies: [Cookie] = []

  package init() {}

  package mutating func store(_ exchange: Exchange) {
    guard let address = exchange.address else { return }
    let now = exchange.first("date").flatMap(CookieDate.init) ?? .latestKnown
    for line in exchange.values("set-cookie") {
      guard let cookie = Self.parse(line, from: address, at: now) else { continue }
      let place = cookies.firstIndex {
        $0.domain == cookie.domain && $0.path == cookie.path && $0.name == cookie.name
      }
      if let place { cookies[place] = cookie } else { cookies.append(cookie) }
    }
  }

  /// What a request for this address sends back; nil for nothing.
  package func header(for address: WebAddress) -> String? {
    let sent = cookies.filter { !$0.isDeletion && Self.goes($0, to: address) }
    return sent.isEmpty ? nil : sent.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
  }

  /// When this address is asked for, what would be sent but has expired is noticed and dropped: so does `getCookies` of
  /// tough-cookie, the Observatory's jar.
  mutating func dropExpired(for address: WebAddress?) {
    guard let address else { return }
    cookies.removeAll { $0.isDeletion && Self.goes($0, to: address) }
  }

  private static func goes(_ cookie: Cookie, to address: WebAddress) -> Bool {
    (!cookie.isSecure || address.isSecure)
      && (cookie.isHostOnly ? cookie.domain == address.host : isWithin(address.host, cookie.domain))
      && (address.cookiePath == cookie.path
        || address.cookiePath.begins(with: cookie.path.hasSuffix("/") ? cookie.path : cookie.path + "/"))
  }

  /// Nil for what a browser would not store.
  static func parse(_ line: String, from address: WebAddress, at now: CookieDate) -> Cookie? {
    let pieces = line.pieces(at: ";")
    guard let pair = pieces.first else { return nil }
    let cutOff = pair.unicodeScalars.prefix { $0 != "\n" && $0 != "\r" && $0 != "\0" }
    let (rawName, rawValue) = String(String.UnicodeScalarView(cutOff)).parted(at: "=")
    guard let value = rawValue?.trimmed, !rawName.trimmed.isEmpty else { return nil }
    let name = rawName.trimmed
    if (name + value).unicodeScalars.contains(where: { $0.value < 0x20 }) { return nil }

    var (domain, path, sameSite): (String?, String?, Cookie.SameSite?)
    var (isSecure, isHTTPOnly) = (false, false)
    var (isOver, expires): (Bool?, CookieDate?)
    for piece in pieces.dropFirst() {
      let (key, raw) = piece.parted(at: "=")
      let value = raw?.trimmed ?? ""
      switch key.trimmed.lowercased() {
      case "secure": isSecure = true
      case "httponly": isHTTPOnly = true
      case "samesite": sameSite = Cookie.SameSite(rawValue: value.lowercased())
      case "path": path = value.begins(with: "/") ? value : nil
      case "domain":
        let bare = value.withoutDot
        if !bare.isEmpty { domain = bare.lowercased() }
      case "max-age":
        let digits = value.begins(with: "-") ? value.dropFirst() : value[...]
        if !digits.isEmpty, digits.unicodeScalars.allSatisfy(\.isDigit) {
          isOver = digits.startIndex > value.startIndex || digits.unicodeScalars.allSatisfy { $0 == "0" }
        }
      case "expires": expires = CookieDate(value) ?? expires
      default: break
      }
    }
    // A second dot in front is passed over as well.
    if let domain = domain?.trimmed.withoutDot {
      // Names that no registry hands out are taken, though they are suffixes by the list's own default.
      let isSuffix = PublicSuffixes.isSuffix(domain) && !["localhost", "invalid"].contains(domain)
      guard !isSuffix, !isIPv4(domain), isWithin(address.host, domain) else { return nil }
    }
    if name.begins(with: "__Secure-"), !isSecure { return nil }
    if name.begins(with: "__Host-"), !isSecure || domain != nil || (path ?? address.directory) != "/" { return nil }
    let isPast = if let expires { expires <= now } else { false }
    return Cookie(
      name: name, value: value, domain: domain ?? address.host, isHostOnly: domain == nil,
      path: path ?? address.directory, isSecure: isSecure, isHTTPOnly: isHTTPOnly, sameSite: sameSite,
      isDeletion: isOver ?? isPast)
  }

  private static func isWithin(_ host: String, _ domain: String) -> Bool {
    host == domain || (host.hasSuffix("." + domain) && !isIPv4(host))
  }
}

extension String {
  fileprivate var withoutDot: String { begins(with: ".") ? String(dropFirst()) : self }
}

/// Four decimal numbers below 256.
func isIPv4(_ host: String) -> Bool {
  let parts = host.pieces(at: ".")
  return parts.count == 4
    && parts.allSatisfy { part in
      !part.isEmpty && part.unicodeScalars.allSatisfy(\.isDigit) && (UInt8(part) != nil)
    }
}

/// An address instead of a name: IPv4, or IPv6 with or without brackets.
func isAddress(_ host: String) -> Bool { isIPv4(host) || host.has(":") }
