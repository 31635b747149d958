/// Something that a firewall lets in.
///
///     .ssh
///     .ssh(limit: true)
///     .port(5432, .tcp, from: "203.0.113.0/24", comment: "the office's database tools")
///     .ports(60000...61000, .udp)
///
/// As an input it is one line of text: `5432/tcp from 203.0.113.0/24`, `8080`, `60000-61000/udp limit`.
public struct FirewallRule: Hashable, Sendable {
  public enum Transport: String, Hashable, Codable, Sendable { case tcp, udp, any }

  /// Nil stands for the ports that sshd listens on.
  let ports: ClosedRange<UInt16>?
  let transport: Transport
  /// An address or block; nil for anywhere.
  let source: String?
  /// Refuses an address that opens six connections within 30 seconds.
  let isLimited: Bool
  let comment: String?

  /// The ports that sshd listens on, once what is planned is done.
  public static let ssh = ssh()
  public static let http = port(80, .tcp)
  public static let https = port(443, .tcp)

  /// The ports that sshd listens on, with conditions.
  public static func ssh(from source: String? = nil, limit: Bool = false, comment: String? = nil) -> FirewallRule {
    FirewallRule(ports: nil, transport: .tcp, source: source, isLimited: limit, comment: comment)
  }

  /// - Parameter source: An address or block, IPv4 or IPv6; nil lets everybody in, over both.
  public static func port(
    _ port: UInt16, _ transport: Transport, from source: String? = nil, limit: Bool = false, comment: String? = nil
  ) -> FirewallRule {
    FirewallRule(ports: port...port, transport: transport, source: source, isLimited: limit, comment: comment)
  }

  public static func ports(
    _ ports: ClosedRange<UInt16>, _ transport: Transport, from source: String? = nil, limit: Bool = false,
    comment: String? = nil
  ) -> FirewallRule {
    FirewallRule(ports: ports, transport: transport, source: source, isLimited: limit, comment: comment)
  }

  private init(ports: ClosedRange<UInt16>?, transport: Transport, source: String?, isLimited: Bool, comment: String?) {
    (self.ports, self.transport, self.source) = (ports, transport, source)
    (self.isLimited, self.comment) = (isLimited, comment)
  }
}

extension FirewallRule {
  /// Reads `PORT[/tcp|/udp]` or `PORT-PORT/tcp|/udp`, then `[from ADDRESS] [limit] [comment TEXT]`; `ssh`, `http` and
  /// `https` stand for a port.
  ///
  /// - Throws: a `Diagnostic` that says which part is wrong.
  public init(_ text: String) throws(Diagnostic) {
    var words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)[...]
    guard let first = words.popFirst() else { throw .notARule(text, "it is empty") }
    var (source, isLimited, comment) = (String?.none, false, String?.none)
    var hasSource = false
    while let word = words.popFirst() {
      switch word {
      case "from":
        guard let address = words.popFirst() else { throw .notARule(text, "“from” needs an address after it") }
        guard !hasSource else {
          throw .notARule(text, "“from” stands in it twice; give each address a line of its own")
        }
        hasSource = true
        source = address == "anywhere" || address == "any" ? nil : address
      case "limit": isLimited = true
      case "comment":
        comment = words.joined(separator: " ")
        words = []
      default: throw .notARule(text, "“\(word)” is none of from, limit, comment")
      }
    }
    if let source {
      guard let range = AddressRange(source) else {
        throw .notARule(text, "“\(source)” is neither an address nor a block")
      }
      if range.isEverything { throw .notARule(text, "“\(source)” is everything; leave “from” out for that") }
    }
    let named: [String: FirewallRule] = ["ssh": .ssh, "http": .http, "https": .https]
    if let rule = named[first] {
      self.init(ports: rule.ports, transport: .tcp, source: source, isLimited: isLimited, comment: comment)
      return
    }
    let parts = first.split(separator: "/", omittingEmptySubsequences: false)
    guard let transport = parts.count == 1 ? .any : Transport(rawValue: String(parts[1])), parts.count <= 2 else {
      throw .notARule(text, "after the port comes /tcp, /udp or nothing")
    }
    guard let ports = PacketRule.ports(String(parts[0].map { $0 == "-" ? ":" : $0 })), ports.lowerBound > 0 else {
      let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) ?? 0 }
      if ends.count == 2, ends[1] > 0, ends[0] > ends[1] {
        throw .notARule(text, "“\(parts[0])” runs backwards; the lower port comes first")
      }
      throw .notARule(text, "“\(parts[0])” is not a port from 1 to 65535")
    }
    self.init(ports: ports, transport: transport, source: source, isLimited: isLimited, comment: comment)
  }

  /// Why ufw would refuse it; nil where it would not.
  package var fault: String? {
    if let ports, ports.count > 1, transport == .any { return "a range of ports needs /tcp or /udp behind it" }
    if comment?.contains(where: { $0 == "'" || $0.isNewline }) ?? false {
      return "ufw takes no comment with a single quote or a line break"
    }
    return nil
  }

  /// As `init(_:)` reads it.
  public var text: String {
    var words = ["ssh"]
    if let ports {
      let numbers = ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
      words = [transport == .any ? numbers : "\(numbers)/\(transport.rawValue)"]
    }
    if let source { words += ["from", source] }
    if isLimited { words.append("limit") }
    if let comment { words += ["comment", comment] }
    return words.joined(separator: " ")
  }
}

extension FirewallRule: Codable, CustomStringConvertible {
  public var description: String { text }

  public init(from decoder: any Decoder) throws {
    try self.init(try decoder.singleValueContainer().decode(String.self))
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

extension Diagnostic {
  fileprivate static func notARule(_ text: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "Not a firewall rule", detail: "“\(text)” cannot be read: \(reason).",
      fix: "Write it as in: 5432/tcp from 203.0.113.0/24")
  }
}
