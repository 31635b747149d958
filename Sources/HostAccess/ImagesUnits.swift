import HostState

extension ImageCamera {
  /// Where `systemctl enable` and the init scripts' `update-rc.d` lay their links.
  static let unitLinks: [Path] = [
    "/etc/systemd/system", "/etc/rc0.d", "/etc/rc1.d", "/etc/rc2.d", "/etc/rc3.d", "/etc/rc4.d", "/etc/rc5.d",
    "/etc/rc6.d", "/etc/rcS.d",
  ]

  /// Every link that enables, disables or masks a unit, and whether these units run.
  func addUnits(_ units: [String], to image: inout Image) throws(Diagnostic) {
    for folder in Self.unitLinks { try addLinks(in: folder, to: &image) }
    for unit in units { image.values[.activity(unit: unit)] = activity(unit) }
  }

  func activity(_ unit: String) -> ImageValue {
    guard let state = runner.properties(of: unit, ["ActiveState"])["ActiveState"] else { return .absent }
    // On its way up counts as up: a unit is asked just after it was started.
    return .text(text: ["activating", "reloading"].contains(state) ? "active" : state)
  }

  func addLinks(in folder: Path, to image: inout Image, depth: Int = 0) throws(Diagnostic) {
    guard depth < 3, let directory = try SafeFiles.openDirectory(folder) else { return }
    for name in Self.names(in: directory) {
      let path = Path(folder.text + "/" + ByteName.text(name))
      let value = try entry(path, .digest)
      guard case .entry(let entry) = value else { continue }
      switch entry.kind {
      case .link:
        image.values[.path(path: path.text)] = value
        // NAME.wants may be kept elsewhere: systemctl lays its links there.
        if (try? SafeFiles.openDirectory(path)) ?? nil != nil { try addLinks(in: path, to: &image, depth: depth + 1) }
      case .directory:
        // `enable` makes NAME.wants where it is missing.
        image.values[.path(path: path.text)] = value
        try addLinks(in: path, to: &image, depth: depth + 1)
      case .file, .other: break
      }
    }
  }
}
