/// What is mounted, as `/proc/self/mountinfo` says it: proc_pid_mountinfo(5).
package struct MountTable: Sendable {
  /// One line of it.
  package struct Mount: Hashable, Sendable {
    package let id: Int
    package let parent: Int
    /// `8:1`
    package let device: String
    /// The folder of its file system that it shows: another than `/` for a bind mount, or a subvolume of btrfs.
    package let root: Path
    package let point: Path
    /// `ext4`
    package let kind: String
    /// `/dev/sda1`, where it is a device's.
    package let source: String
    /// Whether nothing can be written through it, by what it says or by what its file system says.
    package var isReadOnly = false
  }

  package let mounts: [Mount]

  package static let path: Path = "/proc/self/mountinfo"
  /// The same for the whole host, whatever a service or a session has otherwise.
  package static let hostPath: Path = "/proc/1/mountinfo"

  package init(_ text: String) {
    mounts = text.lines.compactMap { line in
      let words = line.split(separator: " ")
      guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 2, let id = Int(words[0]),
        let parent = Int(words[1])
      else { return nil }
      return Mount(
        id: id, parent: parent, device: String(words[2]), root: Path(MountName.unescaped(words[3])),
        point: Path(MountName.unescaped(words[4])), kind: String(words[dash + 1]),
        source: MountName.unescaped(words[dash + 2]),
        isReadOnly: [words[5], words.count > dash + 3 ? words[dash + 3] : ""].contains {
          $0.split(separator: ",").contains("ro")
        })
    }
  }

  /// The mounts that lead to a path without links, the last of which holds it. One that another covers is none of them.
  package func holders(of path: Path) -> [Mount] {
    let ids = Set(mounts.map(\.id))
    guard var holder = mounts.first(where: { $0.point == "/" && (!ids.contains($0.parent) || $0.parent == $0.id) })
    else { return [] }
    var holders = [holder]
    while holders.count <= mounts.count {
      // Of two in the same mount, the kernel comes to the upper one first.
      let next = mounts.filter { $0.parent == holder.id && $0.id != holder.id && path.isWithin($0.point) }
        .min { $0.point.text.utf8.count < $1.point.text.utf8.count }
      guard let next else { break }
      holder = next
      holders.append(next)
    }
    return holders
  }
}

/// Names of mount points in the tables of mounts, and of systemd's units for them.
package enum MountName {
  /// Blanks of a mount point's name are written `\040` (fstab(5)).
  package static func unescaped(_ word: Substring) -> String {
    guard word.utf8.contains(UInt8(ascii: "\\")) else { return String(word) }
    var (bytes, rest) = ([UInt8](), Array(word.utf8)[...])
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8) {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// systemd.unit(5), “String Escaping for Inclusion in Unit Names”; without `.mount`.
  package static func escaped(_ point: Path) -> String {
    if point == "/" { return "-" }
    return point.text.utf8.dropFirst().enumerated().map { place, byte -> String in
      switch byte {
      case UInt8(ascii: "/"): "-"
      case UInt8(ascii: "."): place == 0 ? "\\x2e" : "."
      case UInt8(ascii: ":"), UInt8(ascii: "_"): String(decoding: [byte], as: UTF8.self)
      case _ where byte.isLetterOrDigit: String(decoding: [byte], as: UTF8.self)
      default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }.joined()
  }

  package static func mount(_ point: Path) -> String { escaped(point) + ".mount" }
  package static func automount(_ point: Path) -> String { escaped(point) + ".automount" }
}
