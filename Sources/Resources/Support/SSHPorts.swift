/// The TCP ports on which sshd, or systemd for it, takes connections from outside.
enum SSHPorts {
  static let socket = "ssh.socket"
  static let probes: Set<Probe> = [.listeners, .unit(name: socket)]

  /// In ascending order; 22 where nothing listens yet.
  static func listening(on host: Observations) throws(Diagnostic) -> [UInt16] {
    let listeners = try host.listeners().known("what listens on this host") ?? []
    let isSocket = try host.unit(socket).value?.isActive ?? false
    var ports: Set<UInt16> = []
    for listener in listeners where listener.transport == "tcp" && !isLoopback(listener.address) {
      if listener.process == "sshd" && !isSession(listener) || listener.process == "systemd" && isSocket {
        ports.insert(listener.port)
      }
    }
    return ports.isEmpty ? [22] : ports.sorted()
  }

  /// A session listens for what its client forwards; the daemon's own title says `[listener]` or is its path.
  private static func isSession(_ listener: Listener) -> Bool {
    let title = listener.argv.joined(separator: " ")
    return title.hasPrefix("sshd: ") && !title.contains("[listener]")
  }

  private static func isLoopback(_ address: String) -> Bool {
    address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
  }
}
