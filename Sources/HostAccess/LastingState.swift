import Glibc
import HostState

extension Executor {
  /// Why no revert can be armed here, or is not there any more after a reboot; nil where nothing is in its way.
  public static func obstacleToArming(_ paths: StatePaths = .standard) -> Diagnostic? {
    do throws(Diagnostic) {
      try requireArming()
      try requireStarting(paths.windowProgram)
    } catch { return error }
    return objection(toKeeping: paths.state).map { .notLasting(paths.state, $0) }
  }

  static func objection(toKeeping path: Path) -> String? {
    guard case .read(let table) = SmallFile.text(MountTable.path.text) else { return nil }
    let lines = if case .read(let text) = SmallFile.text(FileSystemTable.path.text) { text } else { "" }
    var mounts = BootMounts(table: MountTable(table), lines: FileSystemTable(lines))
    mounts.isContainer = access(BootMounts.container.text, F_OK) == 0
    let nearest = Preflight.nearest(path)
    guard let found = nearest.real else { return nil }
    let place = found / path.relative(to: nearest)
    if let objection = mounts.table.holders(of: place).last.flatMap(BootMounts.emptied) { return objection }
    let places = mounts.places(behind: place, real: \.real)
    let question = mounts.question(about: places)
    guard case .finished(let result) = ProcessRunner(launcher: .spawn).run(question), result.status == 0
    else { return nil }
    mounts.learn(result.output)
    return mounts.objection(to: place)
  }
}

extension Diagnostic {
  fileprivate static func notLasting(_ path: Path, _ objection: String) -> Diagnostic {
    Diagnostic(
      "Revert would not outlast a reboot",
      detail: "The plan changes who can get in, and what would take it back should you be locked out lies in \(path). "
        + "But \(objection). After a reboot nothing would bring you back in. Nothing was changed.",
      fix: "Mend that first, or add --no-confirm to go on without a way back.")
  }
}
