/// Files as planned steps leave them, kept by the first two names of their paths (`/etc/ssh`), so that those beneath a
/// directory are found without looking at all of them.
struct PlannedFiles: Sendable {
  private var regions: [Path: [Path: PlannedEntry]] = [:]

  subscript(path: Path) -> PlannedEntry? {
    get { regions[path.region]?[path] }
    set { regions[path.region, default: [:]][path] = newValue }
  }

  /// Those at or beneath these paths.
  func beneath(_ paths: [Path]) -> [Path: PlannedEntry] {
    var found: [Path: PlannedEntry] = [:]
    for path in paths {
      let region = path.region
      if path.isAboveRegions {
        for (_, entries) in regions { found.merge(entries.filter { $0.key.isWithin(path) }) { $1 } }
      } else if path == region, found.isEmpty {
        found = regions[region] ?? [:]
      } else {
        found.merge((regions[region] ?? [:]).filter { $0.key.isWithin(path) }) { $1 }
      }
    }
    return found
  }
}

extension Path {
  /// The path cut off after its second name.
  fileprivate var region: Path {
    var slashes = 0
    for index in text.utf8.indices where text.utf8[index] == UInt8(ascii: "/") {
      slashes += 1
      if slashes == 3 { return Path(whole: String(text[..<index])) }
    }
    return self
  }

  /// Whether it has fewer than two names.
  fileprivate var isAboveRegions: Bool { text.utf8.dropFirst().allSatisfy { $0 != UInt8(ascii: "/") } }
}
