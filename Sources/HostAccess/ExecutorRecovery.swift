import Glibc
import HostState

extension Executor {
  /// Makes good what a killed run left open, and goes on under its number.
  ///
  /// A command that was interrupted is taken back from its images of before; an interrupted dpkg is configured instead;
  /// of all else, files are whole by the way they are written, and what is there is noted as done.
  ///
  /// - Returns: what was done, in sentences; empty where no run was open.
  /// - Throws: a `Diagnostic` when the lock is held by another harden, or something cannot be taken back.
  public func recover(progress: Progress = { _, _ in }) throws(Diagnostic) -> [String] {
    try lock(progress: progress)
    LoginRehearsal.sweep()
    try sweepArming()
    guard journal == nil, let open = try Journal.all(in: paths).last(where: \.isOpen) else { return [] }
    let number = open.header.number
    var words = ["Run \(number) was interrupted; this one goes on under its number."]
    for step in open.steps where step.state == .open {
      words += try recover(step, open, progress)
    }
    // What was killed between the last line of the journal and the ledger, or is noted as done only now.
    if let last = open.steps.last, last.state == .done, let after = last.after {
      try Ledger.record(
        last.planned.step, address: last.planned.address, before: last.before, after: after, run: number, in: paths)
    }
    for step in open.steps { sweep(step.planned.step) }
    guard open.header.kind == .apply else {
      try open.append(
        JournalRecord(kind: .finished, time: Self.now, words: "interrupted while taking back", isSuccess: false))
      let undone = open.header.undoes ?? 0
      return ["An undo of run \(undone) was interrupted. To finish it: harden undo \(undone)"]
    }
    try open.append(JournalRecord(kind: .resumed, time: Self.now))
    journal = open
    runLock?.note(run: number, paths)
    lastStep = open.steps.map(\.number).max() ?? 0
    return words
  }

  private func recover(
    _ step: JournaledStep, _ journal: Journal, _ progress: Progress
  ) throws(Diagnostic) -> [String] {
    let address = step.planned.address
    switch step.planned.step.action {
    case .install where step.began < Clocks.started:
      try reinstallUnpacked(since: step.began, progress)
      try writeOut(step.planned.step)
      try journal.append(JournalRecord(kind: .done, time: Self.now, step: step.number, words: Self.unpackedAnew))
      return ["\(address): an installation during which the host went down was made anew."]
    case .install, .updatePackageLists:
      try configureInterrupted(progress)
      try journal.append(JournalRecord(kind: .done, time: Self.now, step: step.number, words: "configured afterwards"))
      return ["\(address): an interrupted installation was brought to its end."]
    case .run:
      progress("take back an interrupted step of \(address)", nil)
      if !step.planned.step.footprint.accounts.isEmpty { AccountLeftovers.sweep() }
      let after = try ImageCamera(runner: runner).take(try scope(of: step.planned.step, before: step.before))
      if let trouble = takeBackFailed(step.number, after: after, journal) { throw trouble }
      try journal.append(
        JournalRecord(kind: .failed, time: Self.now, step: step.number, after: after, words: "interrupted"))
      return ["\(address): “\(step.planned.step.words)” was interrupted, and was taken back."]
    default:
      // Whole or not begun: what is there now is what the step left, and undo has to know it.
      let now = try image(after: step.planned.step, afterScope(of: step))
      try writeOut(step.planned.step, now)
      let disowned = try Ledger.disowned(by: step.planned.step, before: step.before, after: now, in: paths)
      try journal.append(
        JournalRecord(kind: .done, time: Self.now, step: step.number, after: now, disowned: disowned))
      return ["\(address): “\(step.planned.step.words)” may have been cut short; it is planned again."]
    }
  }

  /// The scope that the step's images of before were taken with: the host may not tell any more what was missing.
  private func afterScope(of step: JournaledStep) -> ImageScope {
    var scope = ImageScope()
    for item in step.before.values.keys.sorted() {
      switch item {
      case .path(let path): scope.paths.append(Path(path))
      case .attributes(let root, let path): scope.attributes.append((Path(root), path))
      case .activity(let unit): scope.units.append(unit)
      case .sysctl(let key): scope.sysctls.append(key)
      case .line, .member, .listening, .rules, .table: break
      }
    }
    return scope
  }

  private func sweep(_ step: Step) {
    if let path = step.action.path { SafeFiles.sweep(path) }
    for path in step.footprint.paths { SafeFiles.sweep(path) }
    if !step.footprint.accounts.isEmpty {
      for file in AccountImages.files { SafeFiles.sweep(AccountImages.path(file)) }
    }
  }
}

/// What useradd and its kin leave when they are killed: locks of dead processes, half-written copies.
enum AccountLeftovers {
  /// Removes the locks whose process is gone, and the copies that such a process made.
  static func sweep() {
    for name in AccountImages.files {
      let lock = AccountImages.path(name + ".lock")
      if let holder = SafeFiles.lines(of: lock).first, let process = pid_t(holder.filter(\.isNumber)) {
        guard kill(process, 0) != 0, errno == ESRCH else { continue }
      }
      // NAME.PID is the lock in the making, NAME+ the new text before its rename (lib/commonio.c of shadow).
      try? SafeFiles.remove(lock)
      try? SafeFiles.remove(AccountImages.path(name + "+"))
      for entry in Processes.names(in: "/etc") where entry.hasPrefix(name + ".") {
        guard let process = pid_t(entry.dropFirst(name.count + 1)), kill(process, 0) != 0, errno == ESRCH else {
          continue
        }
        try? SafeFiles.remove("/etc" / entry)
      }
    }
  }
}
