/// Where `ssh.socket` listens, not sshd itself: systemd opens the port and hands it to sshd at the first connection.
extension SSHDaemon {
  package static let socketDropIn: Path = "/etc/systemd/system/ssh.socket.d/harden.conf"

  func socketProbes(_ inquest: SSHDInquest) -> Set<Probe> {
    inquest.socketIsActive && port != nil ? ownedFileProbes(Self.socketDropIn) : []
  }

  /// Moves the socket to the port that is wanted; `Port` in sshd's own files means nothing to it.
  func settleSocket(
    _ inquest: SSHDInquest, isWidened: Bool, _ proposal: inout Proposal, on host: Observations
  ) throws(Diagnostic) {
    guard let port, inquest.socketIsActive else { return }
    let file = try ownedFile(
      Self.socketDropIn, contents: Self.socketText([port]), mode: 0o644, subject: Self.socketDropIn.text, on: host)
    guard inquest.ports != [port] || isWidened else {
      proposal.steps += file.steps
      proposal.changes += file.changes
      return
    }
    proposal.changes.append(
      Change(
        "ssh.socket", "ListenStream", from: inquest.ports.map { "\($0)" }.joined(separator: " "), to: "\(port)",
        risk: .closes))
    let steps = try socketSteps(to: [port], risk: .closes, inquest, on: host)
    // The directory is there by then.
    proposal.steps += steps.filter { !(isWidened && proposal.steps.contains($0)) }
  }

  /// The steps after which the socket listens on these ports and no others.
  func socketSteps(
    to ports: [UInt16], risk: Risk, _ inquest: SSHDInquest, on host: Observations
  ) throws(Diagnostic) -> [Step] {
    var steps: [Step] = []
    if try host.file(Self.socketDropIn.parent) == .absent {
      steps.append(Step(.makeDirectory(path: Self.socketDropIn.parent, mode: 0o755, owner: .root)))
    }
    steps.append(
      Step(
        .write(
          path: Self.socketDropIn, contents: Self.socketText(ports), mode: 0o644, owner: .root, check: nil), risk: risk)
    )
    let words = ports.map { "\($0)" }.joined(separator: " and ")
    // A socket cannot start while its service holds the port. Sessions that are open live on.
    if try host.unit("ssh.service").value?.isActive == true {
      steps.append(
        Step(
          .setUnit(unit: "ssh.service", enabled: nil, active: false), risk: risk,
          title: "stop ssh.service for its socket, port \(words)"))
    }
    let listening = ports.map { "[::]:\($0) (Stream)\n" }.joined()
    steps.append(
      Step(
        .reload(unit: "ssh.socket", restart: true, check: nil, listening: ports), risk: risk,
        requires: [.path(Self.socketDropIn)],
        effects: [
          .answers(
            probe: .output(question: SSHDInquest.socketPorts),
            answer: .there(value: .output(CommandResult(status: 0, output: listening))))
        ]
          + ports.map {
            .listens(listener: Listener(transport: "tcp", address: "*", port: $0, process: "systemd"))
          } + inquest.ports.filter { !ports.contains($0) }.map { .closes(transport: "tcp", port: $0) }))
    return steps
  }

  /// One socket a port for both families, and for IPv4 alone where the kernel has no other. Ubuntu's own unit says
  /// `BindIPv6Only=ipv6-only`, under which a port by itself means IPv6 and nothing else (`systemd.socket(5)`).
  private static func socketText(_ ports: [UInt16]) -> String {
    "[Socket]\nBindIPv6Only=both\nListenStream=\n" + ports.map { "ListenStream=\($0)\n" }.joined()
  }
}
