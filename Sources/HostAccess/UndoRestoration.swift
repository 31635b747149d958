import HostState

/// One item that is to be put back, and to what.
struct Restoration {
  let item: ImageItem
  let now: ImageValue
  let target: ImageValue
}

/// Decides, item by item, what putting a step back means: three-way, between before, after and now.
struct RestorationPlanner {
  let camera: ImageCamera
  /// Whether what somebody else changed since is overwritten too.
  var force = false
  /// Values as the restorations planned so far leave them: several steps may have changed one thing.
  private var foreseen: [ImageItem: ImageValue] = [:]

  init(_ camera: ImageCamera, force: Bool = false) { (self.camera, self.force) = (camera, force) }

  /// What has to be done to take a step back, and what is to be said of it.
  mutating func plan(
    _ step: JournaledStep
  ) throws(Diagnostic) -> (restorations: [Restoration], findings: [UndoFinding]) {
    let (before, after) = (step.before, step.after ?? step.before)
    let items = Set(before.values.keys).union(after.values.keys).filter { item in
      if case .listening = item { return false }
      return !before[item].isSame(as: after[item])
    }
    let current = try now(items)
    var restorations: [Restoration] = []
    var findings: [UndoFinding] = []
    for item in items.sorted() {
      let now = foreseen[item] ?? current[item]
      let (target, fate) = decide(item, before: before[item], after: after[item], now: now, step)
      findings.append(UndoFinding(item.subject, fate))
      guard let target, !target.isSame(as: now) else { continue }
      foreseen[item] = target
      restorations.append(Restoration(item: item, now: now, target: target))
    }
    return (restorations, findings)
  }

  private func decide(
    _ item: ImageItem, before: ImageValue, after: ImageValue, now: ImageValue, _ step: JournaledStep
  ) -> (ImageValue?, UndoFinding.Fate) {
    if now.isSame(as: before) { return (nil, .asBefore) }
    // Of an interface that went away, say.
    if case .sysctl = item, now == .absent { return (nil, .stays(why: "the kernel does not have it any more")) }
    if case .rules = item { return (FilterRules.merged(before, after, now), .putBack(to: before.words(for: item))) }
    if case .table = item, before == .absent { return (.absent, .removed) }
    if case .entry(let entry) = before, entry.kind == .file, !entry.isKept {
      return (nil, .stays(why: "what it held before was not kept"))
    }
    if case .entry(let entry) = before, entry.kind == .other { return (nil, .stays(why: "it is no file")) }
    if now.isSame(as: after) {
      if before == .absent, case .entry(let entry) = after, entry.kind == .file, entry.digest == nil {
        return (nil, .stays(why: "too big to tell whether it was changed since"))
      }
      return (before, before == .absent ? .removed : .putBack(to: before.words(for: item)))
    }
    if case .settleSecrets = step.planned.step.action {
      // The owner adds secrets of theirs; the file is moved to the vault as it is, so nothing is lost.
      return (before, before == .absent ? .removed : .putBack(to: before.words(for: item)))
    }
    if case .text(let then) = before, case .text(let left) = after, case .text(let found) = now, case .line = item,
      let merged = AccountImages.merged(before: then, after: left, now: found)
    {
      return (.text(text: merged), .putBack(to: "its fields of before"))
    }
    if case .activity = item, before.isRunning == now.isRunning { return (nil, .asBefore) }
    guard force else { return (nil, .conflict(found: found(item, after: after, now: now))) }
    return (before, before == .absent ? .removed : .putBack(to: before.words(for: item)))
  }

  private func found(_ item: ImageItem, after: ImageValue, now: ImageValue) -> String {
    guard case .line(let file, _) = item, case .text(let left) = after, case .text(let right) = now else {
      return now.words(for: item)
    }
    return "other \(AccountImages.differences(file, left, right)) in /etc/\(file)"
  }

  /// These items as they are on the host now.
  private func now(_ items: Set<ImageItem>) throws(Diagnostic) -> Image {
    var scope = ImageScope()
    var image = Image()
    for item in items {
      switch item {
      case .path(let path): image.values[item] = try camera.entry(Path(path), .digest)
      case .attributes(let root, let path): scope.attributes.append((Path(root), path))
      case .line(_, let name): scope.accounts.append(name)
      case .member(_, let group, let user): scope.accounts += [group, user]
      case .activity(let unit): image.values[item] = camera.activity(unit)
      case .sysctl(let key): scope.sysctls.append(key)
      case .rules, .table: scope.packetFilter = true
      case .listening: break
      }
    }
    return Image(try camera.take(scope).values.merging(image.values) { _, own in own })
  }
}

extension ImageValue {
  fileprivate var isRunning: Bool { self == .text(text: "active") }
}

extension FilterRules {
  fileprivate static func merged(_ before: ImageValue, _ after: ImageValue, _ now: ImageValue) -> ImageValue {
    .text(text: merged(before: before.text, after: after.text, now: now.text))
  }
}

extension ImageValue {
  fileprivate var text: String {
    if case .text(let text) = self { return text }
    return ""
  }
}

extension AccountImages {
  /// The line with the fields that the step changed as they were before; nil where somebody else changed one of them too.
  static func merged(before: String, after: String, now: String) -> String? {
    let (before, after, now) = (fields(before[...]), fields(after[...]), fields(now[...]))
    guard before.count == after.count, now.count == after.count else { return nil }
    var merged: [String] = []
    for index in now.indices {
      if now[index] == after[index] || now[index] == before[index] {
        merged.append(before[index])
      } else if before[index] == after[index] {
        merged.append(now[index])
      } else {
        return nil
      }
    }
    return merged.joined(separator: ":")
  }
}
