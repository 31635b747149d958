import HostState

/// The settings by which systemd confines `ssh.service`, and with it every session: systemd.exec(5),
/// systemd.resource-control(5).
///
/// Read as somebody wrote them, so that another unit can be started with the very same.
struct ServiceSandbox: Hashable {
  let settings: [UnitText.Setting]

  var isEmpty: Bool { settings.isEmpty }
  /// `CapabilityBoundingSet=, NoExecPaths=`
  var words: String {
    var names: [String] = []
    for setting in settings where !names.contains(setting.name + "=") { names.append(setting.name + "=") }
    return names.joined(separator: ", ")
  }

  /// Whether a value says what systemd puts in its place only when it reads a file (systemd.unit(5), SPECIFIERS).
  var hasSpecifiers: Bool { settings.contains { $0.value.contains("%") } }

  private static let prefixes = [
    "AmbientCapabilities", "AppArmorProfile", "Bind", "CapabilityBoundingSet", "Device", "ExecPaths",
    "ExtensionDirectories",
    "Group", "IPAddress", "Inaccessible", "KeyringMode", "Limit", "LockPersonality", "MemoryDeny", "MemoryMax",
    "NoExec",
    "NoNewPrivileges", "Private", "ProcSubset", "Protect", "ReadOnly", "ReadWrite", "Restrict", "Root",
    "SELinuxContext",
    "SecureBits", "SocketBind", "SupplementaryGroups", "SystemCall", "TasksMax", "TemporaryFileSystem", "User",
  ]
  /// Of the same beginnings, and no confinement.
  private static let harmless: Set<String> = ["PrivateTmp", "RestrictRealtime"]

  static let question = Command("/usr/bin/systemctl", ["cat", "--", "ssh.service"])

  /// - Parameter text: of `systemctl cat`, the unit's own file and what stands beside it, in the order in which it counts.
  init(_ text: String) {
    settings = UnitText(text).settings.filter { setting in
      setting.section == "Service" && Self.prefixes.contains(where: setting.name.hasPrefix)
        && !Self.harmless.contains(setting.name)
    }
  }
}
