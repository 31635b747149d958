import HostState

/// Kernel settings that nobody on this host can set: they lie on a read-only mount, as whoever made a container has it.
struct SealedSettings {
  static let probe: Probe = .contents(path: MountTable.hostPath)

  private let table: MountTable

  private static let parsed = Parsed<String, MountTable> { MountTable($0) }

  init(on host: Observations) throws(Diagnostic) {
    table = Self.parsed[try host.contents(MountTable.hostPath).value ?? ""]
  }

  func include(_ key: String) -> Bool { table.holders(of: SysctlKey.path(key)).last?.isReadOnly ?? false }
}
