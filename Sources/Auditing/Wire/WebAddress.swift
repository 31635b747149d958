/// An absolute `http` or `https` URL, read as the WHATWG URL standard reads one.
///
/// Host names come out in lower case and in ASCII, default ports disappear, dot segments are resolved.
package struct WebAddress: Hashable, Sendable, CustomStringConvertible {
  package let scheme: String
  package let host: String
  /// Nil for the scheme's own.
  package let port: Int?
  /// With its slash in front.
  package let path: String
  /// Without its question mark.
  package let query: String?

  package init(scheme: String, host: String, port: Int? = nil, path: String = "/", query: String? = nil) {
    (self.scheme, self.host, self.path, self.query) = (scheme, host, path.isEmpty ? "/" : path, query)
    self.port = port == (scheme == "https" ? 443 : 80) ? nil : port
  }

  package var isSecure: Bool { scheme == "https" }
  package var authority: String { host + (port.map { ":\($0)" } ?? "") }
  package var origin: String { "\(scheme)://\(authority)" }
  package var description: String { origin + target }
  /// What a request line asks for.
  package var target: String { path + (query.map { "?\($0)" } ?? "") }
  package var portNumber: Int { port ?? (isSecure ? 443 : 80) }

  /// Nil for another scheme, and for what is no URL.
  package init?(_ text: String) {
    let text = Self.cleaned(text)
    let (before, after) = text.parted(at: ":")
    let scheme = before.lowercased()
    guard let after, scheme == "http" || scheme == "https" else { return nil }
    // Special schemes take any number of slashes, also none, and either kind.
    let rest = String(String.UnicodeScalarView(after.unicodeScalars.drop { $0 == "/" || $0 == "\\" }))
    self.init(scheme: scheme, afterSlashes: rest)
  }

  /// A reference as it stands in `Location`, against this URL. Nil where it is no `http` or `https` URL.
  package func resolving(_ reference: String) -> WebAddress? {
    let text = Self.cleaned(reference)
    let scalars = Array(text.unicodeScalars)
    if let colon = scalars.firstIndex(of: ":"), colon > 0, scalars[0].isLetter,
      scalars[..<colon].allSatisfy({ $0.isLetter || $0.isDigit || "+-.".unicodeScalars.contains($0) })
    {
      let name = String(String.UnicodeScalarView(scalars[..<colon])).lowercased()
      // `https:page` on an https page is a relative reference, and so is `https:/page`.
      if name != scheme { return WebAddress(text) }
      return resolving(String(String.UnicodeScalarView(scalars[(colon + 1)...])))
    }
    let (beforeHash, _) = text.parted(at: "#")
    let (rawPath, newQuery) = beforeHash.parted(at: "?")
    let newPath = Self.slashed(rawPath)
    if newPath.begins(with: "//") { return WebAddress("\(scheme):" + Self.slashed(text, beforeQuery: true)) }
    if newPath.isEmpty {
      return WebAddress(scheme: scheme, host: host, port: port, path: path, query: newQuery.map(Self.encoded) ?? query)
    }
    let directory = path.pieces(at: "/").dropLast().joined(separator: "/")
    let whole = newPath.begins(with: "/") ? newPath : directory + "/" + newPath
    return WebAddress(
      scheme: scheme, host: host, port: port, path: Self.withoutDots(Self.encoded(whole)),
      query: newQuery.map(Self.encoded))
  }

  /// What the Observatory's client takes for the path where cookies are concerned: the query belongs to it.
  package var cookiePath: String { path + (query.map { $0.isEmpty ? "" : "%3F" + $0 } ?? "") }

  /// The directory of that path, RFC 6265 §5.1.4.
  package var directory: String {
    let parts = cookiePath.pieces(at: "/").dropLast()
    return parts.count <= 1 ? "/" : parts.joined(separator: "/")
  }
}

extension WebAddress {
  private init?(scheme: String, afterSlashes rest: String) {
    let end = rest.unicodeScalars.firstIndex { "/\\?#".unicodeScalars.contains($0) } ?? rest.unicodeScalars.endIndex
    var authority = String(String.UnicodeScalarView(rest.unicodeScalars[..<end]))
    if let at = authority.unicodeScalars.lastIndex(of: "@") {
      authority = String(
        String.UnicodeScalarView(authority.unicodeScalars[authority.unicodeScalars.index(after: at)...]))
    }
    guard let (host, port) = Self.hostAndPort(authority) else { return nil }
    let (beforeHash, _) = String(String.UnicodeScalarView(rest.unicodeScalars[end...])).parted(at: "#")
    let (path, query) = beforeHash.parted(at: "?")
    self.init(
      scheme: scheme, host: host, port: port, path: Self.withoutDots(Self.encoded(Self.slashed(path))),
      query: query.map(Self.encoded))
  }

  /// `name`, `name:443` or `[::1]:443`.
  private static func hostAndPort(_ authority: String) -> (String, Int?)? {
    var (name, port): (String, String?)
    if authority.begins(with: "[") {
      let (inner, after) = String(authority.unicodeScalars.dropFirst()).parted(at: "]")
      guard let after, IPv6.groups(inner) != nil else { return nil }
      (name, port) = ("[\(inner)]", after.begins(with: ":") ? String(after.unicodeScalars.dropFirst()) : nil)
      guard after.isEmpty || port != nil else { return nil }
    } else {
      (name, port) = authority.parted(at: ":")
      name = percentDecoded(name)
      guard !name.isEmpty, !name.unicodeScalars.contains(where: isForbiddenInHost),
        name.lowercased().pieces(at: ".").allSatisfy(Punycode.isPossible)
      else { return nil }
    }
    let labels = name.lowercased().pieces(at: ".").map(Punycode.ascii)
    guard !labels.contains(nil), let host = withNumbersRead(labels.compactMap { $0 }.joined(separator: ".")),
      !host.isEmpty
    else { return nil }
    guard let digits = port, !digits.isEmpty else { return (host, nil) }
    guard digits.unicodeScalars.allSatisfy(\.isDigit), let number = Int(digits), number < 65_536 else { return nil }
    return (host, number)
  }

  /// A host whose last label is a number is an IPv4 address, also `127.1` and `0x7f.1`, or nothing.
  private static func withNumbersRead(_ host: String) -> String? {
    var labels = host.pieces(at: ".")
    if labels.count > 1, labels.last == "" { labels.removeLast() }
    guard let last = labels.last, number(last) != nil || last.unicodeScalars.allSatisfy(\.isDigit), last != "" else {
      return host
    }
    var bytes = labels.compactMap(number)
    guard bytes.count == labels.count, bytes.count <= 4, let tail = bytes.popLast() else { return nil }
    let places = 4 - bytes.count
    guard bytes.allSatisfy({ $0 < 256 }), tail < 1 << (8 * places) else { return nil }
    bytes += (0..<places).reversed().map { tail >> (8 * $0) & 255 }
    return bytes.map(String.init).joined(separator: ".")
  }

  /// Decimal, octal behind `0`, hexadecimal behind `0x`.
  private static func number(_ label: String) -> UInt64? {
    if label.isEmpty || label.begins(with: "+") { return nil }
    if label == "0" || label == "0x" { return 0 }
    let radix = label.begins(with: "0x") ? 16 : label.begins(with: "0") ? 8 : 10
    let digits = label.dropFirst(radix == 16 ? 2 : radix == 8 ? 1 : 0)
    return digits.unicodeScalars.allSatisfy(\.isHexDigit) ? UInt64(digits, radix: radix) : nil
  }

  /// "Forbidden domain code points" of the URL standard, and those outside of ASCII that no domain may hold (UTS #46).
  private static func isForbiddenInHost(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII
      ? scalar.value <= 0x20 || scalar.value == 0x7F || "#/:<>?@[\\]^|%".unicodeScalars.contains(scalar)
      : Punycode.isDisallowed(scalar)
  }

  /// Without blanks at its ends and without line breaks and tabs, as the standard begins.
  private static func cleaned(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { $0.value > 0x20 }),
      let last = scalars.lastIndex(where: { $0.value > 0x20 })
    else { return "" }
    let inner = scalars[first...last].filter { $0 != "\n" && $0 != "\r" && $0 != "\t" }
    return String(String.UnicodeScalarView(inner))
  }

  private static func slashed(_ text: String, beforeQuery: Bool = false) -> String {
    let (path, query) = beforeQuery ? text.parted(at: "?") : (text, nil)
    let turned = String(String.UnicodeScalarView(path.unicodeScalars.map { $0 == "\\" ? "/" : $0 }))
    return turned + (query.map { "?\($0)" } ?? "")
  }

  private static func withoutDots(_ path: String) -> String {
    var kept: [String] = []
    let parts = path.pieces(at: "/").dropFirst()
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      let plain = part.lowercased().pieces(at: "%").enumerated()
        .map {
          $0.offset > 0 && $0.element.begins(with: "2e")
            ? "." + $0.element.dropFirst(2) : ($0.offset > 0 ? "%" : "") + $0.element
        }
        .joined()
      switch plain {
      case ".": if isLast { kept.append("") }
      case "..":
        _ = kept.popLast()
        if isLast { kept.append("") }
      default: kept.append(part)
      }
    }
    return "/" + kept.joined(separator: "/")
  }

  /// What must not stand in a request line, escaped.
  private static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      if byte <= 0x20 || byte >= 0x7F || "\"<>`{}".utf8.contains(byte) {
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count < 2 ? "0" : "") + digits
      } else {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return result
  }
}

/// Percent escapes decoded where they are well-formed; U+FFFD for what is no UTF-8.
func percentDecoded(_ text: String) -> String {
  let bytes = Array(text.utf8)
  var result: [UInt8] = []
  var index = 0
  while index < bytes.count {
    if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
      let byte = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16),
      bytes[index + 1] != UInt8(ascii: "+"), bytes[index + 1] != UInt8(ascii: "-")
    {
      result.append(byte)
      index += 3
    } else {
      result.append(bytes[index])
      index += 1
    }
  }
  return String(decoding: result, as: UTF8.self)
}
