/// OpenSSH's server: who may log in, by what, and the usual hardening, in one drop-in file that harden owns whole.
///
///     SSHDaemon(rootLogin: .never, passwords: false)
///
/// Judged by `sshd -T` with the arguments of the daemon that listens, for each account that matters, never by what a
/// file says: sshd keeps the first value it reads, cloud-init and others bring drop-ins of their own, and a value within
/// `Match` beats every global one. Therefore what decides a login stands in the drop-in twice, the second time under
/// `Match all`: since the file is read before the others, no later `Match`, no `-o` in `SSHD_OPTS` and no `AllowUsers` of
/// somebody else's takes it back. What is read even before it is named with file and line, and the plan is refused.
public struct SSHDaemon: Resource {
  let rootLogin: RootLogin
  let passwords: Bool
  let port: UInt16?
  let allowUsers: [String]?
  let options: Options

  /// `port`: nil leaves it as it is, also where harden moved it before. `allowUsers`: nil admits every account that has a way in.
  public init(
    rootLogin: RootLogin, passwords: Bool, port: UInt16? = nil, allowUsers: [String]? = nil,
    options: Options = Options()
  ) {
    self.rootLogin = rootLogin
    self.passwords = passwords
    self.port = port
    self.allowUsers = allowUsers
    self.options = options
  }

  public var address: String { "sshd" }

  public static var examples: [SSHDaemon] {
    [
      SSHDaemon(rootLogin: .never, passwords: false),
      SSHDaemon(
        rootLogin: .keysOnly, passwords: true, port: 2222, allowUsers: ["deploy"],
        options: Options(maxAuthTries: 3, keyExchange: .postQuantumOnly)),
    ]
  }

  package static let dropIn: Path = "/etc/ssh/sshd_config.d/00-harden.conf"
  static let check = Command("/usr/sbin/sshd", ["-t"])
  /// What the running daemon has loaded.
  static let loaded: [Path] = [
    "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d", "/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_ed25519_key",
    "/etc/ssh/ssh_host_rsa_key",
  ]

  public func probes(given known: Observations) -> Set<Probe> {
    var probes = SSHDInquest.groundwork.union(ownedFileProbes(Self.dropIn))
    probes.insert(.stale(unit: "ssh.service", paths: Self.loaded))
    guard let inquest = SSHDInquest(known) else { return probes }
    probes.formUnion(inquest.probes)
    probes.formUnion(socketProbes(inquest))
    probes.formUnion(SSHDVisitors.probes(inquest, known))
    return probes
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    guard let inquest = SSHDInquest(host) else { throw .bug("sshd's configuration was not read.", address: address) }
    var proposal = Proposal()
    let isInstalled = try host.hasPackage("openssh-server")
    if !isInstalled {
      proposal.changes.append(Change("package openssh-server", from: nil, to: "installed", risk: .opens))
      proposal.steps.append(Step(.install(packages: ["openssh-server"]), risk: .opens))
    }
    let answers = try inquest.answers(host)
    let written = settings(
      exchanges: try inquest.exchanges(host), version: try host.host().value,
      ports: port.map { [$0] } ?? inquest.ownPorts
    ).filter { setting in answers.first.map { setting.isKnown(to: $0.effective) } ?? true }
    // A port that is not declared is kept, and whatever others add to it is right.
    let wanted = written.filter { port != nil || $0.keyword != "Port" }
    let rivals = isInstalled ? try inquest.rivals.judge(by: written, host) : []
    let (exceptions, differences) = inquest.differences(from: wanted, in: answers).parted(by: \.isException)
    let file = try ownedFile(
      Self.dropIn, contents: render(written), mode: 0o600, subject: Self.dropIn.text, risk: .closes, check: Self.check,
      requires: [.package("openssh-server")], on: host)

    if file.steps.isEmpty {
      if let first = differences.first { throw inquest.defeat(first) }
      if let line = inquest.matchBefore(wanted) { throw inquest.defeat(line.setting, by: line.line) }
    }
    if !file.steps.isEmpty {
      let values =
        answers.isEmpty
        ? wanted.map { Change("sshd", $0.keyword, from: nil, to: $0.value, risk: .closes, isForecast: true) }
        : differences.map(\.change)
      proposal.changes += values.isEmpty ? file.changes : values
    }
    if let port, let holder = inquest.holder(of: port) { throw .taken(port, holder) }
    if let port, let line = inquest.files.lines.first(where: { Self.binds($0, elsewhereThan: port) }) {
      throw .boundElsewhere(line, wanted: port)
    }
    let widening = SSHDWidening(to: port, allowUsers, inquest, answers)
    if let widening {
      for index in proposal.changes.indices {
        guard let both = widening.both(proposal.changes[index].property) else { continue }
        proposal.changes[index].warning = "first \(both), until the new way in is proved"
      }
      proposal.steps += try widen(widening, inquest, on: host)
    }
    proposal.steps += file.steps
    let isWritten = !file.steps.isEmpty || widening != nil
    if file.steps.isEmpty, widening != nil {
      // It says so already, but sshd does not do it yet, and came to the drop-in's wider text on the way.
      proposal.steps.append(
        Step(
          .write(path: Self.dropIn, contents: render(written), mode: 0o600, owner: .root, check: Self.check),
          risk: .closes, requires: [.package("openssh-server")]))
      if !inquest.socketIsActive {
        proposal.changes.append(
          Change(
            "sshd", "Port", from: inquest.ports.map { "\($0)" }.joined(separator: " "), to: port.map { "\($0)" },
            risk: .closes, warning: "its files already say so"))
      }
    }
    try settleSocket(inquest, isWidened: widening?.ports != nil, &proposal, on: host)
    try reload(inquest, answers, isInstalled: isInstalled, isWritten: isWritten, &proposal, on: host)
    proposal.notes += exceptions.map(\.note) + rivals
    proposal.notes += inquest.admissions(answers, unless: allowUsers != nil)
    // As it is now: a planned step that touches one of the files is none of this.
    let isStale = host.known[Inquiry(.stale(unit: "ssh.service", paths: Self.loaded))] == .there(value: .flag(true))
    if isStale, isWritten {
      proposal.notes.append(
        "sshd has not read what its files say now: they are newer than it is, and it may do otherwise.")
    }
    proposal.notes += try SSHDVisitors.notes(inquest, answers, under: self, isStale: isStale, host)
    return proposal
  }

  /// Whether somebody's `ListenAddress` names a port itself: then `Port` is not asked.
  private static func binds(_ line: SSHDConfigLine, elsewhereThan port: UInt16) -> Bool {
    guard line.keyword == "listenaddress", !line.isHardens, let bound = SSHDEffective.port(of: line.value) else {
      return false
    }
    return bound != port
  }

  /// The drop-in's text.
  private func render(_ settings: [SSHDSetting]) -> String {
    var lines = [
      "# Made by harden; edits are lost at its next apply. See sshd_config(5).",
      "# The first value wins, and this file is read first.",
    ]
    lines += settings.flatMap(\.lines)
    lines += [
      "", "# Values under Match beat those above it, here or elsewhere, and again the first wins.", "Match all",
    ]
    lines += settings.filter(\.decidesLogin).flatMap(\.lines).map { "  " + $0 }
    return lines.joined(separator: "\n") + "\n"
  }

  private func reload(
    _ inquest: SSHDInquest, _ answers: [SSHDInquest.Judged], isInstalled: Bool, isWritten: Bool,
    _ proposal: inout Proposal, on host: Observations
  ) throws(Diagnostic) {
    let service = try host.unit("ssh.service").value
    if isInstalled { try start(inquest, answers, &proposal, on: host) }
    if isInstalled, service?.isActive != true {
      guard inquest.socketIsActive || inquest.ports.isEmpty else { throw .notItsService(inquest.ports) }
      return
    }
    let isStale = try host.isStale("ssh.service", Self.loaded).value ?? false
    guard isWritten || isStale else { return }
    if let enablement = service?.enablement, enablement.hasPrefix("masked") { throw .isMasked }
    let before = inquest.ports
    var after = inquest.socketIsActive ? before : answers.first?.effective.ports ?? []
    if let port { after = [port] }
    if after.isEmpty { after = before.isEmpty ? [22] : before }
    if !isWritten {
      proposal.changes.append(
        Change("sshd", from: "runs with older files", to: "runs with those on disk", risk: .closes))
    }
    if Set(before) != Set(after), port == nil, !before.isEmpty {
      proposal.changes.append(
        Change(
          "sshd", "Port", from: before.map { "\($0)" }.joined(separator: " "),
          to: after.map { "\($0)" }.joined(separator: " "), risk: .closes, warning: "its files already say so"))
    }
    // Under ssh.socket the daemon cannot open its port again after a HUP and ends; a restart is handed the socket.
    proposal.steps.append(
      Step(
        .reload(unit: "ssh.service", restart: inquest.socketIsActive, check: Self.check, listening: after),
        risk: .closes, requires: [.package("openssh-server"), .path(Self.dropIn)],
        effects: inquest.socketIsActive ? [] : inquest.moving(to: after)))
  }
}

extension SSHDaemon {
  /// Has what is configured as declared run, now and after a boot: the administrators' way in is declared, too.
  private func start(
    _ inquest: SSHDInquest, _ answers: [SSHDInquest.Judged], _ proposal: inout Proposal, on host: Observations
  ) throws(Diagnostic) {
    let name = inquest.socketIsActive ? "ssh.socket" : "ssh.service"
    guard let state = try host.unit(name).value, !state.enablement.isEmpty else { return }
    let runs = inquest.socketIsActive || state.isActive || !inquest.ports.isEmpty
    let isOff = state.enablement == "disabled"
    guard !state.enablement.hasPrefix("masked") else { throw runs ? .isMasked : .isMaskedAndStopped }
    guard !runs || isOff else { return }
    if isOff { proposal.changes.append(Change("sshd", "starts at boot", from: "no", to: "yes")) }
    guard !runs else {
      // It shuts nobody out, and what does is to leave a way in after a boot as well.
      proposal.steps.insert(Step(.setUnit(unit: name, enabled: true, active: nil)), at: 0)
      return
    }
    proposal.changes.append(Change("sshd", "runs", from: state.activity, to: "yes", risk: .opens))
    proposal.steps.append(
      Step(
        .setUnit(unit: name, enabled: isOff ? true : nil, active: true), risk: .opens,
        effects: inquest.moving(to: answers.first?.effective.ports ?? [22])))
  }
}

extension Diagnostic {
  fileprivate static var isMaskedAndStopped: Diagnostic {
    Diagnostic(
      "ssh.service is masked",
      detail: "sshd does not run, and systemd does not start a unit that is masked: nobody gets in over SSH.",
      fix: "systemctl unmask ssh.service; systemctl enable --now ssh.service", address: "sshd")
  }

  fileprivate static func notItsService(_ ports: [UInt16]) -> Diagnostic {
    Diagnostic(
      "sshd does not run as ssh.service",
      detail: "sshd listens on port \(ports.map { "\($0)" }.joined(separator: " and ")), but neither ssh.service nor "
        + "ssh.socket is active: somebody started it otherwise. harden could not have it read its files again, and "
        + "what is written would not be in force.",
      fix: "ss -tlnp 'sport = :\(ports.first ?? 22)'; systemctl status ssh.service", address: "sshd")
  }

  fileprivate static func taken(_ port: UInt16, _ holder: String) -> Diagnostic {
    Diagnostic(
      "Port taken",
      detail: "\(holder.isEmpty ? "Another program" : holder) listens on port \(port), where sshd is to listen.",
      fix: "ss -tlnp 'sport = :\(port)'", address: "sshd")
  }

  fileprivate static func boundElsewhere(_ line: SSHDConfigLine, wanted: UInt16) -> Diagnostic {
    Diagnostic(
      "Setting would not be in force",
      detail: "\(line.place) says “ListenAddress \(line.value)”. Where an address has a port of its own, sshd does not "
        + "ask Port, and “Port \(wanted)” would be written but not be in force.",
      fix: "sed -i '\(line.number)s/^/#/' \(Command.quoted(line.file.text))", address: "sshd")
  }

  fileprivate static var isMasked: Diagnostic {
    Diagnostic(
      "ssh.service is masked",
      detail: "sshd runs, but systemd neither reloads a unit that is masked nor starts it at the next boot: what is "
        + "written would not be in force, and then nobody would get in.",
      fix: "systemctl unmask ssh.service", address: "sshd")
  }
}
