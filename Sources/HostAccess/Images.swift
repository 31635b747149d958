import HostState

/// One thing on the host whose state an image keeps, so that it can be put back by itself.
enum ImageItem: Hashable, Codable, Comparable {
  /// A file, link or directory, by absolute path, escaped by `ByteName`.
  case path(path: String)
  /// Mode, owner and default ACL alone, of an entry beneath a directory; empty for the directory itself.
  case attributes(root: String, path: String)
  /// The line of a name in `passwd`, `shadow`, `group`, `gshadow`, `subuid` or `subgid`, members left out.
  case line(file: String, name: String)
  /// That a user is in the list of a group, in `group` or `gshadow`.
  case member(file: String, group: String, user: String)
  /// TCP ports that a unit's main process listens on; looked at again after an undo, never put back by itself.
  case listening(unit: String)
  /// `ActiveState` of a unit.
  case activity(unit: String)
  case sysctl(key: String)
  /// The rules of `iptables` or `ip6tables`, without counters and comments.
  case rules(family: String)
  /// A table of nftables that is there: `ip filter`.
  case table(name: String)
}

extension ImageItem {
  /// A kernel setting, however its name is written: ufw's file has slashes where harden's has dots.
  static func setting(_ key: String) -> ImageItem { .sysctl(key: SysctlKey.dotted(key)) }

  /// The same under the name that it goes by now: journals of before hold settings as they were written.
  fileprivate var renamed: ImageItem {
    guard case .sysctl(let key) = self else { return self }
    return .setting(key)
  }
}

/// What an image says of one item.
enum ImageValue: Hashable, Codable {
  case absent
  case entry(entry: EntryImage)
  case attributes(attributes: TreeEntryImage)
  case text(text: String)
}

/// A file, link or directory as it was.
struct EntryImage: Hashable, Codable {
  enum Kind: String, Codable { case file, link, directory, other }
  var kind: Kind
  var mode: FileMode
  var user: UInt32
  var group: UInt32
  /// SHA-256 of a file's contents; nil when it was too big to be read.
  var digest: String?
  /// Whether the contents themselves are kept, under the digest's name. Not part of what is compared.
  var isKept = false
  var target: String?
  /// Extended attributes in hexadecimal.
  var attributes: [String: String] = [:]

  /// Whether both are the same on the host.
  func isSame(as other: EntryImage) -> Bool {
    var (left, right) = (self, other)
    (left.isKept, right.isKept) = (false, false)
    return left == right
  }
}

extension ImageValue {
  func isSame(as other: ImageValue) -> Bool {
    if case .entry(let left) = self, case .entry(let right) = other { return left.isSame(as: right) }
    return self == other
  }
}

/// The state of everything that a step may change, at one moment.
struct Image: Hashable, Codable {
  var values: [ImageItem: ImageValue] = [:]

  /// What is not in an image was not there.
  subscript(item: ImageItem) -> ImageValue { values[item] ?? .absent }

  init(_ values: [ImageItem: ImageValue] = [:]) { self.values = values }

  private struct Line: Codable {
    var item: ImageItem
    var value: ImageValue
  }

  init(from decoder: any Decoder) throws {
    for line in try [Line](from: decoder) { values[line.item.renamed] = line.value }
  }

  func encode(to encoder: any Encoder) throws {
    try values.sorted { $0.key < $1.key }.map { Line(item: $0.key, value: $0.value) }.encode(to: encoder)
  }
}

/// What an image has to look at.
struct ImageScope {
  /// With their contents, and all that lies beneath directories.
  var paths: [Path] = []
  /// All beneath them, contents as digests alone.
  var trees: [Path] = []
  /// Entries whose mode, owner and default ACL alone matter.
  var attributes: [(root: Path, path: String)] = []
  var accounts: [String] = []
  var packetFilter = false
  /// Units whose enabling and activity may change.
  var units: [String] = []
  /// Units that are reloaded: whether they run, and what they listen on.
  var reloads: [String] = []
  var sysctls: [String] = []
}
