/// Whether names lead to this host: a text that only this host serves, fetched over http from each of their addresses.
///
/// An interface's own addresses would not tell: a host may stand behind another one that passes port 80 on to it.
public struct ReachQuestion: Hashable, Codable, Sendable {
  public var names: [String]
  /// The path in the URL.
  public var resource: String
  /// What the host itself answers with.
  public var text: String
  /// A planned change beneath these makes the answer another one, and nobody can say which.
  public var reads: [Path]
  /// The unit that answers.
  public var unit: String

  public init(names: [String], resource: String, text: String, reads: [Path], unit: String) {
    (self.names, self.resource, self.text, self.reads, self.unit) = (names, resource, text, reads, unit)
  }
}

/// Where names lead, by the DNS alone: what `/etc/hosts` says, nobody else sees.
public struct Reach: Hashable, Codable, Sendable {
  public struct Place: Hashable, Codable, Sendable {
    public var name: String
    /// IPv4 or IPv6, without brackets.
    public var address: String
    public var found: Found

    public init(name: String, address: String, found: Found) {
      (self.name, self.address, self.found) = (name, address, found)
    }
  }

  public enum Found: Hashable, Codable, Sendable {
    case thisHost
    /// Somebody answers with something else: `another answer (404)`.
    case another(what: String)
    case silence(why: String)
  }

  public var places: [Place]
  /// Names without any address.
  public var homeless: [String]

  public init(places: [Place], homeless: [String] = []) { (self.places, self.homeless) = (places, homeless) }

  /// Whether each name leads here by each of its addresses: the authority takes any of them, and one that fails fails
  /// the order.
  public var isHere: Bool { homeless.isEmpty && !places.isEmpty && places.allSatisfy { $0.found == .thisHost } }

  /// What there is of these names.
  public func of(_ names: [String]) -> Reach {
    Reach(places: places.filter { names.contains($0.name) }, homeless: homeless.filter(names.contains))
  }

  /// What does not lead here, a line each: `example.com → 192.0.2.7, not this host`.
  public var strays: [String] {
    homeless.map { "\($0) has no address in the DNS" } + places.compactMap(\.stray)
  }
}

extension Reach.Place {
  fileprivate var stray: String? {
    switch found {
    case .thisHost: nil
    case .another(let what), .silence(let what): "\(name) → \(address), not this host (\(what))"
    }
  }
}
