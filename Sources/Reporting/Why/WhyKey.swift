import HostState
import RecipeDSL
import Resources

/// What the words after `harden why` ask about.
package enum WhyKey: Hashable, Sendable {
  /// A keyword of sshd_config(5), as the manual spells it.
  case sshd(keyword: String)
  /// A directive of Apache, as it was typed.
  case apache(directive: String)
  case packet(transport: String, port: UInt16, source: String?)
  case file(Path)

  /// - Throws: a `Diagnostic` for words that are none of these.
  package init(_ words: [String]) throws(Diagnostic) {
    let words = words.flatMap { $0.hasPrefix("/") ? [$0] : $0.split(separator: " ").map(String.init) }
    guard let first = words.first else { throw .unknownKey("") }
    if first.hasPrefix("/") {
      guard words.count == 1 else { throw .tooMany(words[1]) }
      self = .file(Self.normalized(first))
      return
    }
    if let packet = try Self.packet(words) {
      self = packet
      return
    }
    guard words.count == 1 else { throw .tooMany(words[1]) }
    let lower = first.lowercased()
    if ["sshd", "sshd.", "apache", "apache."].contains(lower) { throw .kindAlone(lower.filter { $0 != "." }) }
    if lower.hasPrefix("apache.") {
      let name = String(first.dropFirst("apache.".count))
      guard let letter = name.utf8.first, letter | 0x20 >= 0x61, letter | 0x20 <= 0x7A,
        name.utf8.allSatisfy({ $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || $0 >= 0x30 && $0 <= 0x39 })
      else { throw .unknownKey(first) }
      if !Self.isDirective(name), let meant = nearMiss(to: name, in: Array(WhyApache.defaults.keys)) {
        throw .unknownKey(first, meant: "apache." + meant)
      }
      self = .apache(directive: name)
      return
    }
    let name = lower.hasPrefix("sshd.") ? String(first.dropFirst("sshd.".count)) : first
    guard let keyword = SSHDKeywords.all.first(where: { $0.lowercased() == name.lowercased() }) else {
      let known = SSHDKeywords.all.map { "sshd." + $0 } + WhyApache.defaults.keys.map { "apache." + $0 }
      throw .unknownKey(
        first,
        meant: nearMiss(to: name, in: SSHDKeywords.all).map { "sshd." + $0 } ?? nearMiss(to: first, in: known)
          ?? WhyApache.defaults.keys.first { $0.lowercased() == name.lowercased() }.map { "apache." + $0 })
    }
    self = .sshd(keyword: keyword)
  }

  /// Without `.` and `..`, as one reads it; not by links, which are looked at later.
  private static func normalized(_ text: String) -> Path {
    var parts: [Substring] = []
    for part in text.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return Path("/" + parts.joined(separator: "/"))
  }

  /// Whether it is the name of one whose value harden knows, or of another one that looks much like it.
  private static func isDirective(_ name: String) -> Bool {
    (Array(WhyApache.defaults.keys) + ["LimitXMLRequestBody"]).contains { $0.lowercased() == name.lowercased() }
  }

  /// `tcp/22`, `22/tcp`, with `from ADDRESS` or without; nil when it has no such form.
  private static func packet(_ words: [String]) throws(Diagnostic) -> WhyKey? {
    let parts = words[0].split(separator: "/", omittingEmptySubsequences: false).map { $0.lowercased() }
    guard parts.count == 2, let at = parts.firstIndex(where: { $0 == "tcp" || $0 == "udp" }) else { return nil }
    guard let port = UInt16(parts[1 - at]), port > 0 else { throw .noPort(words[0]) }
    guard parts[at] == "tcp" else { throw .notTCP(port) }
    if words.count == 1 { return .packet(transport: parts[at], port: port, source: nil) }
    guard words[1].lowercased() == "from" else { throw .tooMany(words[1]) }
    guard words.count > 2 else { throw .noAddress("") }
    guard words.count == 3 else { throw .tooMany(words[3]) }
    guard NetworkAddress.isOne(words[2]) else { throw .noAddress(words[2]) }
    return .packet(transport: parts[at], port: port, source: words[2])
  }
}

extension Diagnostic {
  fileprivate static func unknownKey(_ word: String, meant: String? = nil) -> Diagnostic {
    let guess = meant.map { " Did you mean \($0)?" } ?? ""
    return Diagnostic(
      "Unknown key",
      detail: "harden why knows nothing of the name “\(word)”.\(guess) It can be asked about four kinds of things: "
        + "keywords of sshd (sshd.PasswordAuthentication), directives of Apache (apache.ServerTokens), a connection "
        + "(tcp/5432 from 203.0.113.9) and a file's mode (/etc/passwd).",
      fix: "harden why \(meant ?? "sshd.PasswordAuthentication")")
  }
  /// What kind of thing is asked about, but not which.
  fileprivate static func kindAlone(_ kind: String) -> Diagnostic {
    let (what, example) = kind == "sshd" ? ("KEYWORD", "PasswordAuthentication") : ("DIRECTIVE", "ServerTokens")
    return Diagnostic(
      "Key not whole",
      detail: "“\(kind)” alone names no value: which of its many is meant follows a dot, \(kind).\(what).",
      fix: "harden why \(kind).\(example)")
  }
  fileprivate static func tooMany(_ word: String) -> Diagnostic {
    Diagnostic(
      "Argument not expected", detail: "harden why does not know what to do with “\(word)”.", fix: "harden why --help")
  }
  fileprivate static func noPort(_ word: String) -> Diagnostic {
    Diagnostic(
      "Not a port", detail: "“\(word)” names no port from 1 to 65535.", fix: "harden why tcp/5432 from 203.0.113.9")
  }
  fileprivate static func notTCP(_ port: UInt16) -> Diagnostic {
    Diagnostic(
      "Not a TCP port", detail: "harden why follows new TCP connections alone, not UDP packets.",
      fix: "harden why tcp/\(port)")
  }
  fileprivate static func noAddress(_ word: String) -> Diagnostic {
    Diagnostic(
      "Not an address", detail: "After “from” stands an IPv4 or IPv6 address, not “\(word)”.",
      fix: "harden why tcp/5432 from 203.0.113.9")
  }
}
