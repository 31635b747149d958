import Glibc
import HostState

/// `TreeRule.wanted` in numbers: judges an entry without making a string, so that a walk costs what `find` costs.
struct TreeJudge {
  /// Where in the tree an entry lies, as far as the rule tells places apart.
  struct Place {
    var isWritable = false
    var isRelaxed = false
    /// Folders of the rule whose first components are those walked so far, and how many of them.
    var open: [(folder: Int, matched: Int)] = []
  }

  let user: UInt32
  let group: UInt32
  let directories: UInt32
  let files: UInt32
  let inherited: Bool
  private let excluding: [[UInt8]]
  private let folders: [(components: [[UInt8]], isWritable: Bool)]
  let root: Place

  /// A user or group that the host does not know fits no entry.
  init(_ rule: TreeRule) {
    user = Owners.user(rule.owner.user) ?? .max
    group = Owners.group(rule.owner.group) ?? .max
    directories = UInt32(rule.directories.rawValue)
    files = UInt32(rule.files.rawValue)
    inherited = rule.inherited
    excluding = rule.excluding.map { Array($0.utf8) }
    let writable = rule.writable.map { (components: Self.components($0), isWritable: true) }
    folders = writable + rule.relaxed.map { (components: Self.components($0), isWritable: false) }
    var root = Place()
    for (index, folder) in folders.enumerated() {
      if folder.components.isEmpty {
        if folder.isWritable { root.isWritable = true } else { root.isRelaxed = true }
      } else {
        root.open.append((index, 0))
      }
    }
    self.root = root
  }

  static func components(_ folder: String) -> [[UInt8]] {
    folder.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
  }

  func excludes(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    for excluded in excluding where excluded.count == name.count && name.elementsEqual(excluded) { return true }
    return false
  }

  /// The place of an entry of this name in a directory at `place`.
  func enter(_ name: UnsafeBufferPointer<UInt8>, from place: Place) -> Place {
    if place.open.isEmpty { return place }
    var entered = Place(isWritable: place.isWritable, isRelaxed: place.isRelaxed)
    for (index, matched) in place.open {
      let folder = folders[index]
      guard name.elementsEqual(folder.components[matched]) else { continue }
      if matched + 1 < folder.components.count {
        entered.open.append((index, matched + 1))
      } else if folder.isWritable {
        entered.isWritable = true
      } else {
        entered.isRelaxed = true
      }
    }
    return entered
  }

  /// The mode that the rule wants for an entry that now has `mode`.
  func mode(isDirectory: Bool, found mode: UInt32, at place: Place) -> UInt32 {
    var wanted = isDirectory ? directories : files
    if place.isWritable { wanted |= 0o020 }
    if !isDirectory && mode & 0o100 != 0 { wanted |= (wanted & 0o444) >> 2 }
    if place.isRelaxed { wanted |= mode & 0o005 }
    return wanted
  }

  /// What the rule wants of an entry; nil when it fits, or is neither file nor directory.
  func wanted(_ found: stat, at place: Place, isRoot: Bool) -> (mode: UInt32, user: UInt32, group: UInt32)? {
    let kind = found.st_mode & S_IFMT
    guard kind == S_IFREG || kind == S_IFDIR else { return nil }
    let now = found.st_mode & 0o7777
    let mode = mode(isDirectory: kind == S_IFDIR, found: now, at: place)
    let user = place.isWritable && !isRoot ? found.st_uid : user
    return mode == now && user == found.st_uid && group == found.st_gid ? nil : (mode, user, group)
  }

  /// The folders that must be there, parents first, relative to the root, with their places.
  var writableFolders: [(components: [[UInt8]], place: Place)] {
    var made: [(components: [[UInt8]], place: Place)] = []
    for folder in folders where folder.isWritable {
      var (place, walked) = (root, [[UInt8]]())
      for component in folder.components {
        place = component.withUnsafeBufferPointer { enter($0, from: place) }
        walked.append(component)
        if !made.contains(where: { $0.components == walked }) { made.append((walked, place)) }
      }
    }
    return made
  }
}
