import HostState

extension Executor {
  /// What a step may change, and so what its images hold.
  ///
  /// - Parameter before: its image of before, where it was begun already: what is a link only by its doing leads to
  ///   files that it had nothing to do with.
  func scope(of step: Step, before: Image? = nil) throws(Diagnostic) -> ImageScope {
    var scope = ImageScope()
    func targets(_ paths: [Path]) -> [Path] {
      paths.compactMap(LinkTarget.of).filter { before == nil || before?.values[.path(path: $0.text)] != nil }
    }
    switch step.action {
    case .write(let path, _, _, _, _), .remove(let path, _), .link(let path, _):
      scope.paths = [path]
      scope.sysctls = step.footprint.sysctlsAtBoot?.keys.sorted() ?? []
    case .makeDirectory(let path, _, _): scope.paths = try missingDirectories(path)
    case .setMode(let path, _), .setOwner(let path, _): scope.attributes = [(path, "")]
    case .settleTree(let rule):
      guard let found = try TreeWalk.offenders(rule) else {
        scope.paths = try missingDirectories(rule.root)
        scope.paths += rule.writable.flatMap { folders(rule.root, $0) }
        break
      }
      scope.attributes = found.entries.map { (rule.root, $0.path) }
      scope.paths = found.missing.map { Path(rule.root.text + "/" + $0) }
    case .settleSecrets(let rule): scope.paths = [rule.path]
    // What certbot holds is data, and stays.
    case .updatePackageLists, .install, .issueCertificate, .proveRenewal: break
    case .run:
      let footprint = step.footprint
      scope.paths = footprint.paths + targets(footprint.paths)
      if footprint.packetFilter { scope.paths += targets(try ImageCamera.ufwFiles()) }
      scope.trees = footprint.trees
      scope.accounts = footprint.accounts
      if !footprint.accounts.isEmpty { scope.paths += AccountImages.copies }
      scope.packetFilter = footprint.packetFilter
      scope.units = footprint.units
      scope.sysctls = footprint.sysctls
    case .reload(let unit, _, _, _): scope.reloads = [unit]
    case .setUnit(let unit, _, _): scope.units = [unit]
    case .setSysctl(let key, _): scope.sysctls = [key]
    }
    return scope
  }

  /// What a step left, and what of it shows only after the next boot.
  func image(after step: Step, _ scope: ImageScope) throws(Diagnostic) -> Image {
    var camera = ImageCamera(runner: runner)
    // An undo goes through it key by key, and has to know which are as they were left.
    if case .settleSecrets = step.action { camera.blobs = journal?.blobs }
    var image = try camera.take(scope)
    for (key, value) in step.footprint.sysctlsAtBoot ?? [:] where image[.setting(key)] != .absent {
      image.values[.setting(key)] = .text(text: value)
    }
    return image
  }

  /// The directory and those above it that are not there, the highest first; itself where it is there.
  func missingDirectories(_ path: Path) throws(Diagnostic) -> [Path] {
    var missing = [path]
    var above = path.parent
    while above != "/", try SafeFiles.openDirectory(above) == nil {
      missing.insert(above, at: 0)
      above = above.parent
    }
    return missing
  }

  /// `a/b` as root/a and root/a/b.
  private func folders(_ root: Path, _ folder: String) -> [Path] {
    var paths: [Path] = []
    var path = root
    for component in folder.split(separator: "/") {
      path = path / String(component)
      paths.append(path)
    }
    return paths
  }
}
