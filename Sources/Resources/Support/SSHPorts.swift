/// The TCP ports on which sshd, or systemd for it, takes connections from outside.
enum SSHPorts {
  static let socket = "ssh.socket"

  static func probes(given known: Observations) -> Set<Probe> {
    let isSocket = (try? known.unit(socket))?.value?.isActive ?? false
    return Set([.listeners, .unit(name: socket)] + (isSocket ? [.output(question: SSHDInquest.socketPorts)] : []))
  }

  /// In ascending order; 22 where nothing listens yet.
  static func listening(on host: Observations) throws(Diagnostic) -> [UInt16] {
    let listeners = try host.listeners().known("what listens on this host") ?? []
    let isSocket = try host.unit(socket).value?.isActive ?? false
    var ports = Set(SSHDListener.daemons(of: listeners).filter { !NetworkAddress.isLoopback($0.address) }.map(\.port))
    if isSocket { ports.formUnion(ofSocket(listeners, host) ?? systemds(listeners).map(\.port)) }
    return ports.isEmpty ? [22] : ports.sorted()
  }

  /// The ports of `ssh.socket`, by what systemd says of it; nil as long as that was not asked.
  ///
  /// systemd tells what it read last; the socket itself holds what it was started with, so that all it holds may be meant.
  static func ofSocket(_ listeners: [Listener], _ known: Observations) -> [UInt16]? {
    guard case .there(.output(let result))? = known.answer(.output(question: SSHDInquest.socketPorts)) else {
      return nil
    }
    let configured = SSHDInquest.ports(ofSocket: result.output)
    let held = Set((systemds(listeners) + SSHDListener.daemons(of: listeners)).map(\.port))
    return held.isEmpty || held.isSuperset(of: configured) ? configured : held.sorted()
  }

  /// What systemd holds for services that it starts when somebody connects.
  static func systemds(_ listeners: [Listener], without ports: [UInt16] = []) -> [Listener] {
    listeners.filter {
      $0.transport == "tcp" && $0.process == "systemd" && !NetworkAddress.isLoopback($0.address)
        && !ports.contains($0.port)
    }
  }
}
