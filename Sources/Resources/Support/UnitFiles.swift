import HostState

/// A unit's text as systemd would read it now: `systemctl cat` leaves out what was added since it last did.
package struct UnitFiles {
  /// Nil until all of it is known, and where there is no such unit.
  package private(set) var text: UnitText?
  /// What has to be looked at.
  package private(set) var probes: Set<Probe> = []

  /// systemd.unit(5): the first that is there counts.
  private static let folders: [Path] = [
    "/etc/systemd/system", "/run/systemd/system", "/run/systemd/generator", "/usr/lib/systemd/system",
  ]

  package init(of unit: String, _ known: Observations) {
    var texts: [String] = []
    var isKnown = true
    func contents(_ path: Path, _ probes: inout Set<Probe>) -> String? {
      probes.insert(.contents(path: path))
      guard let answer = known.answer(.contents(path: path)) else {
        isKnown = false
        return nil
      }
      guard case .there(.text(let text)) = answer else { return nil }
      return text
    }
    let own = Self.folders.compactMap { contents($0 / unit, &probes) }
    texts += own.prefix(1)
    // A file stands in for others of its name, and they are read in the order of their names.
    var found: [String: Path] = [:]
    for folder in Self.folders.flatMap({ [$0 / (unit + ".d"), $0 / "service.d"] }) {
      guard folder.name != "service.d" || unit.hasSuffix(".service") else { continue }
      probes.insert(.names(directory: folder))
      switch known.answer(.names(directory: folder)) {
      case nil: isKnown = false
      case .there(.names(let names))?:
        for name in names where name.hasSuffix(".conf") && found[name] == nil { found[name] = folder / name }
      default: break
      }
    }
    for (_, path) in found.sorted(by: { $0.key < $1.key }) {
      if let text = contents(path, &probes) { texts.append(text) }
    }
    if isKnown, !own.isEmpty { text = UnitText(texts.joined(separator: "\n")) }
  }
}
