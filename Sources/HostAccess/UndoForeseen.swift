import HostState

/// What this undo comes to so far, restoration by restoration: several steps may have changed one thing, and one file
/// may be named whole by one step, and by its mode and owner alone, beneath one root or another, by the next.
struct ForeseenState {
  private enum File {
    /// As a step puts it back, or away.
    case whole(ImageValue)
    /// Whatever it holds, with this mode and owner.
    case settled(TreeEntryImage)
  }
  private var files: [String: File] = [:]
  private var others: [ImageItem: ImageValue] = [:]

  /// Takes a restoration for done.
  mutating func note(_ target: ImageValue, for item: ImageItem) {
    guard let path = item.fullPath else {
      others[item] = target
      return
    }
    guard case .attributes(let settled) = target else {
      files[path] = .whole(target)
      return
    }
    if case .whole(.entry(let entry))? = files[path] {
      files[path] = .whole(.entry(entry: entry.with(settled)))
    } else {
      files[path] = .settled(settled)
    }
  }

  /// The item as it is by then; nil where no restoration so far concerns it.
  ///
  /// - Parameter found: as it is on the host.
  func value(of item: ImageItem, found: ImageValue) -> ImageValue? {
    guard let path = item.fullPath else { return others[item] }
    switch (files[path], item) {
    case (.whole(let value)?, .path): return value
    case (.whole(let value)?, .attributes(_, let path)): return value.attributes(of: path)
    case (.settled(let settled)?, .path):
      guard case .entry(let entry) = found, entry.kind != .link else { return nil }
      return .entry(entry: entry.with(settled))
    case (.settled(var settled)?, .attributes(_, let path)):
      settled.path = path
      return .attributes(attributes: settled)
    default: return nil
    }
  }
}

extension ImageItem {
  /// The file it speaks of, if it speaks of one.
  var fullPath: String? {
    switch self {
    case .path(let path): path
    case .attributes(let root, let path): path.isEmpty ? root : (root == "/" ? "" : root) + "/" + path
    default: nil
    }
  }
}

extension ImageValue {
  /// What a whole image says of an entry's mode and owner; links have none of their own.
  fileprivate func attributes(of path: String) -> ImageValue {
    guard case .entry(let entry) = self, entry.kind != .link else { return .absent }
    var image = TreeEntryImage(path: path, mode: entry.mode, user: entry.user, group: entry.group)
    if entry.kind == .directory { image.defaultACL = entry.attributes[DefaultACL.attribute] }
    return .attributes(attributes: image)
  }
}

extension EntryImage {
  /// The same with the mode, owner and default ACL that were put back on it.
  fileprivate func with(_ settled: TreeEntryImage) -> EntryImage {
    var entry = self
    (entry.mode, entry.user, entry.group) = (settled.mode, settled.user, settled.group)
    if kind == .directory { entry.attributes[DefaultACL.attribute] = settled.defaultACL }
    if let list = attributes[AccessList.attribute].flatMap(Hex.bytes) {
      entry.attributes[AccessList.attribute] = Hex.text(AccessList.bytes(list, mode: settled.mode))
    }
    return entry
  }

  /// Whether both hold the same, whoever owns it and whatever its mode.
  func holdsSame(as other: EntryImage) -> Bool {
    kind == other.kind && digest == other.digest && target == other.target && (kind != .file || digest != nil)
  }
}
