import HostState

/// Whether a key file outlives a reboot, and is there before anybody has logged in.
enum KeyStorage {
  private static let encrypted = ["ecryptfs", "fuse.encfs", "fuse.gocryptfs", "fuse.securefs", "fuse.cryfs"]

  /// Why a key there is none that the owner could rely on.
  static func objection(_ mount: MountTable.Mount?) -> String? {
    guard let mount else { return nil }
    if let objection = BootMounts.emptied(mount) { return objection }
    if encrypted.contains(mount.kind) {
      return "\(mount.point) is encrypted (\(mount.kind)) and opens with a password, which sshd looks for keys before"
    }
    return nil
  }
}

extension AccessChain {
  /// Whether the key is there the next time, too.
  mutating func durability(of keys: Path) throws(Stop) {
    try demand([.contents(path: MountTable.path), .contents(path: FileSystemTable.path)])
    guard let table = try table(MountTable.path) else { return }
    var mounts = BootMounts(
      table: MountTable(table), lines: FileSystemTable(try self.table(FileSystemTable.path) ?? ""))
    let place = try real(keys)
    let holder = mounts.table.holders(of: place).last
    if let objection = KeyStorage.objection(holder) { throw .broken("key", "\(keys): \(objection)") }
    mounts.isContainer = try status(BootMounts.container) != nil

    let places = try mounts.places(behind: place) { (source) throws(Stop) -> Path? in
      let found = try real(source)
      return try status(found) == nil ? nil : found
    }
    // Without systemd nobody says what a boot starts.
    let question = Question(mounts.question(about: places), reads: [])
    guard case .there(.output(let units)) = try answer(.output(question: question)) else { return }
    mounts.learn(units.output)
    if let objection = mounts.objection(to: place) { throw .broken("key", "\(keys): \(objection)") }
  }

  /// Nil where it is not there.
  private mutating func table(_ path: Path) throws(Stop) -> String? {
    switch try answer(.contents(path: path)) {
    case .there(.text(let text)): return text
    case .unreadable(let reason): throw .unknown("\(path) could not be read: \(reason)")
    default: return nil
    }
  }

  /// Where a path leads to, its links followed as far as it is there.
  private mutating func real(_ path: Path) throws(Stop) -> Path {
    needs.formUnion(host.unanswered(Set(BootMounts.leading(to: path).map { .file(path: $0) })))
    var rest = Array(path.text.split(separator: "/").reversed())
    var (real, hops): (Path, Int) = ("/", 0)
    while let name = rest.popLast() {
      if name == ".." { real = real.parent }
      if name == "." || name == ".." { continue }
      let next = real / String(name)
      guard hops < 40, case .link(let target)? = try status(next)?.kind else {
        real = next
        continue
      }
      hops += 1
      if target.hasPrefix("/") { real = "/" }
      rest += target.split(separator: "/").reversed()
    }
    return real
  }
}
