import HostState

/// Whether a key file outlives a reboot, and is there before anybody has logged in.
enum KeyStorage {
  /// `TARGET FSTYPE` of the file system that holds a path that is there: findmnt(8).
  static func question(_ path: Path) -> Question {
    Question(Command("/usr/bin/findmnt", ["-rno", "TARGET,FSTYPE", "-T", path.text], accepted: [0, 1]), reads: [])
  }

  private static let volatile = ["tmpfs", "ramfs"]
  private static let encrypted = ["ecryptfs", "fuse.encfs", "fuse.gocryptfs", "fuse.securefs", "fuse.cryfs"]

  /// Why a key there is none that the owner could rely on.
  static func objection(_ output: String) -> String? {
    let words = output.split(whereSeparator: \.isWhitespace).map(String.init)
    // Where all of the host lies in memory, its hardening goes with it.
    guard words.count == 2, words[0] != "/" else { return nil }
    if volatile.contains(words[1]) { return "\(words[0]) is a \(words[1]), which a reboot empties" }
    if encrypted.contains(words[1]) {
      return "\(words[0]) is encrypted (\(words[1])) and opens with a password, which sshd looks for keys before"
    }
    return nil
  }
}

extension AccessChain {
  /// The folder that is there today of those that lead to a path. Homes that are yet to be made share one.
  func present(_ path: Path) -> Path {
    var path = path
    while path != "/", host.known[Inquiry(.file(path: path))] == .absent { path = path.parent }
    return path
  }

  /// Whether the key is there the next time, too.
  mutating func durability(of keys: Path, home: Path) throws(Stop) {
    let place = present(keys.isWithin(home) ? home : keys.parent)
    guard case .there(.output(let result)) = try answer(.output(question: KeyStorage.question(place))) else { return }
    if let objection = KeyStorage.objection(result.output) { throw .broken("key", "\(keys): \(objection)") }
  }
}
