import HostState

/// How `curl(1)` reaches a site: the options it takes from harden's own command line.
package struct CurlOptions: Hashable, Sendable {
  /// Certificates of further authorities, instead of the system's.
  package var authorities: String?
  /// `NAME:PORT:ADDRESS:PORT`, as `--connect-to` of curl takes it.
  package var connectTo: [String] = []
  /// `NAME:PORT:ADDRESS`, as `--resolve` of curl takes it.
  package var resolve: [String] = []
  /// Certificates are not looked at, and count as if they were in order.
  package var trustsAnyCertificate = false

  package init() {}

  static let program: Path = "/usr/bin/curl"

  /// Not the user's configuration, no proxy, nothing but http and https, one request.
  func arguments(verifying: Bool, seconds: Double) -> [String] {
    var words = [
      "--disable", "--silent", "--show-error", "--globoff", "--path-as-is", "--http1.1", "--noproxy", "*", "--proto",
      "=http,https", "--max-time", "\(Int(max(1, seconds.rounded(.up))))",
    ]
    if !verifying || trustsAnyCertificate { words.append("--insecure") }
    if let authorities { words += ["--cacert", authorities] }
    for entry in connectTo { words += ["--connect-to", entry] }
    for entry in resolve { words += ["--resolve", entry] }
    return words
  }

  /// Whether it is of the form HOST:PORT:HOST:PORT, of which each part may be empty.
  package static func isConnectTo(_ entry: String) -> Bool {
    let parts = parts(entry)
    return parts.count == 4 && [parts[1], parts[3]].allSatisfy { $0.isEmpty || isPort($0) }
  }

  /// Whether it is of the form HOST:PORT:ADDRESS, with further addresses behind commas.
  package static func isResolve(_ entry: String) -> Bool {
    let parts = parts(entry.hasPrefix("+") ? String(entry.dropFirst()) : entry)
    guard parts.count >= 3, !parts[0].isEmpty, !parts[0].hasPrefix("-"), isPort(parts[1]) else { return false }
    let addresses = parts[2...].joined(separator: ":").split(separator: ",", omittingEmptySubsequences: false)
    return addresses.allSatisfy { address in
      NetworkAddress.isOne(address.hasPrefix("[") && address.hasSuffix("]") ? address.dropFirst().dropLast() : address)
    }
  }

  private static func isPort(_ text: String) -> Bool { UInt16(text).map { $0 > 0 } ?? false }

  /// Where a connection to this name and port really goes.
  package func endpoint(_ host: String, _ port: Int) -> (host: String, port: Int) {
    for entry in connectTo {
      let parts = Self.parts(entry)
      guard parts.count == 4, parts[0].isEmpty || parts[0].lowercased() == host,
        parts[1].isEmpty || parts[1] == "\(port)"
      else { continue }
      return (parts[2].isEmpty ? host : parts[2], Int(parts[3]) ?? port)
    }
    for entry in resolve {
      let parts = Self.parts(entry.hasPrefix("+") || entry.hasPrefix("-") ? String(entry.dropFirst()) : entry)
      guard parts.count >= 3, parts[0].lowercased() == host || parts[0] == "*", parts[1] == "\(port)" else { continue }
      let addresses = parts[2...].joined(separator: ":").split(separator: ",")
      if let first = addresses.first { return (String(first), port) }
    }
    return (host, port)
  }

  /// Cut at colons that are not within brackets.
  private static func parts(_ entry: String) -> [String] {
    var (parts, isBracketed): ([String], Bool) = ([""], false)
    for character in entry {
      if character == "[" { isBracketed = true }
      if character == "]" { isBracketed = false }
      if character == ":" && !isBracketed { parts.append("") } else { parts[parts.count - 1].append(character) }
    }
    return parts
  }
}
