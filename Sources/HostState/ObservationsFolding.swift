/// How planned steps change what is known: the next one is planned against the host as this one leaves it.
extension Observations {
  /// Applies what is known of the host once the step is done.
  public mutating func fold(_ step: Step) {
    fold(action: step.action)
    if case .run = step.action {
      for path in step.footprint.paths + step.footprint.trees { unsettle(path) }
    }
    for effect in step.effects { fold(effect) }
  }

  private mutating func fold(action: Action) {
    switch action {
    case .write(let path, let contents, let mode, let owner, _):
      put(path, .file(contents: contents, mode: mode, owner: owner))
    case .remove(let path, _): put(path, .removed)
    case .makeDirectory(let path, let mode, let owner): put(path, .directory(mode: mode, owner: owner))
    case .link(let path, let target): put(path, .link(target: target))
    case .setMode(let path, let mode): revise(path) { $0.with(mode: mode) }
    case .setOwner(let path, let owner): revise(path) { $0.with(owner: owner) }
    case .settleTree(let rule): settle(rule)
    case .settleSecrets(let rule): settle(rule)
    case .updatePackageLists:
      unsettle("/var/lib/apt/lists")
      for probe in candidates { stated[probe] = .moved }
    case .install(let packages):
      // What comes or goes with all of them has done so with the first.
      if installed.isEmpty {
        for probe in candidates {
          guard case .there(.candidate(let candidate))? = answer(probe) else { continue }
          stated[probe] = .there(value: .candidate(candidate.alone))
        }
      }
      for package in packages { fold(installOf: package) }
      unsettle("/var/lib/dpkg/status")
    case .run: break
    case .reload(let unit, _, _, _):
      for probe in watchers {
        if case .stale(unit, _) = probe { stated[probe] = .there(value: .flag(false)) }
      }
      unsettleReach(of: unit)
    case .setUnit(let unit, let enabled, let active):
      fold(.unit(name: unit, enabled: enabled, active: active))
      if active != nil { unsettleReach(of: unit) }
    case .issueCertificate(let order): outdate(order.directory)
    case .proveRenewal: break
    case .setSysctl(let key, let value): stated[.sysctl(key: key)] = .there(value: .text(value))
    }
  }

  private mutating func fold(_ effect: Effect) {
    switch effect {
    case .answers(let probe, let answer):
      state(probe, answer)
      watch(probe)
    case .moves(let probe): state(probe, .moved)
    case .accounts(let change):
      accountsChanges.append(change)
      guard case .there(.accounts(var accounts))? = answer(.accounts) else { return }
      change.apply(to: &accounts)
      stated[.accounts] = .there(value: .accounts(accounts))
    case .unit(let name, let enabled, let active):
      var state = UnitState(enablement: "disabled", activity: "inactive")
      if case .there(.unit(let known))? = answer(.unit(name: name)) { state = known }
      if let enabled, !(enabled && state.isEnabled) { state.enablement = enabled ? "enabled" : "disabled" }
      if let active, state.isActive != active { state.activity = active ? "active" : "inactive" }
      stated[.unit(name: name)] = .there(value: .unit(state))
    case .listens(let listener):
      reviseListeners { if !$0.contains(listener) { $0.append(listener) } }
    case .closes(let transport, let port):
      reviseListeners { $0.removeAll { $0.transport == transport && $0.port == port } }
    }
  }

  private mutating func reviseListeners(_ revise: (inout [Listener]) -> Void) {
    guard case .there(.listeners(var listeners))? = answer(.listeners) else { return }
    revise(&listeners)
    stated[.listeners] = .there(value: .listeners(listeners))
  }

  private var candidates: [Probe] {
    known.keys.map(\.probe).filter(\.isCandidate)
  }

  /// A package that was never there brings what Debian ships; after `remove` what lies on disk counts.
  private mutating func fold(installOf package: String) {
    let before = answer(.package(name: package))
    if case .there(.package(let state))? = before, state.isInstalled { return }
    installed.insert(package)
    stated[.package(name: package)] = .there(value: .package(PackageState(status: "installed", version: "")))
    guard let stock = StockPackage.table[package] else { return }
    for path in stock.unsettles { unsettle(path) }
    guard before.map(Self.wasNeverThere) ?? false else { return }
    for (path, entry) in stock.entries.sorted(by: { $0.key < $1.key }) where status(of: path) == nil {
      put(path, entry)
    }
    for effect in stock.effects { fold(effect) }
    for other in stock.brings { fold(installOf: other) }
  }

  /// What a killed dpkg left half-done was never there whole either: dpkg(1), package states.
  private static func wasNeverThere(_ answer: Answer<Fact>) -> Bool {
    switch answer {
    case .absent: true
    case .there(.package(let state)): ["half-installed", "unpacked", "not-installed"].contains(state.status)
    default: false
    }
  }
}
