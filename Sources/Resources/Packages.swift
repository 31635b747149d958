/// A Debian package that is installed.
///
///     Package("debsums")
///
/// Judged by dpkg's own word for its state: `dpkg -s` succeeds for a removed package that left its settings behind.
/// A package that left the recipe stays on the host.
public struct Package: Resource {
  let name: String

  public init(_ name: String) { self.name = name }

  public var address: String { "package:\(name)" }

  public static var examples: [Package] { [Package("debsums"), Package("apache2")] }

  public func probes(given known: Observations) -> Set<Probe> { packageProbes(name, given: known) }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    guard Self.isName(name) else { throw .notAPackageName(name) }
    return try missingPackage(name, on: host)
  }

  /// Debian Policy §5.6.1: lower case letters, digits and `+-.`, at least two, the first a letter or digit.
  static func isName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    func isPlain(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
    guard bytes.count >= 2, let first = bytes.first, isPlain(first) else { return false }
    return bytes.allSatisfy { isPlain($0) || "+-.".utf8.contains($0) }
  }
}

/// Several Debian packages, each a resource of its own.
///
///     Packages("apache2", "libapache2-mod-wsgi-py3", "certbot")
public struct Packages: ResourceGroup {
  public let packages: [Package]

  public init(_ names: String...) { self.init(names) }

  public init(_ names: [String]) { packages = names.map { Package($0) } }

  public var members: [any Resource] { packages }
}

extension Diagnostic {
  fileprivate static func notAPackageName(_ name: String) -> Diagnostic {
    Diagnostic(
      "Not a package name",
      detail: "“\(name)” cannot name a Debian package: those are lower case letters, digits, “+”, “-” and “.”.")
  }
}
