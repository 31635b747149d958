import HostState
import Resources

/// What systemd keeps from everybody who comes in through `ssh.service`: sessions inherit its sandbox (systemd.exec(5)).
///
/// sshd is none the wiser, and an sshd that is started for a rehearsal is not in it.
struct SSHDSandbox {
  let properties: [String: String]

  private static let names = [
    "BindPaths", "BindReadOnlyPaths", "InaccessiblePaths", "NoNewPrivileges", "ProtectHome", "ProtectSystem",
    "ReadOnlyPaths", "ReadWritePaths", "RootDirectory", "TemporaryFileSystem",
    // What `nextStart` looks at.
    "Environment", "EnvironmentFiles", "ExecStart",
  ]
  /// What systemd has loaded, which need not be what the running daemon was started with: it starts again one day.
  static let question = Question(
    Command("/usr/bin/systemctl", ["show", "--property=\(names.joined(separator: ","))", "ssh.service"]), reads: [])

  /// `Name=value`, a line for each: systemctl(1).
  init(_ output: String) { properties = output.properties }

  /// The setting under which no program of a session gains what its setuid bit gives: sudo, for one.
  var noNewPrivileges: String? { properties["NoNewPrivileges"] == "yes" ? "NoNewPrivileges=yes" : nil }

  /// The setting that keeps a path out of sight.
  func hiding(_ path: Path) -> String? {
    let home = properties["ProtectHome"] ?? "no"
    if ["yes", "tmpfs"].contains(home), ["/home", "/root", "/run/user"].contains(where: { path.isWithin(Path($0)) }) {
      return "ProtectHome=\(home)"
    }
    for name in ["InaccessiblePaths", "TemporaryFileSystem"] {
      if let word = words(of: name).first(where: { path.isWithin($0.path) }) { return "\(name)=\(word.text)" }
    }
    for name in ["BindPaths", "BindReadOnlyPaths"] {
      for word in words(of: name) {
        // `SOURCE:DESTINATION:OPTIONS`
        let parts = word.text.split(separator: ":")
        guard parts.count > 1, parts[1].hasPrefix("/"), Path(String(parts[1])) != word.path else { continue }
        if path.isWithin(Path(String(parts[1]))) { return "\(name)=\(word.text)" }
      }
    }
    if let root = properties["RootDirectory"], !["", "/"].contains(root) { return "RootDirectory=\(root)" }
    return nil
  }

  /// The setting under which not even root writes at a path.
  func locking(_ path: Path) -> String? {
    let writable = words(of: "ReadWritePaths").filter { path.isWithin($0.path) }.map(\.path.text.utf8.count).max() ?? 0
    if let word = words(of: "ReadOnlyPaths").first(where: {
      path.isWithin($0.path) && $0.path.text.utf8.count > writable
    }) {
      return "ReadOnlyPaths=\(word.text)"
    }
    return properties["ProtectSystem"] == "strict" && writable == 0 ? "ProtectSystem=strict" : nil
  }

  /// The paths that a setting names: `-` where it need not be there, `+` below RootDirectory=, options after a colon.
  private func words(of name: String) -> [(text: String, path: Path)] {
    (properties[name] ?? "").split(separator: " ").compactMap { word in
      let path = word.drop { $0 == "-" || $0 == "+" }.prefix { $0 != ":" }
      return path.hasPrefix("/") ? (String(word), Path(String(path))) : nil
    }
  }
}

extension AccessChain {
  /// Whether a session under the service's sandbox finds the key, gets its shell and can become root.
  mutating func sandbox(of account: Account, keys: Path) throws(Stop) {
    // Without systemd there is none.
    guard case .there(.output(let result)) = try answer(.output(question: SSHDSandbox.question)) else { return }
    let sandbox = SSHDSandbox(result.output)
    if let setting = sandbox.hiding(keys) {
      throw .broken("key", "ssh.service runs with \(setting), so sshd does not see \(keys)")
    }
    let shell = Path(account.shell.isEmpty ? "/bin/sh" : account.shell)
    if let setting = sandbox.hiding(shell) {
      throw .broken("account", "ssh.service runs with \(setting), so a session does not find \(shell)")
    }
    guard account.uid != 0 else { return }
    if let setting = sandbox.noNewPrivileges ?? sandbox.hiding("/usr/bin/sudo") {
      throw .broken("sudo", "ssh.service runs with \(setting), under which a session cannot use sudo")
    }
    if let setting = sandbox.locking("/var/lib/harden") {
      throw .broken("sudo", "ssh.service runs with \(setting), under which not even root can write in a session")
    }
  }
}
