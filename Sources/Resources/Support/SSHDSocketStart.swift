/// The sshd that systemd starts for whoever connects to `ssh.socket`, while that listens in its stead.
package struct SSHDSocketStart {
  /// Options that it is started with; nil where it listens itself, or that is not known yet.
  private(set) var arguments: [String]?
  /// Why nobody gets in: nothing, or no sshd, is started.
  package private(set) var obstacle: String?
  /// What has to be asked.
  private(set) var probes: Set<Probe> = []

  private let known: Observations

  init(_ listeners: [Listener], isActive: Bool, _ known: Observations) {
    self.known = known
    guard isActive else { return }
    // `Accept=yes` among where it listens.
    let isForEach = output(SSHDInquest.socketPorts)?.lines.contains("yes") ?? false
    if isForEach { startEach() } else { startOnce(listeners) }
  }

  /// One sshd for all connections, which the first of them starts.
  private mutating func startOnce(_ listeners: [Listener]) {
    // One that has been started holds the socket beside systemd.
    let held = listeners.filter { $0.process == "systemd" && $0.argv.first?.hasPrefix("sshd:") == true }
      .map { Listener(transport: $0.transport, address: $0.address, port: $0.port, process: "sshd", argv: $0.argv) }
    guard held.isEmpty else {
      arguments = SSHDListener.arguments(of: held)
      return
    }
    // Nobody has connected yet.
    let defaults = SSHDInquest.serviceDefaults
    probes.insert(.contents(path: defaults))
    guard let text = output(SSHDInquest.plainService), let server = SSHDSocketServers.server(startedBy: .of(text)),
      server.program == "sshd"
    else { return }
    var line = server.line
    if case .there(.text(let text))? = known.answer(.contents(path: defaults)), line.contains("$SSHD_OPTS") {
      line = line.replacing("$SSHD_OPTS", with: SSHDInquest.options(inDefaults: text))
    }
    arguments = SSHDListener.arguments(ofCommand: line)
  }

  /// One sshd a connection.
  private mutating func startEach() {
    // systemd still leaves it to the one service that it was to start before, and to nobody once that has ended.
    guard output(SSHDInquest.socketState)?.lines.first != "running" else {
      obstacle =
        "ssh.socket is to have systemd start an sshd for each connection (Accept=yes), and does so only once it is "
        + "started anew: systemctl stop ssh.service; systemctl restart ssh.socket"
      return
    }
    guard let text = output(SSHDInquest.acceptingService) else { return }
    let server = SSHDSocketServers.server(startedBy: .of(text))
    if server?.program != "sshd" {
      obstacle =
        "ssh.socket has systemd start ssh@.service for each connection (Accept=yes), and that "
        + (server.map { "is \($0.program)" } ?? "starts no sshd")
    }
    arguments = server.map { SSHDListener.arguments(ofCommand: $0.line) }
  }

  private mutating func output(_ question: Question) -> String? {
    probes.insert(.output(question: question))
    guard case .there(.output(let result))? = known.answer(.output(question: question)) else { return nil }
    return result.output
  }
}
