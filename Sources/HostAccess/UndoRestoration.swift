import HostState

/// One item that is to be put back, and to what.
struct Restoration {
  let item: ImageItem
  let now: ImageValue
  let target: ImageValue
  /// Whether somebody else had a hand in what is there now.
  var isForeign = false
  /// What a file is to hold, where that is kept nowhere: others' part of it and the part of before.
  var contents: [UInt8]?
}

extension [Restoration] {
  /// Of several on one thing the last, which is how it ends up.
  var lastOnEach: [ImageItem: Restoration] { reduce(into: [:]) { $0[$1.item] = $1 } }
}

/// Decides, item by item, what putting a step back means: three-way, between before, after and now.
///
/// One planner is asked about all steps of an undo, newest first: what it has planned for one, it takes for this undo's
/// own doing at the next.
struct RestorationPlanner {
  let camera: ImageCamera
  /// Whether what somebody else changed since is overwritten too.
  let force: Bool
  /// Whether nothing is done yet, so that what was planned so far counts, and not what is found.
  let isAhead: Bool
  /// Whether a file stays as it is where what it held before is kept no more; else putting it back fails.
  let goesOnWithoutLost: Bool
  private(set) var foreseen = ForeseenState()
  /// What undos before this one came to, which did not come to their end.
  private var former = ForeseenState()
  /// What this one comes to in the end.
  private var ends = ForeseenState()
  /// What was to be put back and is lost, by what it would be: there still is what the step had left.
  private var passedOver: [ImageItem: ImageValue] = [:]
  /// Contents that were put together so far, by digest.
  var merged: [String: [UInt8]] = [:]

  init(_ camera: ImageCamera, force: Bool = false, isAhead: Bool = false, goesOnWithoutLost: Bool = false) {
    (self.camera, self.force, self.isAhead) = (camera, force, isAhead)
    self.goesOnWithoutLost = goesOnWithoutLost
  }

  /// Takes what a step was taken back to for the doing of an earlier undo; to be told of the newest first.
  mutating func recall(_ step: JournaledStep) {
    for item in step.changedItems { former.note(step.before[item], for: item) }
  }

  /// Takes note of how all of it ends; to be told of the newest step first.
  ///
  /// What is so already, by somebody's hand or by a boot that put the files back, is not led through the states between.
  mutating func foresee(_ steps: [JournaledStep]) {
    for step in steps where step.reloadedUnit == nil {
      for item in step.changedItems { ends.note(step.before[item], for: item) }
    }
  }

  /// What has to be done to take a step back, and what is to be said of it.
  mutating func plan(
    _ step: JournaledStep
  ) throws(Diagnostic) -> (restorations: [Restoration], findings: [UndoFinding]) {
    let (before, after) = (step.before, step.after ?? step.before)
    let items = step.changedItems
    let current = try now(items)
    var restorations: [Restoration] = []
    var findings: [UndoFinding] = []
    let renamed = step.renamedAccount
    // What others had ufw write into its files is overwritten with them, and goes from the kernel as well.
    var overwritesUFW = false
    for item in items.sorted() {
      let expected = foreseen.value(of: item, found: current[item])
      let now = (isAhead ? expected : passedOver[item]) ?? current[item]
      let isOwn = [expected, former.value(of: item, found: now)].contains { $0?.isSame(as: now) ?? false }
      // A copy that others' changes left since is theirs, and nothing hangs on it.
      if AccountImages.isCopy(item) {
        guard isOwn || now.isSame(as: after[item]), !now.isSame(as: before[item]), !step.hasLost(before[item]) else {
          continue
        }
        foreseen.note(before[item], for: item)
        restorations.append(Restoration(item: item, now: now, target: before[item]))
        continue
      }
      if let renamed, step.isInHomeItMade(item) || item == .line(file: "passwd", name: renamed.from) {
        let isAccount = item.fullPath == nil
        let words =
          isAccount ? "renamed to \(renamed.to)" : "it is in the home of \(renamed.to), as the account is named now"
        findings.append(UndoFinding(item.subject, isAccount && !force ? .conflict(found: words) : .stays(why: words)))
        continue
      }
      if let why = try reasonToStay(item, before: before[item], now: now) {
        findings.append(UndoFinding(item.subject, .stays(why: why)))
        continue
      }
      let merge = mergedSecrets(item, before: before[item], after: after[item], now: now, step)
      let (target, fate) =
        merge
        ?? decide(
          item, before: before[item], after: after[item], now: now, isOwn: isOwn, keepsUFW: !overwritesUFW, step)
      findings.append(UndoFinding(item.subject, fate))
      // For an older step it counts as put back: that one's file of before may be there.
      if fate == .contentsLost, now.isSame(as: after[item]) {
        if isAhead { foreseen.note(before[item], for: item) } else { passedOver[item] = before[item] }
      }
      guard let target, !target.isSame(as: now) else { continue }
      foreseen.note(target, for: item)
      let isForeign =
        merge == nil && target.isSame(as: before[item]) && !now.isSame(as: after[item])
        && !(isOwn && now.differsByRightsAlone(from: after[item]))
      if isForeign, item.isOfUFW { overwritesUFW = true }
      restorations.append(
        Restoration(item: item, now: now, target: target, isForeign: isForeign, contents: contents(of: target)))
    }
    if let kept = keptSecrets(step) { findings.append(kept) }
    return (restorations, findings)
  }

  /// - Parameters:
  ///   - isOwn: whether it is as it is by this undo's own doing.
  ///   - keepsUFW: whether what others had ufw write stays.
  private func decide(
    _ item: ImageItem, before: ImageValue, after: ImageValue, now: ImageValue, isOwn: Bool, keepsUFW: Bool,
    _ step: JournaledStep
  ) -> (ImageValue?, UndoFinding.Fate) {
    if now.isSame(as: before) { return (nil, .asBefore) }
    if case .rules = item {
      return (FilterRules.merged(before, after, now, keepsUFW: keepsUFW), .putBack(to: before.words(for: item)))
    }
    if case .table = item, before == .absent { return (.absent, .removed) }
    if case .entry(let entry) = before, entry.kind == .file, !entry.isKept {
      return (nil, .stays(why: "what it held before was not kept"))
    }
    if goesOnWithoutLost, step.hasLost(before) { return (nil, .contentsLost) }
    if case .entry(let entry) = before, entry.kind == .other { return (nil, .stays(why: "it is no file")) }
    if now.isSame(as: after) {
      if before == .absent, case .entry(let entry) = after, entry.kind == .file, entry.digest == nil {
        return (nil, .stays(why: "too big to tell whether it was changed since"))
      }
      return (before, fate(of: item, before))
    }
    if case .text(let then) = before, case .text(let left) = after, case .text(let found) = now, case .line = item,
      let merged = AccountImages.merged(before: then, after: left, now: found)
    {
      return (.text(text: merged), .putBack(to: "its fields of before"))
    }
    if case .activity = item, before.isRunning == now.isRunning { return (nil, .asBefore) }
    if let end = ends.value(of: item, found: now), end.isSame(as: now) { return (nil, .asBefore) }
    // Somebody changed it between two runs, and the later one put that right: no byte of theirs is lost.
    if isOwn, now.differsByRightsAlone(from: after) {
      return (before, fate(of: item, before))
    }
    if before == .absent, step.isInHomeItMade(item), case .entry(let left) = after, case .entry(let entry) = now {
      // Nothing is lost with it where only its mode is another one, say.
      if entry.holdsSame(as: left) { return (.absent, .removed) }
      if !force { return (nil, .stays(why: "its owner changed it since")) }
    }
    guard force else { return (nil, .conflict(found: found(item, after: after, now: now))) }
    return (before, fate(of: item, before))
  }

  /// A unit that did not run is stopped, whatever had ended it (`failed`).
  private func fate(of item: ImageItem, _ before: ImageValue) -> UndoFinding.Fate {
    if before == .absent { return .removed }
    if case .activity = item, !before.isRunning { return .putBack(to: "inactive") }
    return .putBack(to: before.words(for: item))
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

extension JournaledStep {
  /// What it changed, as far as that is put back by itself.
  fileprivate var changedItems: Set<ImageItem> {
    let after = after ?? before
    return Set(before.values.keys).union(after.values.keys).filter { item in
      if case .listening = item { return false }
      return !before[item].isSame(as: after[item])
    }
  }
}

extension ImageValue {
  var isRunning: Bool { self == .text(text: "active") }

  /// Whether both are the same but for mode, owner and extended attributes.
  fileprivate func differsByRightsAlone(from other: ImageValue) -> Bool {
    switch (self, other) {
    case (.entry(let left), .entry(let right)): left.holdsSame(as: right)
    case (.attributes, .attributes): true
    default: false
    }
  }
}

extension FilterRules {
  fileprivate static func merged(
    _ before: ImageValue, _ after: ImageValue, _ now: ImageValue, keepsUFW: Bool
  ) -> ImageValue {
    .text(text: merged(before: before.text, after: after.text, now: now.text, keepsUFW: keepsUFW))
  }
}

extension ImageItem {
  /// Whether it is one of the files in which ufw keeps its rules.
  fileprivate var isOfUFW: Bool {
    guard case .path(let path) = self else { return false }
    let files: [Path] = ["/etc/ufw/user.rules", "/etc/ufw/user6.rules"]
    return LinkTarget.through(files).contains(Path(path))
  }
}

extension ImageValue {
  fileprivate var text: String {
    if case .text(let text) = self { return text }
    return ""
  }
}
