import HostState

/// Something that steps touch; two steps on one thing keep their planned order.
enum Thing: Hashable {
  case path(Path)
  case unit(String)
  case account(String)
  case packetFilter
  case packages
  case sysctl(String)

  func lies(in directory: Path) -> Bool {
    guard case .path(let path) = self else { return false }
    return path.isWithin(directory)
  }
}

extension Step {
  var things: Set<Thing> {
    var things: Set<Thing> = []
    if let path = action.path { things.insert(.path(path)) }
    switch action {
    case .updatePackageLists, .install: things.insert(.packages)
    case .issueCertificate(let order), .proveRenewal(let order): things.insert(.path(order.directory))
    case .reload(let unit, _, _, _), .setUnit(let unit, _, _): things.insert(.unit(unit))
    case .setSysctl(let key, _): things.insert(.sysctl(key))
    default: break
    }
    for path in footprint.paths + footprint.trees { things.insert(.path(path)) }
    for account in footprint.accounts { things.insert(.account(account)) }
    for unit in footprint.units { things.insert(.unit(unit)) }
    if footprint.packetFilter { things.insert(.packetFilter) }
    return things
  }

  /// What must be there first: what is stated, and what follows from the action.
  var needs: Set<Requirement> {
    var needs = Set(requires)
    func owned(by owner: Owner) {
      if owner.user != "root" { needs.insert(.account(owner.user)) }
      if owner.group != "root" { needs.insert(.group(owner.group)) }
    }
    switch action {
    case .write(let path, _, _, let owner, _), .makeDirectory(let path, _, let owner):
      needs.insert(.path(path.parent))
      owned(by: owner)
    case .link(let path, _): needs.insert(.path(path.parent))
    case .remove(let path, _), .setMode(let path, _): needs.insert(.path(path))
    case .setOwner(let path, let owner):
      needs.insert(.path(path))
      owned(by: owner)
    case .settleTree(let rule):
      needs.insert(.path(rule.root.parent))
      owned(by: rule.owner)
    case .settleSecrets(let rule):
      needs.insert(.path(rule.path.parent))
      owned(by: rule.owner)
    case .run(let command): needs.insert(.path(command.executable))
    case .issueCertificate(let order), .proveRenewal(let order): needs.insert(.path(order.webroot))
    case .updatePackageLists, .install, .reload, .setUnit, .setSysctl: break
    }
    return needs
  }

  /// What is there once the step is done and was not before.
  func makes(after known: Observations) -> Set<Requirement> {
    var makes: Set<Requirement> = []
    switch action {
    case .write(let path, _, _, _, _), .makeDirectory(let path, _, _), .link(let path, _): makes.insert(.path(path))
    case .settleTree(let rule):
      makes.insert(.path(rule.root))
      for folder in rule.writable { makes.insert(.path(rule.root / folder)) }
    case .settleSecrets(let rule): makes.insert(.path(rule.path))
    case .install(let packages):
      for package in packages {
        makes.insert(.package(package))
        for path in Observations.stockPaths(of: package) { makes.insert(.path(path)) }
      }
    default: break
    }
    for effect in effects {
      switch effect {
      case .accounts(.user(let account)):
        makes.formUnion([.account(account.name), .group(account.group), .path(account.home)])
      case .accounts(.group(let name)): makes.insert(.group(name))
      case .answers(.file(let path), .there): makes.insert(.path(path))
      default: break
      }
    }
    // What is there already is nobody's to make.
    return makes.filter { made in
      switch made {
      case .path(let path): !(known.answer(.file(path: path))?.isThere ?? false)
      case .package(let name): !((try? known.hasPackage(name)) ?? false)
      case .account(let name): (try? known.accounts())?.value?.users[name] == nil
      case .group(let name): (try? known.accounts())?.value?.groups[name] == nil
      }
    }
  }
}
