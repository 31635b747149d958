import Glibc
import HostState

extension Preflight {
  /// Kernel settings that would be set, and that this process may not write.
  static func settings(of steps: [Step]) -> [Diagnostic] {
    let keys = steps.compactMap { step in
      if case .setSysctl(let key, _) = step.action { key } else { nil }
    }
    let shut = keys.filter { !Sysctl.isWritable($0) }
    guard let first = shut.first else { return [] }
    let directory = SysctlKey.path(first).parent
    if isReadOnly(directory), let unit = SessionMounts.unitShutting(directory) {
      return [.readOnly(shut.map(SysctlKey.path), directory, unit: unit)]
    }
    return [.settingsShut(shut, at: SysctlKey.path(first))]
  }
}

extension Diagnostic {
  fileprivate static func settingsShut(_ keys: [String], at path: Path) -> Diagnostic {
    Diagnostic(
      "Kernel settings not writable",
      detail: "The kernel lets nobody set this from here: \(keys.listed(first: 6)). In a container that may be the "
        + "outer machine's to set, and what is mounted read-only is left out of a plan that is made now.",
      fix: "findmnt -T \(Command.quoted(path.text)); ls -l \(Command.quoted(path.text))")
  }
}
