import HostState

extension RestorationPlanner {
  /// A file of secrets with what the step wrote taken back key by key; nil where it is as the step left it, or cannot be
  /// told apart.
  ///
  /// The owner adds values and changes them, and the application needs them: those that are not as the step left them
  /// stay, and the file with them.
  mutating func mergedSecrets(
    _ item: ImageItem, before: ImageValue, after: ImageValue, now: ImageValue, _ step: JournaledStep
  ) -> (ImageValue?, UndoFinding.Fate)? {
    guard case .settleSecrets(let rule) = step.planned.step.action, item == .path(path: rule.path.text),
      !now.isSame(as: after), !now.isSame(as: before), case .entry(let left) = after, case .entry(var found) = now,
      found.kind == .file, let old = before == .absent ? [] : members(before, rule.path, step),
      let written = members(after, rule.path, step), let current = members(now, rule.path, step)
    else { return nil }
    let (members, kept) = SecretsFile.merged(before: old, after: written, now: current)
    if members.isEmpty, before == .absent { return (.absent, .removed) }
    // Mode and owner likewise.
    if case .entry(let then) = before, then.kind == .file, left.hasRights(of: found) {
      (found.mode, found.user, found.group, found.attributes) = (then.mode, then.user, then.group, then.attributes)
    }
    let bytes: [UInt8]
    if case .entry(let then) = before, kept.isEmpty, let text = contents(then.digest, rule.path, step) {
      bytes = text
    } else {
      bytes = Array((OrderedJSON.object(members).text() + "\n").utf8)
    }
    let digest = SHA256.hex(bytes)
    merged[digest] = bytes
    (found.digest, found.isKept) = (digest, true)
    let target = ImageValue.entry(entry: found)
    guard !kept.isEmpty else { return (target, .putBack(to: target.words(for: item))) }
    let stay = "\(kept.joined(separator: ", ")) \(kept.count == 1 ? "stays" : "stay"), set or changed since"
    return (target, .putBack(to: "without what the run set; \(stay)"))
  }

  /// What was put together for a file; nil where it is kept anyway.
  func contents(of target: ImageValue) -> [UInt8]? {
    guard case .entry(let entry) = target, let digest = entry.digest else { return nil }
    return merged[digest]
  }

  /// Where the values go that a step made.
  func keptSecrets(_ step: JournaledStep) -> UndoFinding? {
    guard case .settleSecrets(let rule) = step.planned.step.action, !rule.generated.isEmpty else { return nil }
    let names = rule.generated.keys.sorted().joined(separator: ", ")
    return UndoFinding(
      "\(names) of \(rule.path)", .stays(why: "root's vault keeps what was made, for the next apply"))
  }

  private func members(
    _ value: ImageValue, _ path: Path, _ step: JournaledStep
  ) -> [(key: String, value: OrderedJSON)]? {
    guard case .entry(let entry) = value, let bytes = contents(entry.digest, path, step),
      let text = String(validating: bytes, as: UTF8.self)
    else { return nil }
    return SecretsFile.members(text)
  }

  /// What a file holds that has this digest: put together by this undo, kept by the run, or on the host now.
  private func contents(_ digest: String?, _ path: Path, _ step: JournaledStep) -> [UInt8]? {
    guard let digest else { return nil }
    if let bytes = merged[digest] { return bytes }
    if let bytes = try? step.blobs?.bytes(digest) { return bytes }
    guard let bytes = try? SafeFiles.read(path), SHA256.hex(bytes) == digest else { return nil }
    return bytes
  }
}

extension SecretsFile {
  typealias Members = [(key: String, value: OrderedJSON)]

  /// The keys that are as a step left them as they were before, all others as they are.
  ///
  /// - Returns: also the keys that are neither as before nor as the step left them, in the file's order.
  static func merged(before: Members, after: Members, now: Members) -> (members: Members, kept: [String]) {
    func value(_ key: String, _ members: Members) -> OrderedJSON? { members.first { $0.key == key }?.value }
    var kept: [String] = []
    var merged: Members = []
    for (key, found) in now {
      let (old, written) = (value(key, before), value(key, after))
      if found == written || found == old {
        if let old { merged.append((key, old)) }
      } else {
        kept.append(key)
        merged.append((key, found))
      }
    }
    // What a step took away comes back; what the owner took away does not.
    for (key, old) in before where value(key, now) == nil && value(key, after) == nil { merged.append((key, old)) }
    return (merged, kept)
  }
}

extension EntryImage {
  fileprivate func hasRights(of other: EntryImage) -> Bool {
    mode == other.mode && user == other.user && group == other.group && attributes == other.attributes
  }
}

extension Executor {
  /// Values that a step made and that go are left to the next apply, in root's vault.
  func keepSecrets(of step: JournaledStep) throws(Diagnostic) {
    guard case .settleSecrets(let rule) = step.planned.step.action,
      step.before[.path(path: rule.path.text)] == .absent || !rule.generated.isEmpty,
      let text = try SecretsFile.read(rule.path), let found = SecretsFile.members(text)
    else { return }
    let path = SecretsFile.vaultPath(of: rule.path, paths)
    var members = (try? SecretsFile.read(path)).flatMap { $0 }.flatMap { SecretsFile.members($0) } ?? []
    members.removeAll { old in found.contains { $0.key == old.key } }
    members += found
    try StatePaths.makeDirectory(path.parent)
    let kept = OrderedJSON.object(members).text() + "\n"
    try SafeFiles.write(path, Array(kept.utf8), mode: 0o600, user: 0, group: 0)
  }
}
