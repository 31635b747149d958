import HostState

/// Where symbolic links lead that other programs write through: ufw, say, whose files somebody keeps elsewhere.
enum LinkTarget {
  /// The path behind a link, whatever links lie between; nil for what is no link, and for one that leads nowhere.
  static func of(_ path: Path) -> Path? {
    guard FileReading.linkTarget(path.text) != nil else { return nil }
    if let found = path.real { return found }
    // Nothing is there yet: whoever writes through the link makes it.
    var place = path
    for _ in 0..<40 {
      guard let target = FileReading.linkTarget(place.text) else { return place }
      let next = target.hasPrefix("/") ? Path(target) : Path(place.parent.text + "/" + target)
      guard let folder = next.parent.real else { return nil }
      place = folder / next.name
    }
    return nil
  }

  /// The paths, and what those of them that are links lead to.
  static func through(_ paths: [Path]) -> [Path] { paths + paths.compactMap(of) }
}

extension ImageItem {
  /// The file it speaks of, without a link on the way to it; the roots of trees may be links themselves.
  var realPath: Path? {
    guard let path = fullPath.map({ Path($0) }) else { return nil }
    if case .attributes(_, "") = self { return path.real ?? path }
    return path.parent.real.map { $0 / path.name } ?? path
  }
}

extension Path {
  /// Where it leads to, without a link on the way; nil where it is not there.
  var real: Path? { FileReading.realPath(text).map { Path($0) } }
}
