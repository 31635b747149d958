import Glibc
import HostState
import SystemCalls

/// Takes images of the host.
struct ImageCamera {
  /// Where contents are kept; nil for an image that only has to be compared.
  var blobs: BlobStore?
  let runner: ProcessRunner

  /// A bigger file is kept where the step names it, but not where it merely lies beneath a directory.
  static let digestLimit = 4 << 20
  static let entryLimit = 20_000

  func take(_ scope: ImageScope) throws(Diagnostic) -> Image {
    var image = Image()
    for path in scope.paths { try add(path, to: &image, keeping: true) }
    for path in scope.trees { try add(path, to: &image, keeping: false) }
    for (root, path) in scope.attributes {
      image.values[.attributes(root: root.text, path: path)] = try attributes(root, path)
    }
    if !scope.accounts.isEmpty { AccountImages.add(scope.accounts, to: &image) }
    for key in scope.sysctls { image.values[.setting(key)] = try sysctl(key) }
    if scope.packetFilter { try addPacketFilter(to: &image) }
    if !scope.units.isEmpty { try addUnits(scope.units, to: &image) }
    for unit in scope.reloads {
      image.values[.activity(unit: unit)] = activity(unit)
      let ports = Listening.ports(of: unit, runner).sorted().map { String($0) }.joined(separator: " ")
      image.values[.listening(unit: unit)] = ports.isEmpty ? .absent : .text(text: ports)
    }
    return image
  }

  /// What becomes of a file's contents: kept as a blob, or only their digest, that of small files perhaps.
  enum Contents { case keep, digest, digestIfSmall }

  /// One path as it is now, its text escaped by `ByteName`.
  func entry(_ path: Path, _ contents: Contents) throws(Diagnostic) -> ImageValue {
    guard let directory = try SafeFiles.openDirectory(path.parent) else { return .absent }
    return try entry(ByteName.bytes(path.name), in: directory, path, contents)
  }

  private func entry(
    _ name: [UInt8], in directory: Descriptor, _ path: Path, _ contents: Contents
  ) throws(Diagnostic) -> ImageValue {
    let opened = name.withCName { openat(directory.number, $0, harden_o_path | O_NOFOLLOW | O_CLOEXEC) }
    guard opened >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return .absent }
      throw .file("look at", path, errno)
    }
    let descriptor = Descriptor(opened)
    guard let status = descriptor.status() else { throw .file("look at", path, errno) }
    var entry = EntryImage(kind: .other, mode: status.permissions, user: status.st_uid, group: status.st_gid)
    switch status.kind {
    case S_IFREG:
      entry.kind = .file
      entry.attributes = SafeFiles.attributes(of: opened).mapValues(Hex.text)
      guard contents != .digestIfSmall || status.st_size <= Self.digestLimit else { break }
      // The inode that was looked at, whatever its name means by now.
      let file = Glibc.open("/proc/self/fd/\(opened)", O_RDONLY | O_CLOEXEC)
      guard file >= 0, let bytes = SafeFiles.read(Descriptor(file)) else { throw .file("read", path, errno) }
      entry.digest = SHA256.hex(bytes)
      if contents == .keep, let blobs {
        _ = try blobs.keep(bytes)
        entry.isKept = true
      }
    case S_IFLNK:
      entry.kind = .link
      entry.mode = 0o777
      entry.target = name.withCName { _ in linkTarget(name, in: directory) }
    case S_IFDIR:
      entry.kind = .directory
      entry.attributes = SafeFiles.attributes(of: opened).mapValues(Hex.text)
    default: break
    }
    return .entry(entry: entry)
  }

  private func linkTarget(_ name: [UInt8], in directory: Descriptor) -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let size = name.withCName { readlinkat(directory.number, $0, &buffer, buffer.count) }
    return size < 0 ? nil : ByteName.text(buffer.prefix(size).map { UInt8(bitPattern: $0) })
  }

  /// The path, and all beneath it where it is a directory.
  private func add(_ path: Path, to image: inout Image, keeping: Bool) throws(Diagnostic) {
    guard let directory = try SafeFiles.openDirectory(path.parent) else {
      image.values[.path(path: path.text)] = .absent
      return
    }
    try add(Array(path.name.utf8), in: directory, path.parent.text, to: &image, keeping: keeping, depth: 0)
  }

  private func add(
    _ name: [UInt8], in directory: Descriptor, _ parent: String, to image: inout Image, keeping: Bool, depth: Int
  ) throws(Diagnostic) {
    let text = (parent == "/" ? "" : parent) + "/" + ByteName.text(name)
    let item = ImageItem.path(path: text)
    // A path that is named for its contents as well as its tree keeps its contents.
    if case .entry(let known)? = image.values[item], known.isKept || !keeping, known.kind != .directory { return }
    let value = try entry(name, in: directory, Path(text), keeping ? .keep : .digestIfSmall)
    image.values[item] = value
    guard case .entry(let entry) = value, entry.kind == .directory, depth < TreeWalk.deepest else { return }
    guard image.values.count < Self.entryLimit else { throw .tooMany(text) }
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    let opened = name.withCName { harden_openat2(directory.number, $0, flags, 0, harden_resolve_no_crossing) }
    guard opened >= 0 else { return }  // a mount, or gone
    let folder = Descriptor(opened)
    for child in Self.names(in: folder) {
      try add(child, in: folder, text, to: &image, keeping: keeping, depth: depth + 1)
    }
  }

  /// Names in a directory as bytes, sorted.
  static func names(in directory: Descriptor) -> [[UInt8]] {
    var names: [[UInt8]] = []
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 32_768, alignment: 8)
    defer { room.deallocate() }
    while true {
      let size = harden_getdents(directory.number, room.baseAddress, room.count)
      guard size > 0 else { break }
      var offset = 0
      while offset < size {
        let length = Int(room.load(fromByteOffset: offset + 16, as: UInt16.self))
        let name = Array(room[(offset + 19)..<(offset + length)].prefix { $0 != 0 })
        if name != [0x2E] && name != [0x2E, 0x2E] { names.append(name) }
        offset += length
      }
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// Mode, owner and default ACL of an entry beneath a root.
  func attributes(_ root: Path, _ path: String) throws(Diagnostic) -> ImageValue {
    guard let descriptor = try Self.open(root, path), let status = descriptor.status(), !status.isLink else {
      return .absent
    }
    var image = TreeEntryImage(path: path, mode: status.permissions, user: status.st_uid, group: status.st_gid)
    if status.isDirectory {
      image.defaultACL = SafeFiles.attribute(DefaultACL.attribute, of: descriptor.number).map(Hex.text)
    }
    return .attributes(attributes: image)
  }

  /// A descriptor for an entry beneath a root, no link in it followed; nil when it is not there.
  static func open(_ root: Path, _ path: String) throws(Diagnostic) -> Descriptor? {
    var components = TreeJudge.components(path).map { ByteName.bytes(String(decoding: $0, as: UTF8.self)) }
    if components.isEmpty {
      // Also for a plain file.
      guard root != "/", let parent = try SafeFiles.openDirectory(root.parent) else { return nil }
      guard let entry = parent.open(root.name, harden_o_path), entry.status()?.isLink == true else {
        return parent.open(root.name, harden_o_path)
      }
      // A root may be a link to a directory: what is settled is that one. A link to anything else is what it is.
      return ((try? SafeFiles.openDirectory(root)) ?? nil) ?? entry
    }
    guard let directory = try SafeFiles.openDirectory(root) else { return nil }
    let name = components.removeLast()
    guard let parent = SafeFiles.descend(components, from: directory) else { return nil }
    let opened = name.withCName { openat(parent.number, $0, harden_o_path | O_NOFOLLOW | O_CLOEXEC) }
    return opened < 0 ? nil : Descriptor(opened)
  }

  func sysctl(_ key: String) throws(Diagnostic) -> ImageValue {
    try Sysctl.read(key).map { .text(text: $0) } ?? .absent
  }
}

/// Kernel settings under `/proc/sys`.
enum Sysctl {
  /// Its value, blanks as one; nil when the kernel has no such setting, has it unset, or lets nobody read it.
  ///
  /// - Throws: a `Diagnostic` where it cannot be read: what it was could not be put back.
  static func read(_ key: String) throws(Diagnostic) -> String? {
    // Unset, it gives an error (ip-sysctl: “This file can only be read once a value was written”).
    let path = SysctlKey.path(key)
    if key.hasSuffix("stable_secret") { return (try? SafeFiles.read(path))?.map(text) }
    guard access(path.text, R_OK) == 0 else { return nil }
    return try SafeFiles.read(path).map(text)
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self).singleSpaced }

  /// Whether this process may set it; what the kernel does not have stands in nobody's way.
  static func isWritable(_ key: String) -> Bool {
    access(SysctlKey.path(key).text, W_OK) == 0 || errno == ENOENT
  }

  static func write(_ key: String, _ value: String) throws(Diagnostic) {
    let path = SysctlKey.path(key)
    let opened = open(path.text, O_WRONLY | O_CLOEXEC)
    guard opened >= 0 else { throw .file("write", path, errno) }
    let file = Descriptor(opened)
    guard SafeFiles.write(Array((value + "\n").utf8), to: file) else { throw .file("write", path, errno) }
  }
}

extension Diagnostic {
  fileprivate static func tooMany(_ path: String) -> Diagnostic {
    Diagnostic(
      "Too much to keep",
      detail: "A step names \(path) as what it may change, and more than \(ImageCamera.entryLimit) entries lie there: "
        + "their state cannot be kept for an undo.", isBug: true)
  }
}
