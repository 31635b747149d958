import Glibc
import HostState

/// What an undo moved aside, under the paths it lay at.
struct Vault {
  let directory: Path
  /// Items whose state is not as the run left it, so that somebody else had a hand in them.
  var foreign: Set<ImageItem> = []

  /// Keeps the file or link that lies at a path, if it is one that somebody else changed.
  func keep(_ path: Path, _ now: ImageValue) throws(Diagnostic) {
    guard foreign.contains(.path(path: path.text)), case .entry(let entry) = now else { return }
    if entry.kind == .file { try save(path, mode: entry.mode) }
    guard entry.kind == .link, let target = entry.target else { return }
    let (kept, isThere) = try place(of: path) { (name, directory) throws(Diagnostic) in
      SafeFiles.linkTarget(name.name, in: directory) == target
    }
    if !isThere { try SafeFiles.link(kept, to: target, user: 0, group: 0) }
  }

  /// Copies a file into the vault with its mode. It is root's: an account has to stay as long as a file belongs to it.
  private func save(_ path: Path, mode: FileMode) throws(Diagnostic) {
    guard let bytes = try SafeFiles.read(path) else { return }
    let (kept, isThere) = try place(of: path) { (name, directory) throws(Diagnostic) in
      guard directory.status(of: name.name)?.isFile == true else { return false }
      return try SafeFiles.read(name) == bytes
    }
    if !isThere { try SafeFiles.write(kept, bytes, mode: mode & 0o777, user: 0, group: 0) }
  }

  /// Notes what somebody else had made of these, in words: of modes, settings and accounts there is no file to keep.
  func note(_ restorations: [Restoration]) throws(Diagnostic) {
    let path = directory / "overwritten.txt"
    let known = Set(SafeFiles.lines(of: path).map { String($0) })
    let added = restorations.filter { $0.isForeign && !$0.isMerged }.sorted { $0.item < $1.item }
      .map { "\($0.item.named): \($0.now.note(for: $0.item))" }.filter { !known.contains($0) }
    guard !added.isEmpty else { return }
    try StatePaths.makeDirectory(directory)
    let before = try SafeFiles.read(path) ?? []
    let text = added.map { $0 + "\n" }.joined()
    try SafeFiles.write(path, before + Array(text.utf8), mode: 0o600, user: 0, group: 0)
  }

  /// Where to keep what lies at a path, and whether it is kept there already: `NAME`, or `NAME.2` beside what was kept
  /// of it before. One undo may find several foreign states of one file, and all are somebody's.
  private func place(
    of path: Path, isSame: (_ kept: Path, _ directory: Descriptor) throws(Diagnostic) -> Bool
  ) throws(Diagnostic) -> (place: Path, isThere: Bool) {
    let first = Path(directory.text + path.text)
    try StatePaths.makeDirectory(first.parent)
    let folder = try SafeFiles.parent(of: first)
    var (kept, number) = (first, 1)
    while folder.status(of: kept.name) != nil {
      if try isSame(kept, folder) { return (kept, true) }
      number += 1
      kept = Path("\(first).\(number)")
    }
    return (kept, false)
  }
}

extension Restoration {
  /// Whether others' part of it stays where it is.
  fileprivate var isMerged: Bool {
    if case .rules = item { return true }
    return false
  }
}

extension ImageItem {
  /// What it is, down to the file that a line is in.
  fileprivate var named: String {
    switch self {
    case .line(let file, let name): "\(name) in /etc/\(file)"
    case .member(let file, let group, let user): "\(user) in \(group) of /etc/\(file)"
    default: subject
    }
  }
}

extension ImageValue {
  /// What it is in words, a line of accounts whole, attributes as setfattr(1) takes them: for root's eyes alone.
  fileprivate func note(for item: ImageItem) -> String {
    switch (self, item) {
    case (.text(let text), .line): return text
    case (.entry(let entry), _):
      return entry.attributes.sorted { $0.key < $1.key }.reduce(words(for: item)) { "\($0), \($1.key)=0x\($1.value)" }
    case (.attributes(let entry), _):
      guard let list = entry.defaultACL else { return words(for: item) }
      return "\(entry.mode) \(Owners.owner(entry.user, entry.group)), \(DefaultACL.attribute)=0x\(list)"
    default: return words(for: item)
    }
  }
}
