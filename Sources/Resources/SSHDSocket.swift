/// Where `ssh.socket` listens, not sshd itself: systemd opens the port and hands it to sshd at the first connection.
extension SSHDaemon {
  static let socketDropIn: Path = "/etc/systemd/system/ssh.socket.d/harden.conf"

  func socketProbes(_ inquest: SSHDInquest) -> Set<Probe> {
    inquest.socketIsActive && port != nil ? ownedFileProbes(Self.socketDropIn) : []
  }

  /// Moves the socket to the port that is wanted; `Port` in sshd's own files means nothing to it.
  func settleSocket(
    _ inquest: SSHDInquest, _ proposal: inout Proposal, on host: Observations
  ) throws(Diagnostic) {
    guard let port, inquest.socketIsActive else { return }
    let file = try ownedFile(
      Self.socketDropIn, contents: "[Socket]\nListenStream=\nListenStream=\(port)\n", mode: 0o644,
      subject: Self.socketDropIn.text, on: host)
    proposal.steps += file.steps
    guard inquest.ports != [port] else {
      proposal.changes += file.changes
      return
    }
    proposal.changes.append(
      Change(
        "ssh.socket", "ListenStream", from: inquest.ports.map { "\($0)" }.joined(separator: " "), to: "\(port)",
        risk: .closes))
    proposal.steps.append(
      Step(
        .run(command: Command("/usr/bin/systemctl", ["daemon-reload"])), requires: [.path(Self.socketDropIn)],
        effects: [.answers(probe: .output(question: SSHDInquest.socketPorts), answer: .moved)],
        footprint: Footprint(units: ["ssh.socket"]), title: "read unit files again"))
    // A socket cannot start while its service holds the port. Sessions that are open live on.
    if try host.unit("ssh.service").value?.isActive == true {
      proposal.steps.append(
        Step(.setUnit(unit: "ssh.service", enabled: nil, active: false), risk: .closes))
    }
    let listening = "[::]:\(port) (Stream)\n"
    proposal.steps.append(
      Step(
        .reload(unit: "ssh.socket", restart: true, check: nil, listening: [port]), risk: .closes,
        requires: [.path(Self.socketDropIn)],
        effects: [
          .answers(
            probe: .output(question: SSHDInquest.socketPorts),
            answer: .there(value: .output(CommandResult(status: 0, output: listening)))),
          .listens(listener: Listener(transport: "tcp", address: "*", port: port, process: "systemd")),
        ] + inquest.ports.filter { $0 != port }.map { .closes(transport: "tcp", port: $0) }))
  }
}
