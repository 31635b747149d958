/// Other SSH servers of the host, which read none of what harden writes.
struct SSHDRivals {
  /// The sockets of daemons that were started with other options than the one that is judged, and of Dropbear.
  let daemons: [Listener]
  private let connections: [SSHConnection]
  private let mainFile: Path
  /// Those of them that read their files when they were started.
  private let standing: Set<Listener>
  /// The units of those that are started at the next boot, and do not run now.
  private var units: [Listener: String] = [:]

  /// - Parameters:
  ///   - servers: those that are started for each connection, and read their files then.
  ///   - boot: what systemd starts next time.
  init(
    _ listeners: [Listener], _ servers: [Listener], _ boot: BootUnits, beside arguments: [String],
    connections: [SSHConnection]
  ) {
    (self.connections, mainFile) = (connections, SSHDListener.mainFile(arguments))
    // Behind ssh.socket one that somebody started by hand is the only one with sockets of its own.
    let own = SSHDListener.own(of: listeners).filter { SSHDListener.arguments(of: [$0]) == arguments }
    let others = SSHDListener.daemons(of: listeners).filter { !own.contains($0) }
    let started = SSHDListener.daemons(of: servers).filter { SSHDListener.arguments(of: [$0]) != arguments }
    let foreign = (listeners + servers).filter { $0.transport == "tcp" && Self.isStranger($0) }
    // What listens on the loopback alone is nobody's way in from outside.
    let present = others + started + foreign
    var awaited: [Listener] = []
    for (unit, program, line) in boot.servers {
      let server = SSHDListener.started(by: line, program: program)
      let options = SSHDListener.arguments(of: [server])
      let runs =
        program == "sshd"
        ? options == arguments || present.contains { SSHDListener.arguments(of: [$0]) == options }
        : present.contains { $0.process == program }
      guard !runs, units[server] == nil else { continue }
      units[server] = unit
      awaited.append(server)
    }
    daemons = (present + awaited).filter { !NetworkAddress.isLoopback($0.address) }
    standing = Set(daemons).subtracting(servers + awaited)
  }

  /// Servers that are not OpenSSH's.
  private static let strangers = ["dropbear", "tinysshd"]

  /// OpenSSH under another name counts as well, known by the title that it gives itself. systemd, which holds a socket
  /// unit's socket beside sshd, does not begin it.
  private static func isStranger(_ listener: Listener) -> Bool {
    if strangers.contains(listener.process) { return true }
    let title = listener.argv.joined(separator: " ")
    return listener.process != "sshd" && title.hasPrefix(listener.process)
      && title.contains(" [listener] ") && title.contains(" startups")
  }

  var probes: Set<Probe> {
    Set(
      daemons.filter { $0.process == "sshd" }.flatMap { daemon in
        connections.map { Probe.output(question: question($0, daemon)) }
      })
  }

  private func question(_ connection: SSHConnection, _ daemon: Listener) -> Question {
    var connection = connection
    if daemon.port != 0 { connection.localPort = daemon.port }
    return connection.question(to: SSHDListener.arguments(of: [daemon]))
  }

  /// - Returns: notes on servers that are as strict as is wanted.
  /// - Throws: a `Diagnostic` naming one that is not, since what the recipe says would not be so.
  func judge(by wanted: [SSHDSetting], _ host: Observations) throws(Diagnostic) -> [String] {
    let barred = wanted.filter {
      ["PermitRootLogin", "PasswordAuthentication", "KbdInteractiveAuthentication"].contains($0.keyword)
    }
    var notes: Set<String> = []
    for daemon in daemons {
      if Self.isStranger(daemon) {
        throw .otherServer(daemon, units[daemon], "settings that harden does not read", nil)
      }
      let file = SSHDListener.mainFile(SSHDListener.arguments(of: [daemon]))
      if file == mainFile, standing.contains(daemon) {
        throw .otherServer(daemon, nil, "its files as they were when somebody started it", nil)
      }
      for connection in connections {
        guard let result = try host.output(question(connection, daemon)).value,
          let effective = SSHDEffective.of(result)
        else { throw .otherServer(daemon, units[daemon], "settings that sshd does not tell", file) }
        for setting in barred where !setting.isMet(by: effective) {
          let found = effective[setting.keyword].map(SSHDEffective.shown) ?? ""
          // Stricter than what is wanted is no objection.
          guard setting.value == "no" || found == "yes" else { continue }
          throw .otherServer(daemon, units[daemon], "\(setting.keyword) \(found) for \(connection.user)", file)
        }
      }
      let place = units[daemon].map { "\($0) starts another sshd at the next boot" }
      notes.insert(
        "\(place ?? "another sshd listens on port \(daemon.port)"), by \(file); it lets in neither passwords nor root.")
    }
    return notes.sorted()
  }
}

extension Diagnostic {
  fileprivate static func otherServer(
    _ daemon: Listener, _ unit: String?, _ settings: String, _ file: Path?
  ) -> Diagnostic {
    if let unit {
      return Diagnostic(
        "Another SSH server after a boot",
        detail: "\(unit) is enabled, and starts \(daemon.process) at the next boot, with \(settings). It reads nothing "
          + "that harden writes, so that what the recipe says of logins would not hold there. "
          + (file.map { "Disable it, or set it likewise in \($0)." } ?? "Disable it."),
        fix: "systemctl disable \(unit)", address: "sshd")
    }
    return Diagnostic(
      "Another SSH server",
      detail:
        "\(daemon.process) listens on port \(daemon.port) as well, with \(settings). It reads nothing that "
        + "harden writes, so that what the recipe says of logins would not hold there. "
        + (file.map { "Stop it, or set it likewise in \($0)." } ?? "Stop it."),
      fix: "ss -tlnp 'sport = :\(daemon.port)'", address: "sshd")
  }
}
