/// Ports that Apache is to listen on, and whoever has them already.
enum WebPort {
  /// All that it comes to listen on: the second one as soon as there is a certificate.
  private static let all: [UInt16] = [80, 443]

  static func probes(given known: Observations) -> Set<Probe> { SSHPorts.probes(given: known) }

  /// - Parameter ports: those that it listens on once this plan is done.
  /// - Throws: a `Diagnostic` where another program has one of these ports and Apache does not: it could not start, or
  ///   would not be what visitors meet; and where sshd has or gets one that Apache will need later on.
  static func check(_ ports: [UInt16], on host: Observations) throws(Diagnostic) {
    let ssh = try SSHPorts.listening(on: host)
    if let port = all.first(where: ssh.contains) { throw .isOfSSH(port) }
    // As it is today: that a package brings an Apache that listens is foreseen, not seen.
    guard case .there(.listeners(let listeners))? = host.known[Inquiry(.listeners)] else { return }
    let sshToday = (try? SSHPorts.listening(on: Observations(host.known))) ?? []
    for port in ports {
      let holders = listeners.filter { $0.transport == "tcp" && $0.port == port && !$0.process.isEmpty }
      guard !holders.contains(where: { $0.process == "apache2" }), let holder = holders.first else { continue }
      if sshToday.contains(port) { throw .sshIsStillThere(port) }
      throw .portIsTaken(port, holder)
    }
  }
}

extension Diagnostic {
  fileprivate static func isOfSSH(_ port: UInt16) -> Diagnostic {
    Diagnostic(
      "sshd and Apache on one port",
      detail:
        "sshd would listen on port \(port), and that is Apache's: it listens on 80, and on 443 as soon as there is a "
        + "certificate. Browsers look for the site there, so it is sshd that needs another one.",
      fix: "Give sshd another port: --set ssh-port=2222")
  }

  /// Apache's steps come first, since they close no way in.
  fileprivate static func sshIsStillThere(_ port: UInt16) -> Diagnostic {
    Diagnostic(
      "sshd and Apache on one port",
      detail:
        "sshd listens on port \(port), which Apache needs before sshd would have left it. sshd has to move in a run "
        + "of its own, under a recipe without a web server.",
      fix: "harden apply vps --set ssh-port=2222   # and then this recipe, with --replace")
  }

  fileprivate static func portIsTaken(_ port: UInt16, _ holder: Listener) -> Diagnostic {
    // systemd listens for a service that it starts when somebody connects.
    let isSocket = holder.process == "systemd"
    return Diagnostic(
      "Port is taken",
      detail: "\(holder.process) listens on port \(port), so Apache could not. Two web servers cannot share it, and "
        + "which of them is meant is yours to say.",
      fix: isSocket
        ? "systemctl list-sockets   # systemctl disable --now the one on port \(port), if you do not need it"
        : "systemctl disable --now \(holder.process)   # if it is a service that you do not need")
  }
}
