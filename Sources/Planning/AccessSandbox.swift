import HostState
import Resources

/// What systemd keeps from everybody who comes in through `ssh.service`: sessions inherit its sandbox (systemd.exec(5)).
///
/// sshd is none the wiser, and an sshd that is started for a rehearsal is not in it.
struct SSHDSandbox {
  let properties: [String: String]
  /// Whether systemd has read it: what stands in its files alone holds from its next start on.
  let isLoaded: Bool

  private static let names = [
    "BindPaths", "BindReadOnlyPaths", "InaccessiblePaths", "NoNewPrivileges", "ProtectHome", "ProtectSystem",
    "ReadOnlyPaths", "ReadWritePaths", "RootDirectory", "TemporaryFileSystem",
    // What keeps visitors from the daemon itself.
    "IPAddressAllow", "IPAddressDeny", "NetworkNamespacePath", "PrivateNetwork", "RestrictAddressFamilies",
    // What `nextStart` looks at.
    "Environment", "EnvironmentFiles", "ExecStart",
  ]
  /// Of these the last value counts; of all others they add up (systemd.exec(5)).
  private static let single: Set<String> = [
    "ExecStart", "NetworkNamespacePath", "NoNewPrivileges", "PrivateNetwork", "ProtectHome", "ProtectSystem",
    "RootDirectory",
  ]
  /// What systemd has loaded, which need not be what the running daemon was started with: it starts again one day. The
  /// slices that it is in judge addresses, too.
  static let question = Question(
    Command(
      "/usr/bin/systemctl",
      ["show", "--property=\(names.joined(separator: ","))", "--", "ssh.service", "system.slice", "-.slice"]), reads: []
  )

  /// `Name=value`, a line for each, and an empty one between units: systemctl(1).
  init(_ output: String) {
    let blocks = output.split(separator: "\n\n").map(\.properties)
    var properties = blocks.first ?? [:]
    for name in ["IPAddressAllow", "IPAddressDeny"] {
      properties[name] = blocks.compactMap { $0[name] }.filter { !$0.isEmpty }.joined(separator: " ")
    }
    (self.properties, isLoaded) = (properties, true)
  }

  /// What its files say, in the words of systemctl(1).
  init(files: UnitText) {
    var properties: [String: String] = [:]
    for name in Self.names {
      let values = files.values(of: name == "EnvironmentFiles" ? "EnvironmentFile" : name, in: "Service")
      guard let last = values.last else { continue }
      switch name {
      // Of several commands none is the daemon's for sure.
      case "ExecStart":
        guard values.count == 1 else { continue }
        properties[name] = "{ argv[]=\(last.drop { "-@:+!|".contains($0) }) ; }"
      case "EnvironmentFiles":
        properties[name] = values.map { value in
          value.hasPrefix("-") ? "\(value.dropFirst()) (ignore_errors=yes)" : "\(value) (ignore_errors=no)"
        }.joined(separator: " ")
      default:
        let value = Self.single.contains(name) ? last : values.joined(separator: " ")
        properties[name] = ["1", "on", "true"].contains(value) ? "yes" : value
      }
    }
    (self.properties, isLoaded) = (properties, false)
  }

  /// `ssh.service runs with NoNewPrivileges=yes`
  func words(_ setting: String) -> String {
    isLoaded ? "ssh.service runs with \(setting)" : "by its files, ssh.service runs with \(setting) once it starts anew"
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
  /// Whether sshd under the settings of its service hears the visitor, and a session of theirs finds the key, gets its
  /// shell and can become root.
  mutating func sandbox(of account: Account, keys: Path, _ visitor: Operator) throws(Stop) {
    // Without systemd there is none.
    guard case .there(.output(let loaded)) = try answer(.output(question: SSHDSandbox.question)) else { return }
    try sandbox(SSHDSandbox(loaded.output), of: account, keys: keys, visitor)
    // apt has systemd read its files, and so does a boot.
    guard let files = try unitFiles("ssh.service") else { return }
    try sandbox(SSHDSandbox(files: files), of: account, keys: keys, visitor)
  }

  /// What a unit's files say; nil where there are none.
  mutating func unitFiles(_ unit: String) throws(Stop) -> UnitText? {
    while true {
      let files = UnitFiles(of: unit, host)
      if let text = files.text { return text }
      let missing = host.unanswered(files.probes)
      if missing.isEmpty { return nil }
      try demand(files.probes)
    }
  }

  private func sandbox(
    _ sandbox: SSHDSandbox, of account: Account, keys: Path, _ visitor: Operator
  ) throws(Stop) {
    try hearing(sandbox, visitor)
    if let setting = sandbox.hiding(keys) {
      throw .broken("key", "\(sandbox.words(setting)), so sshd does not see \(keys)")
    }
    let shell = Path(account.shell.isEmpty ? "/bin/sh" : account.shell)
    if let setting = sandbox.hiding(shell) {
      throw .broken("account", "\(sandbox.words(setting)), so a session does not find \(shell)")
    }
    guard account.uid != 0 else { return }
    if let setting = sandbox.noNewPrivileges ?? sandbox.hiding("/usr/bin/sudo") {
      throw .broken("sudo", "\(sandbox.words(setting)), under which a session cannot use sudo")
    }
    if let setting = sandbox.locking("/var/lib/harden") {
      throw .broken("sudo", "\(sandbox.words(setting)), under which not even root can write in a session")
    }
  }

  /// Whether systemd lets sshd listen where the visitor comes to, and their packets come to it.
  private func hearing(_ sandbox: SSHDSandbox, _ visitor: Operator) throws(Stop) {
    let address = visitor.address.map(NetworkAddress.plain)
    // A socket that systemd opens itself is outside of the service's network, and of the families left to it.
    if SSHDInquest(host)?.socketIsActive != true {
      if let setting = sandbox.ownNetwork {
        throw .broken(
          "port",
          "\(sandbox.words(setting)): sshd is in a network of its own, and harden does not see who from outside comes to "
            + "it there")
      }
      if let address, let setting = sandbox.withholding(family: address.contains(":") ? "AF_INET6" : "AF_INET") {
        throw .broken("port", "\(sandbox.words(setting)), so sshd does not listen where \(address) connects to")
      }
    }
    guard let setting = sandbox.filter else { return }
    guard let address, let source = AddressRange(address) else {
      throw .unknown("whether you are of those whom systemd keeps from ssh.service (\(setting))")
    }
    if sandbox.refuses(source) {
      throw .broken("packet filter", "\(sandbox.words(setting)), by which systemd drops what comes from \(address)")
    }
  }
}
