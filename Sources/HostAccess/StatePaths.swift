import Glibc
import HostState

/// Where harden keeps what it must remember; all of it readable by root alone.
public struct StatePaths: Hashable, Sendable {
  /// Journal, ledger, vault and lock.
  public var state: Path
  /// The host's recipe and inputs.
  public var memory: Path

  public init(state: Path, memory: Path) { (self.state, self.memory) = (state, memory) }

  public static let standard = StatePaths(state: "/var/lib/harden", memory: "/etc/harden")

  /// The recipe that the host remembers, and its inputs.
  var recipe: Path { memory / "recipe.json" }
  public var lock: Path { state / "lock" }
  /// The process that took the lock last; the lock file itself stays empty, since children read it. A process number
  /// means nothing after a reboot, so it lies where a reboot clears it.
  var lockHolder: Path { self == .standard ? "/run/harden.pid" : state / "lock.pid" }
  public var runs: Path { state / "runs" }
  public var ledger: Path { state / "ledger.json" }
  /// What an undo moved aside instead of destroying it.
  public var vault: Path { state / "vault" }
  /// The same of one undo or revert; made where it has something to keep.
  func vault(ofUndo number: Int) -> Path { vault / "undo-\(number)" }

  /// Makes the state directory, 0700; nothing to do where it is there.
  ///
  /// - Throws: a `Diagnostic` when it cannot be made.
  func makeState() throws(Diagnostic) {
    try Self.makeDirectory(state)
  }

  /// Makes a directory that root alone may enter, and those above it.
  static func makeDirectory(_ path: Path) throws(Diagnostic) {
    guard try SafeFiles.openDirectory(path) == nil else { return }
    if path.parent != path, try SafeFiles.openDirectory(path.parent) == nil { try makeDirectory(path.parent) }
    try SafeFiles.makeDirectory(path, mode: 0o700, user: geteuid(), group: getegid())
  }
}
