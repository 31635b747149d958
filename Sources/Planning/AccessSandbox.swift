import HostState
import Resources

/// What systemd keeps from everybody who comes in through `ssh.service`: sessions inherit its sandbox (systemd.exec(5)).
///
/// sshd is none the wiser, and an sshd that is started for a rehearsal is not in it.
struct SSHDSandbox {
  private let properties: [String: String]

  private static let names = [
    "InaccessiblePaths", "NoNewPrivileges", "ProtectHome", "RootDirectory", "TemporaryFileSystem",
  ]
  /// What systemd has loaded, which need not be what the running daemon was started with: it starts again one day.
  static let question = Question(
    Command("/usr/bin/systemctl", ["show", "--property=\(names.joined(separator: ","))", "ssh.service"]), reads: [])

  /// `Name=value`, a line for each: systemctl(1).
  init(_ output: String) {
    var properties: [String: String] = [:]
    for line in output.split(whereSeparator: \.isNewline) {
      guard let sign = line.firstIndex(of: "=") else { continue }
      properties[String(line[..<sign])] = String(line[line.index(after: sign)...])
    }
    self.properties = properties
  }

  /// The setting under which no program of a session gains what its setuid bit gives: sudo, for one.
  var noNewPrivileges: String? { properties["NoNewPrivileges"] == "yes" ? "NoNewPrivileges=yes" : nil }

  /// The setting that keeps a path out of sight.
  func hiding(_ path: Path) -> String? {
    let home = properties["ProtectHome"] ?? "no"
    if ["yes", "tmpfs"].contains(home), ["/home", "/root", "/run/user"].contains(where: { path.isWithin(Path($0)) }) {
      return "ProtectHome=\(home)"
    }
    for name in ["InaccessiblePaths", "TemporaryFileSystem"] {
      for word in (properties[name] ?? "").split(separator: " ") {
        // `-` where it need not be there, `+` below RootDirectory=, and a file system's options after a colon.
        let hidden = word.drop { $0 == "-" || $0 == "+" }.prefix { $0 != ":" }
        if hidden.hasPrefix("/"), path.isWithin(Path(String(hidden))) { return "\(name)=\(word)" }
      }
    }
    if let root = properties["RootDirectory"], !["", "/"].contains(root) { return "RootDirectory=\(root)" }
    return nil
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
  }
}
