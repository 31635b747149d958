import HostState

/// Whether a key file outlives a reboot, and is there before anybody has logged in.
enum KeyStorage {
  /// `TARGET FSTYPE` of the file system that holds a path that is there: findmnt(8).
  static func question(_ path: Path) -> Question {
    Question(Command("/usr/bin/findmnt", ["-rno", "TARGET,FSTYPE", "-T", path.text], accepted: [0, 1]), reads: [])
  }

  private static let volatile = ["tmpfs", "ramfs"]
  private static let encrypted = ["ecryptfs", "fuse.encfs", "fuse.gocryptfs", "fuse.securefs", "fuse.cryfs"]

  /// Whoever made a container mounts what lies outside of it, before its systemd begins.
  static let container: Path = "/run/systemd/container"

  /// The mount that holds the path, where it is one that systemd would have to make at boot; ZFS makes its own.
  static func mount(_ output: String) -> String? {
    let words = words(of: output)
    return words.count == 2 && words[0] != "/" && words[1] != "zfs" ? words[0] : nil
  }

  /// `FragmentPath=` of a mount unit: empty where none but mount(8) made it (systemd.mount(5)).
  static func unit(_ mount: String) -> Question {
    Question(
      Command("/usr/bin/systemctl", ["show", "--property=FragmentPath,ActiveState", "--", name(mount)]), reads: [])
  }

  /// systemd.unit(5), “String Escaping for Inclusion in Unit Names”.
  static func name(_ mount: String) -> String {
    let escaped = mount.utf8.dropFirst().map { byte -> String in
      switch byte {
      case UInt8(ascii: "/"): "-"
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "."):
        String(decoding: [byte], as: UTF8.self)
      default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return escaped.joined() + ".mount"
  }

  private static func words(of output: String) -> [String] {
    output.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// Why a key there is none that the owner could rely on.
  static func objection(_ output: String) -> String? {
    let words = words(of: output)
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
    guard let mount = KeyStorage.mount(result.output), try status(KeyStorage.container) == nil,
      case .there(.output(let unit)) = try answer(.output(question: KeyStorage.unit(mount)))
    else { return }
    let lines = unit.output.lines
    if lines.contains("FragmentPath="), lines.contains("ActiveState=active") {
      throw .broken("key", "\(keys): \(mount) was mounted by hand, and neither /etc/fstab nor a unit does so at boot")
    }
  }
}
