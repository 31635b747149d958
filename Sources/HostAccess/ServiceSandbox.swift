import HostState

/// The settings by which systemd confines `ssh.service`, and with it every session: systemd.exec(5),
/// systemd.resource-control(5).
///
/// Read as somebody wrote them, so that another unit can be started with the very same.
struct ServiceSandbox: Hashable {
  struct Setting: Hashable {
    let name: String
    let value: String
  }

  private(set) var settings: [Setting] = []

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
    var section = ""
    var joined = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let line = joined + line.drop { $0 == " " || $0 == "\t" }
      joined = ""
      if line.hasPrefix("#") || line.hasPrefix(";") { continue }
      // A line goes on after a backslash.
      if line.hasSuffix("\\") {
        joined = line.dropLast() + " "
        continue
      }
      if line.hasPrefix("[") { section = line }
      guard section.hasPrefix("[Service]"), let sign = line.firstIndex(of: "=") else { continue }
      let name = line[..<sign].filter { $0 != " " }
      guard Self.prefixes.contains(where: name.hasPrefix), !Self.harmless.contains(name) else { continue }
      let value = line[line.index(after: sign)...].drop { $0 == " " }
      settings.append(Setting(name: name, value: String(value)))
    }
  }
}
