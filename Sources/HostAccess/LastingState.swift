import Glibc
import HostState

extension Executor {
  /// Whether a revert that is armed here is still there after a reboot.
  ///
  /// - Throws: a `Diagnostic` where its folder lies on something that the next boot does not mount.
  public static func requireLasting(_ paths: StatePaths = .standard) throws(Diagnostic) {
    guard let objection = objection(toKeeping: paths.state) else { return }
    throw .notLasting(paths.state, objection)
  }

  static func objection(toKeeping path: Path) -> String? {
    guard case .read(let table) = SmallFile.text(MountTable.path.text) else { return nil }
    let lines = if case .read(let text) = SmallFile.text(FileSystemTable.path.text) { text } else { "" }
    var mounts = BootMounts(table: MountTable(table), lines: FileSystemTable(lines))
    mounts.isContainer = access(BootMounts.container.text, F_OK) == 0
    let nearest = Preflight.nearest(path)
    guard let found = real(nearest) else { return nil }
    let place = found / path.relative(to: nearest)
    if let objection = mounts.table.holders(of: place).last.flatMap(BootMounts.emptied) { return objection }
    let places = mounts.places(behind: place, real: real)
    let question = mounts.question(about: places)
    guard case .finished(let result) = ProcessRunner(launcher: .spawn).run(question), result.status == 0
    else { return nil }
    mounts.learn(result.output)
    return mounts.objection(to: place)
  }

  /// Where a path leads to; nil where it is not there.
  private static func real(_ path: Path) -> Path? {
    guard let found = realpath(path.text, nil) else { return nil }
    defer { free(found) }
    return Path(String(cString: found))
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
