import Glibc
import HostState
import SystemCalls

/// What an image keeps of one entry of a tree: never its contents.
package struct TreeEntryImage: Hashable, Codable, Sendable {
  /// Relative to the root, escaped by `ByteName`; empty for the root itself.
  package var path: String
  package var mode: FileMode
  package var user: UInt32
  package var group: UInt32
  /// `system.posix_acl_default` in hexadecimal; nil where there is none.
  package var defaultACL: String?
}

extension TreeWalk {
  /// The entries that `settle` would change, as they are now, and the folders it would make; nil where there is no root.
  package static func offenders(_ rule: TreeRule) throws(Diagnostic) -> (entries: [TreeEntryImage], missing: [String])?
  {
    guard let root = try SafeFiles.openDirectory(rule.root) else { return nil }
    let walk = TreeWalk(rule)
    let links = HardLinks(walk.judge)
    var entries: [TreeEntryImage] = []
    walk.offence = { entry in
      guard !links.isForeign(entry.found, at: entry.place) else { return }
      let path = entry.isRoot ? "" : ByteName.text(walk.path(entry.name))
      entries.append(TreeEntryImage(path, entry.found, in: entry.directory, entry.name))
    }
    try walk.run(root, rule)
    var missing: [String] = []
    for (components, _) in walk.judge.writableFolders where !SafeFiles.exists(components, in: root) {
      missing.append(ByteName.text(Array(components.joined(separator: [UInt8(ascii: "/")]))))
    }
    return (entries, missing)
  }

  /// Brings every entry to what the rule wants; makes the root and the writable folders where they are missing.
  ///
  /// - Throws: a `Diagnostic` when an account is unknown or the kernel refuses; what was settled by then stays so.
  package static func settle(_ rule: TreeRule) throws(Diagnostic) {
    let owner = try Owners.numbers(of: rule.owner)
    if try SafeFiles.openDirectory(rule.root) == nil {
      try SafeFiles.makeDirectory(rule.root, mode: rule.directories, user: owner.user, group: owner.group)
    }
    guard let root = try SafeFiles.openDirectory(rule.root) else { throw .treeVanished(rule.root) }
    let walk = TreeWalk(rule)
    let links = HardLinks(walk.judge)
    for (components, place) in walk.judge.writableFolders {
      let mode = walk.judge.mode(isDirectory: true, found: 0, at: place)
      try walk.make(components, in: root, mode: mode, rule)
    }
    walk.offence = { entry in
      let opened = openat(entry.directory, entry.name, harden_o_path | O_NOFOLLOW | O_CLOEXEC)
      guard opened >= 0 else {
        if errno == ENOENT { return }
        throw Failure.errno(errno)
      }
      let descriptor = Descriptor(opened)
      guard var found = descriptor.status() else { throw Failure.errno(errno) }
      // Between look and touch the name may have come to mean another inode: that one is judged anew.
      guard !links.isForeign(found, at: entry.place) else { return }
      if let wanted = walk.judge.wanted(found, at: entry.place, isRoot: entry.isRoot) {
        // The owner first: a chown clears setuid and setgid of files.
        if found.st_uid != wanted.user || found.st_gid != wanted.group {
          guard SafeFiles.chown(opened, wanted.user, wanted.group) else { throw Failure.errno(errno) }
          found = descriptor.status() ?? found
        }
        if found.st_mode & 0o7777 != wanted.mode {
          guard harden_chmod(opened, wanted.mode) == 0 else { throw Failure.errno(errno) }
        }
      }
      if entry.lacksACL && found.isDirectory {
        let acl = DefaultACL.bytes(mode: walk.judge.mode(isDirectory: true, found: 0, at: entry.place))
        guard harden_setxattr(opened, DefaultACL.attribute, acl, acl.count) == 0 else { throw Failure.errno(errno) }
      }
    }
    try walk.run(root, rule)
  }

  private func run(_ root: Descriptor, _ rule: TreeRule) throws(Diagnostic) {
    defer { offence = { _ in } }
    do {
      try walk(root: root)
    } catch Failure.errno(let code) {
      throw .tree(rule.root, ByteName.text(path(nil)), code)
    } catch let error as Diagnostic {
      throw error
    } catch {
      throw .bug("A walk through \(rule.root) ended with \(error).")
    }
  }

  private func make(_ components: [[UInt8]], in root: Descriptor, mode: UInt32, _ rule: TreeRule) throws(Diagnostic) {
    guard !SafeFiles.exists(components, in: root), let name = components.last else { return }
    guard let parent = SafeFiles.descend(components.dropLast(), from: root) else {
      throw .tree(rule.root, ByteName.text(Array(components.dropLast().joined(separator: [0x2F]))), errno)
    }
    let made = name.withCName { mkdirat(parent.number, $0, 0o700) }
    guard made == 0, let directory = SafeFiles.descend([name], from: parent) else {
      throw .tree(rule.root, ByteName.text(Array(components.joined(separator: [0x2F]))), errno)
    }
    guard SafeFiles.dropAccessList(of: directory.number), harden_chown(directory.number, judge.user, judge.group) == 0,
      harden_chmod(directory.number, mode) == 0
    else {
      throw .tree(rule.root, ByteName.text(name), errno)
    }
  }
}

extension TreeEntryImage {
  init(_ path: String, _ status: stat, in directory: Int32, _ name: UnsafePointer<CChar>) {
    self.init(path: path, mode: status.permissions, user: status.st_uid, group: status.st_gid)
    guard status.isDirectory else { return }
    defaultACL = DefaultACL.bytes(of: name, in: directory).map(Hex.text)
  }
}

extension Diagnostic {
  fileprivate static func tree(_ root: Path, _ path: String, _ code: Int32) -> Diagnostic {
    let where_ = path.isEmpty ? root.text : "\(root)/\(path)"
    return Diagnostic(
      "Tree not settled",
      detail: "In \(where_): \(SafeFiles.words(code)). Owners and modes beneath \(root) are not as declared.",
      fix: code == EPERM ? "lsattr -d \(Command.quoted(where_))" : "ls -ld \(Command.quoted(where_))")
  }

  fileprivate static func treeVanished(_ root: Path) -> Diagnostic {
    Diagnostic("Tree gone", detail: "\(root) was just made and is not there any more: something else removes it.")
  }
}
