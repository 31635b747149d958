@_exported import HostState

/// A piece of host state that can be read, compared and brought about.
///
/// A resource only names what must be read, and answers, purely, what differs and which primitive steps settle it. It
/// holds no host, so a dry run cannot write. CONTRIBUTING.md shows how one is written.
public protocol Resource: Encodable, Hashable, Sendable {
  /// Names what is owned: `sshd`, `user:deploy`, `file:/etc/crontab`. Unique in a recipe.
  var address: String { get }
  /// All that `proposal` may look at, given what is known so far; called again until it names nothing new.
  ///
  /// Names no question before what it depends on is known (`known.answer(_:)` is nil until then).
  func probes(given known: Observations) -> Set<Probe>
  /// What differs, and the steps that settle it. Pure: the same observations give the same answer.
  ///
  /// On `.moved` (a planned step changes it, nobody can say to what) it judges by the files it owns alone, and marks
  /// what it says of the rest as a forecast. No changes exactly when no steps.
  func proposal(given host: Observations) throws(Diagnostic) -> Proposal
  /// Files that are its own whatever its address: not taken away when another of its kind leaves the recipe.
  var sharedFiles: [Path] { get }
  /// What the proof of access must know.
  var grants: Grants { get }
  /// A few that the laws in Tests are held against.
  static var examples: [Self] { get }
}

extension Resource {
  public var grants: Grants { Grants() }
  public var sharedFiles: [Path] { [] }
}

/// What a resource declares about ways in.
public struct Grants: Hashable, Codable, Sendable {
  public struct Administrator: Hashable, Codable, Sendable {
    public var name: String
    public var keys: [PublicKey]

    public init(name: String, keys: [PublicKey]) { (self.name, self.keys) = (name, keys) }
  }
  public var administrators: [Administrator]

  public init(administrators: [Administrator] = []) { self.administrators = administrators }
}
