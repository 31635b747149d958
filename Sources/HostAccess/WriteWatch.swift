import Dispatch
import Glibc
import HostState
import SystemCalls

/// Brings to the disk what others write in the folders that logins depend on, as soon as they have written it.
///
/// Packages' scripts do not: `pam-auth-update` renames its new `/etc/pam.d/common-*` into place without fsync(2), and
/// dpkg's own fsync(2) of something else may bring the names to the disk before the text (ext4's delayed allocation). A
/// power cut then leaves them empty, and nobody gets in, not even at the console.
final class WriteWatch: Sendable {
  private static let folders: [Path] = [
    "/etc", "/etc/default", "/etc/pam.d", "/etc/security", "/etc/ssh", "/etc/ssh/sshd_config.d", "/etc/sudoers.d",
    "/etc/systemd/system", "/var/lib/pam",
  ]

  private let events: Int32
  /// A pipe; what is written to it ends the watch.
  private let ending: (read: Int32, write: Int32)
  private let folders: [Int32: Path]
  private let group = DispatchGroup()

  /// Nil where the kernel has no room for one: what it does is a help, and no condition.
  init?() {
    events = inotify_init1(Int32(IN_CLOEXEC))
    var (reading, writing): (Int32, Int32) = (-1, -1)
    let isThere = harden_pipe(&reading, &writing) == 0
    ending = (reading, writing)
    var folders: [Int32: Path] = [:]
    for folder in Self.folders {
      let watch = inotify_add_watch(events, folder.text, UInt32(IN_CLOSE_WRITE | IN_MOVED_TO))
      if watch >= 0 { folders[watch] = folder }
    }
    self.folders = folders
    guard isThere, !folders.isEmpty else { return nil }
    DispatchQueue.global().async(group: group) { [self] in watch() }
  }

  deinit {
    for descriptor in [events, ending.read, ending.write] where descriptor >= 0 { close(descriptor) }
  }

  func end() {
    _ = write(ending.write, [0], 1)
    group.wait()
  }

  private func watch() {
    let size = 64 << 10
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
    defer { buffer.deallocate() }
    while true {
      var files = [events, ending.read].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&files, 2, -1) >= 0 || errno == EINTR else { return }
      guard files[1].revents == 0 else { return }
      guard files[0].revents != 0 else { continue }
      let count = read(events, buffer, size)
      guard count > 0 else { return }
      for file in named(in: UnsafeRawBufferPointer(start: buffer, count: count)) { bring(file) }
    }
  }

  /// The files that events are about: inotify(7).
  private func named(in events: UnsafeRawBufferPointer) -> Set<Path> {
    var files: Set<Path> = []
    var offset = 0
    let head = MemoryLayout<inotify_event>.size
    while offset + head <= events.count {
      let event = events.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
      let name = events[(offset + head)..<min(offset + head + Int(event.len), events.count)].prefix { $0 != 0 }
      if let folder = folders[event.wd], !name.isEmpty { files.insert(folder / String(decoding: name, as: UTF8.self)) }
      offset += head + Int(event.len)
    }
    return files
  }

  private func bring(_ file: Path) {
    // Whatever lies there by now is neither followed nor waited for.
    let opened = open(file.text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard opened >= 0 else { return }
    let descriptor = Descriptor(opened)
    if descriptor.status()?.isFile == true { fsync(descriptor.number) }
  }
}
