/// What planned steps do to files, and what follows from that: listings, trees, daemons that loaded something older.
extension Observations {
  /// What was asked about these paths through a tool cannot be known before the step is done.
  mutating func unsettle(_ path: Path) {
    unsettled.insert(path)
    for probe in dependents {
      guard case .output(let question) = probe else { continue }
      if question.reads.contains(where: { path.isWithin($0) || $0.isWithin(path) }) { state(probe, .moved) }
    }
  }

  func status(of path: Path) -> FileStatus? {
    guard case .there(.file(let status))? = answer(.file(path: path)) else { return nil }
    return status
  }

  mutating func revise(_ path: Path, _ change: (FileStatus) -> FileStatus) {
    guard let status = status(of: path) else { return }
    let revised = change(status)
    stated[.file(path: path)] = .there(value: .file(revised))
    if case .file(let contents, _, _)? = written[path] {
      written[path] = .file(contents: contents, mode: revised.mode, owner: revised.owner)
    }
    judgeTrees(path, revised)
    outdate(path)
  }

  mutating func put(_ path: Path, _ entry: PlannedEntry) {
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
    case .removed:
      status = nil
      stated[.contents(path: path)] = .absent
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

  /// A daemon that reads the path loaded it before this change; a change of mode or owner counts, as it does for the
  /// host's own answer (ctime).
  mutating func outdate(_ path: Path) {
    for probe in watchers {
      if case .reach(let question) = probe, question.reads.contains(where: { path.isWithin($0) }) {
        stated[probe] = .moved
      }
      guard case .stale(_, let paths) = probe, paths.contains(where: { path.isWithin($0) }) else { continue }
      if case .there? = answer(probe) { stated[probe] = .there(value: .flag(true)) }
    }
  }

  mutating func unsettleReach(of unit: String) {
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
  mutating func settle(_ rule: TreeRule) {
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

  mutating func settle(_ rule: SecretsRule) {
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

extension SecretsState.Value {
  /// Whether a value of at least this many characters is there.
  fileprivate func isLong(_ characters: Int) -> Bool {
    guard case .hidden(let length) = self else { return false }
    return length >= characters
  }
}
