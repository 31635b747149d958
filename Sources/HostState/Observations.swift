/// What is known of a host: answers of probes, and on top of them what planned steps state.
///
/// `known` holds answers of the host itself, asked as it is or over an overlay. `fold(_:)` adds a step's effects, so
/// that the next step is planned against the host as this one leaves it.
public struct Observations: Sendable {
  public private(set) var known: [Inquiry: Answer<Fact>]
  /// Answers that planned steps state or that follow from them.
  private var stated: [Probe: Answer<Fact>] = [:]
  /// Files as planned steps leave them; what questions are asked over.
  private var written = PlannedFiles()
  private var accountsChanges: [AccountsChange] = []
  /// Packages that a planned step installs.
  private var installed: Set<String> = []
  /// Paths about which a planned install or run makes all questions moot.
  private var unsettled: Set<Path> = []
  /// The probes met so far whose answers hang on other paths: questions, trees, ages of what a daemon loaded.
  private var dependents: Set<Probe> = []
  /// Those of them that a write may touch one by one: trees and ages of what a daemon loaded.
  private var watchers: Set<Probe> = []
  /// Units that a planned step reloads, starts or stops.
  private var reloaded: Set<String> = []
  /// Questions whose answer a planned step states.
  private var statedQuestions: Set<Probe> = []

  /// Whether applications are asked what they say of themselves, which takes as long as they take: to verify, not to plan.
  public let asksApplications: Bool

  public init(_ known: [Inquiry: Answer<Fact>] = [:], asksApplications: Bool = false) {
    self.known = [:]
    self.asksApplications = asksApplications
    learn(known)
  }

  public mutating func learn(_ answers: [Inquiry: Answer<Fact>]) {
    known.merge(answers) { _, new in new }
    for inquiry in answers.keys where inquiry.probe.isDependent { remember(inquiry.probe) }
  }

  private mutating func remember(_ probe: Probe) {
    dependents.insert(probe)
    if case .output = probe { return }
    watchers.insert(probe)
  }

  /// Nil when it was not asked yet.
  public func answer(_ probe: Probe) -> Answer<Fact>? {
    if let answer = stated[probe] { return answer }
    guard let answer = known[inquiry(for: probe)] else { return isForeseenMoved(probe) ? .moved : nil }
    return answer
  }

  /// The inquiry that has to be put to the host to know what the probe answers after the steps folded so far.
  public func inquiry(for probe: Probe) -> Inquiry {
    guard case .output(let question) = probe else { return Inquiry(probe) }
    var overlay = Overlay()
    overlay.entries = written.beneath(question.reads)
    if question.readsAccounts {
      overlay.accounts = question.account.map(accountsChanges.concerning) ?? accountsChanges
    }
    return Inquiry(probe, over: overlay)
  }

  /// Of these probes, the ones whose answer is not known yet, as inquiries.
  public func unanswered(_ probes: Set<Probe>) -> Set<Inquiry> {
    Set(probes.filter { answer($0) == nil }.map { inquiry(for: $0) })
  }

  /// The same host, if planned steps changed nothing about what was answered already without them.
  ///
  /// A guess, good for foreseeing what will be asked next, never for a plan. Nil where there is nothing to guess by.
  package func assuming(_ inquiries: Set<Inquiry>) -> Observations? {
    var guess = self
    for inquiry in inquiries {
      guard let answer = known[Inquiry(inquiry.probe)] else { return nil }
      guess.state(inquiry.probe, answer)
    }
    return guess
  }

  /// An answer that only the host with the planned package could give.
  private func isForeseenMoved(_ probe: Probe) -> Bool {
    if case .reach(let question) = probe {
      return reloaded.contains(question.unit) || !written.beneath(question.reads).isEmpty
    }
    guard case .output(let question) = probe else { return false }
    if let package = question.package, installed.contains(package) { return true }
    return question.reads.contains { read in unsettled.contains { $0.isWithin(read) || read.isWithin($0) } }
  }
}

// MARK: What planning asks

extension Observations {
  /// The paths whose changes the unit has to load, as far as resources asked about it.
  public func pathsLoaded(by unit: String) -> [Path] {
    watchers.flatMap { probe in
      if case .stale(unit, let paths) = probe { return paths }
      return []
    }
  }

  /// The paths that Debian's package brings, as far as resources look at them.
  public static func stockPaths(of package: String) -> [Path] {
    guard let stock = StockPackage.table[package] else { return [] }
    return stock.entries.keys.sorted() + stock.brings.flatMap(stockPaths)
  }
}

// MARK: Folding

extension Observations {
  /// Applies what is known of the host once the step is done.
  public mutating func fold(_ step: Step) {
    fold(action: step.action)
    for path in step.footprint.paths + step.footprint.trees where isRun(step.action) { unsettle(path) }
    for effect in step.effects { fold(effect) }
  }

  private func isRun(_ action: Action) -> Bool {
    if case .run = action { return true }
    return false
  }

  private mutating func fold(action: Action) {
    switch action {
    case .write(let path, let contents, let mode, let owner, _):
      put(path, .file(contents: contents, mode: mode, owner: owner))
      stated[.contents(path: path)] = .there(value: .text(contents))
    case .remove(let path, _):
      put(path, .removed)
      stated[.contents(path: path)] = .absent
    case .makeDirectory(let path, let mode, let owner): put(path, .directory(mode: mode, owner: owner))
    case .link(let path, let target): put(path, .link(target: target))
    case .setMode(let path, let mode): revise(path) { FileStatus(kind: $0.kind, mode: mode, owner: $0.owner) }
    case .setOwner(let path, let owner): revise(path) { FileStatus(kind: $0.kind, mode: $0.mode, owner: owner) }
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
      if probe.isDependent { remember(probe) }
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

  /// What was asked about these paths through a tool cannot be known before the step is done.
  private mutating func unsettle(_ path: Path) {
    unsettled.insert(path)
    for probe in dependents {
      switch probe {
      case .output(let question):
        if question.reads.contains(where: { path.isWithin($0) || $0.isWithin(path) }) { state(probe, .moved) }
      default: break
      }
    }
  }

  private func status(of path: Path) -> FileStatus? {
    guard case .there(.file(let status))? = answer(.file(path: path)) else { return nil }
    return status
  }

  private mutating func revise(_ path: Path, _ change: (FileStatus) -> FileStatus) {
    guard let status = status(of: path) else { return }
    let revised = change(status)
    stated[.file(path: path)] = .there(value: .file(revised))
    if case .file(let contents, _, _)? = written[path] {
      written[path] = .file(contents: contents, mode: revised.mode, owner: revised.owner)
    }
    judgeTrees(path, revised)
    outdate(path)
  }

  private mutating func put(_ path: Path, _ entry: PlannedEntry) {
    written[path] = entry
    let status: FileStatus?
    switch entry {
    case .file(let contents, let mode, let owner):
      status = FileStatus(kind: .file, mode: mode, owner: owner)
      stated[.contents(path: path)] = .there(value: .text(contents))
    case .directory(let mode, let owner):
      status = FileStatus(kind: .directory, mode: mode, owner: owner)
      if case .absent? = answer(.names(directory: path)) { stated[.names(directory: path)] = .there(value: .names([])) }
    case .link(let target): status = FileStatus(kind: .link(target: target), mode: 0o777, owner: .root)
    case .removed: status = nil
    }
    stated[.file(path: path)] = status.map { .there(value: .file($0)) } ?? .absent
    rename(path, present: status != nil)
    if let status { judgeTrees(path, status) }
    outdate(path)
    for probe in statedQuestions where stated[probe] != .moved {
      guard case .output(let question) = probe else { continue }
      if question.reads.contains(where: { path.isWithin($0) }) { stated[probe] = nil }
    }
  }

  private mutating func state(_ probe: Probe, _ answer: Answer<Fact>) {
    stated[probe] = answer
    if case .output = probe { statedQuestions.insert(probe) }
  }

  /// A daemon that reads the path loaded it before this change; a change of mode or owner counts, as it does for the
  /// host's own answer (ctime).
  private mutating func outdate(_ path: Path) {
    for probe in watchers {
      if case .reach(let question) = probe, question.reads.contains(where: { path.isWithin($0) }) {
        stated[probe] = .moved
      }
      guard case .stale(_, let paths) = probe, paths.contains(where: { path.isWithin($0) }) else { continue }
      if case .there? = answer(probe) { stated[probe] = .there(value: .flag(true)) }
    }
  }

  private mutating func unsettleReach(of unit: String) {
    reloaded.insert(unit)
    for probe in watchers {
      if case .reach(let question) = probe, question.unit == unit { stated[probe] = .moved }
    }
  }

  /// Adds the name to its directory's listing, or takes it out.
  private mutating func rename(_ path: Path, present: Bool) {
    let probe = Probe.names(directory: path.parent)
    var names: [String] = []
    switch answer(probe) {
    case .there(.names(let known))?: names = known
    case .absent?: break
    default: return
    }
    names.removeAll { $0 == path.name }
    if present { names.append(path.name) }
    names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    stated[probe] = .there(value: .names(names))
  }

  /// An entry that does not fit the rule of a tree it lies in makes that tree differ.
  private mutating func judgeTrees(_ path: Path, _ status: FileStatus) {
    for probe in watchers {
      guard case .tree(let rule) = probe, path.isWithin(rule.root) else { continue }
      let old = answer(probe)
      guard let wanted = rule.wanted(at: path, found: status) else { continue }
      var report = TreeReport(entries: 0, offences: 0)
      if case .there(.tree(let known))? = old { report = known }
      report.offences += 1
      report.examples.append(
        .init(
          path: path.relative(to: rule.root), found: "\(status.mode) \(status.owner)",
          wanted: "\(wanted.mode) \(wanted.owner)"))
      stated[probe] = .there(value: .tree(report))
    }
  }

  /// Settles the tree and moves every known file beneath it to what the rule wants.
  private mutating func settle(_ rule: TreeRule) {
    var entries = 1
    for probe in Set(known.keys.map(\.probe)).union(stated.keys) {
      switch probe {
      case .tree(rule):
        if case .there(.tree(let report))? = answer(probe) { entries = max(1, report.entries) }
      case .file(let path) where path.isWithin(rule.root):
        guard let status = status(of: path), let wanted = rule.wanted(at: path, found: status) else { continue }
        stated[probe] = .there(value: .file(wanted))
      default: break
      }
    }
    if answer(.file(path: rule.root)) == .absent {
      put(rule.root, .directory(mode: rule.directories, owner: rule.owner))
    }
    stated[.tree(rule: rule)] = .there(value: .tree(TreeReport(entries: entries, offences: 0)))
  }

  private mutating func settle(_ rule: SecretsRule) {
    var keys: [String: SecretsState.Value] = [:]
    let probe = Probe.secrets(path: rule.path, open: rule.declared.keys.sorted())
    if case .there(.secrets(let state))? = answer(probe) { keys = state.keys }
    for (key, characters) in rule.generated where !(keys[key]?.isLong(characters) ?? false) {
      keys[key] = .hidden(characters: characters)
    }
    for (key, json) in rule.declared { keys[key] = .open(json: json) }
    stated[.file(path: rule.path)] = .there(value: .file(FileStatus(kind: .file, mode: rule.mode, owner: rule.owner)))
    rename(rule.path, present: true)
    stated[probe] = .there(value: .secrets(SecretsState(keys: keys)))
  }
}

extension Probe {
  fileprivate var isDependent: Bool {
    switch self {
    case .output, .tree, .stale, .reach: true
    default: false
    }
  }
}

extension SecretsState.Value {
  /// Whether a value of at least this many characters is there.
  public func isLong(_ characters: Int) -> Bool {
    guard case .hidden(let length) = self else { return false }
    return length >= characters
  }
}
