import Glibc
import HostState
import SystemCalls

/// Modes and owners of entries as they lie there; a file with other names is laid anew, since those are not meant.
extension SafeFiles {
  /// Sets the mode of a file or directory, never of what a link points at.
  package static func setMode(_ path: Path, _ mode: FileMode) throws(Diagnostic) {
    let descriptor = try handle(path)
    if let status = descriptor.status(), status.hasOtherNames {
      return try part(path, descriptor, mode: mode, user: status.st_uid, group: status.st_gid)
    }
    guard harden_chmod(descriptor.number, UInt32(mode.rawValue)) == 0 else {
      throw .file("set the mode of", path, errno)
    }
  }

  /// Sets the owner; the mode stays as it is, though chown(2) takes setuid and setgid from files.
  package static func setOwner(_ path: Path, user: UInt32, group: UInt32) throws(Diagnostic) {
    let descriptor = try handle(path)
    guard let before = descriptor.status() else { throw .file("look at", path, errno) }
    if before.hasOtherNames {
      return try part(path, descriptor, mode: before.permissions, user: user, group: group)
    }
    guard chown(descriptor.number, user, group) else { throw .file("set the owner of", path, errno) }
    guard !before.isLink, let after = descriptor.status(), after.st_mode != before.st_mode else { return }
    guard harden_chmod(descriptor.number, before.st_mode & 0o7777) == 0 else {
      throw .file("set the mode of", path, errno)
    }
  }

  /// A descriptor that stands for the entry itself, link or not; refuses foreign hard links.
  static func handle(_ path: Path) throws(Diagnostic) -> Descriptor {
    if path == "/", let root = try openDirectory("/") { return root }
    let directory = try parent(of: path)
    guard let descriptor = directory.open(path.name, harden_o_path), let status = descriptor.status() else {
      throw .file("open", path, errno)
    }
    // Where only root can write, the second name is root's own doing.
    if status.hasOtherNames, let holder = directory.status(),
      holder.st_uid != 0 || holder.st_mode & 0o022 != 0, status.st_uid != holder.st_uid
    {
      throw .foreignHardLink(path, status.st_uid)
    }
    return descriptor
  }

  /// Gives the path a file of its own with the same contents, so that its other names keep the one they have.
  private static func part(
    _ path: Path, _ descriptor: Descriptor, mode: FileMode, user: UInt32, group: UInt32
  ) throws(Diagnostic) {
    // The inode that was looked at, whatever its name means by now.
    let opened = open("/proc/self/fd/\(descriptor.number)", O_RDONLY | O_CLOEXEC)
    guard opened >= 0, let bytes = read(Descriptor(opened)) else { throw .file("read", path, errno) }
    var kept = attributes(of: descriptor.number)
    if let list = kept[AccessList.attribute] { kept[AccessList.attribute] = AccessList.bytes(list, mode: mode) }
    try put(path, bytes, mode: mode, user: user, group: group, attributes: kept, in: try parent(of: path))
  }
}

extension Diagnostic {
  static func foreignHardLink(_ path: Path, _ user: UInt32) -> Diagnostic {
    Diagnostic(
      "Hard link to a foreign file",
      detail:
        "\(path) is a second name of a file that belongs to \(Owners.name(ofUser: user)). Changing it would change "
        + "the file under its other name too, so it is left alone.",
      fix: "find / -xdev -samefile \(Command.quoted(path.text))")
  }
}
