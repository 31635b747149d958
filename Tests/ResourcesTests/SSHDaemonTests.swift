import HostTesting
import Testing

@testable import Resources

@Suite("sshd")
struct SSHDaemonTests {
  private let daemon = SSHDaemon(rootLogin: .never, passwords: false)
  private let dropIn: Path = "/etc/ssh/sshd_config.d/00-harden.conf"

  private func host(_ release: Int = 12, _ change: (inout SimulatedHost) -> Void = { _ in }) -> SimulatedHost {
    var host = SimulatedHost.debian(release)
    host.addUser("admin", uid: 1000, password: .usable, groups: ["sudo"])
    change(&host)
    return host
  }

  private func change(_ keyword: String, in proposal: Proposal) -> Change? {
    proposal.changes.first { $0.property == keyword }
  }

  /// The host once the proposal's files lie on it and its daemon was reloaded.
  private func settled(_ host: SimulatedHost, _ daemon: SSHDaemon) throws -> SimulatedHost {
    var host = host
    for step in try host.proposal(of: daemon).steps {
      guard case .write(let path, let contents, let mode, let owner, _) = step.action else { continue }
      host.entries[path] = .file(contents: contents, mode: mode, owner: owner)
    }
    return host
  }

  @Test("a folder for the drop-in that somebody removed is made", arguments: [12, 13])
  func folder(release: Int) throws {
    var host = SimulatedHost.debian(release)
    let folder: Path = "/etc/ssh/sshd_config.d"
    for path in host.entries.keys where path.isWithin(folder) { host.entries[path] = nil }
    let trial = try host.trial(of: SSHDaemon(rootLogin: .never, passwords: false))
    #expect(trial.first.steps.first?.action == .makeDirectory(path: folder, mode: 0o755, owner: .root))
    #expect(trial.second.isSettled)
  }

  @Test("names the value in force and the line that decides it")
  func decidingLine() throws {
    let trial = try host().trial(of: daemon)
    #expect(
      change("PasswordAuthentication", in: trial.first)
        == Change(
          "sshd", "PasswordAuthentication", from: "yes", to: "no",
          decidedBy: "set by /etc/ssh/sshd_config.d/50-cloud-init.conf:1", risk: .closes))
    #expect(
      change("PermitRootLogin", in: trial.first)?.decidedBy == "set by /etc/ssh/sshd_config:2")
    #expect(change("LoginGraceTime", in: trial.first)?.decidedBy == nil)
    #expect(trial.second.isSettled)
  }

  @Test("one write, checked, then one reload that may close a way in")
  func steps() throws {
    let steps = try host().proposal(of: daemon).steps
    guard steps.count == 2, case .write(dropIn, let text, 0o600, .root, let check) = steps[0].action else {
      Issue.record("\(steps)")
      return
    }
    #expect(check == Command("/usr/sbin/sshd", ["-t"]))
    #expect(text.contains("\nMatch all\n  PermitRootLogin no\n  PasswordAuthentication no\n"))
    #expect(
      steps[1].action == .reload(unit: "ssh.service", restart: false, check: check, listening: [22]))
    #expect(steps.map(\.risk) == [.closes, .closes])
  }

  @Test("a host that is as declared needs nothing", arguments: [12, 13])
  func settled(release: Int) throws {
    let after = try settled(host(release), daemon)
    #expect(try after.proposal(of: daemon).isSettled)
  }

  @Test("what is configured as declared also runs, and starts at the next boot", arguments: [12, 13])
  func runs(release: Int) throws {
    var host = try settled(host(release), daemon)
    host.units["ssh.service"] = UnitState(enablement: "disabled", activity: "active")
    let disabled = try host.trial(of: daemon)
    #expect(disabled.first.changes == [Change("sshd", "starts at boot", from: "no", to: "yes")])
    #expect(disabled.first.steps.map(\.risk) == [.none])
    #expect(disabled.second.isSettled)

    host.units["ssh.service"] = UnitState(enablement: "enabled", activity: "inactive")
    host.listeners = []
    let stopped = try host.trial(of: daemon)
    #expect(stopped.first.changes == [Change("sshd", "runs", from: "inactive", to: "yes", risk: .opens)])
    #expect(stopped.first.steps.map(\.action) == [.setUnit(unit: "ssh.service", enabled: nil, active: true)])
    #expect(stopped.second.isSettled)

    host.units["ssh.service"] = UnitState(enablement: "masked", activity: "inactive")
    #expect(throws: Diagnostic.self) { try host.proposal(of: daemon) }
  }

  @Test("Match User with a password is found, named and beaten")
  func matchUser() throws {
    let host = host {
      $0.entries["/etc/ssh/sshd_config.d/60-admin.conf"] = .file("Match User admin\nPasswordAuthentication yes\n")
      $0.entries["/etc/ssh/sshd_config.d/50-cloud-init.conf"] = .file("PasswordAuthentication no\n")
    }
    let trial = try host.trial(of: daemon)
    let found = change("PasswordAuthentication for admin", in: trial.first)
    #expect(found?.before == "yes")
    #expect(found?.decidedBy == "set by /etc/ssh/sshd_config.d/60-admin.conf:2 (Match User admin)")
    #expect(change("PasswordAuthentication", in: trial.first) == nil)
    #expect(trial.second.isSettled)
  }

  @Test("a Match that is read before the drop-in is refused, with its line")
  func matchBefore() throws {
    let host = host {
      $0.entries["/etc/ssh/sshd_config.d/00-a.conf"] = .file("# x\nMatch Group sudo\n  PasswordAuthentication=yes\n")
    }
    let failure = diagnostic { try host.trial(of: daemon) }
    #expect(failure?.summary == "Setting would not be in force")
    #expect(failure?.detail.contains("/etc/ssh/sshd_config.d/00-a.conf:3") == true)
    #expect(failure?.fix == "sed -i '3s/^/#/' /etc/ssh/sshd_config.d/00-a.conf")
  }

  @Test("a configuration that sshd refuses only with the drop-in is not said to be refused without it")
  func refusedTogether() {
    func detail(_ isRefused: @escaping @Sendable (SimulatedHost) -> Bool) -> String? {
      let host = host { host in
        host.asking { question, host in
          guard question.command.executable == "/usr/sbin/sshd", isRefused(host) else { return nil }
          return .there(value: CommandResult(status: 255, output: "", errors: "x.conf line 2: no\n"))
        }
      }
      return diagnostic { try host.trial(of: daemon) }?.detail
    }
    let together = detail { $0.entries[SSHDaemon.dropIn] != nil }
    #expect(together?.hasPrefix("sshd would not accept what lies in /etc/ssh together with") == true)
    #expect(detail { _ in true }?.hasPrefix("sshd does not accept what lies in /etc/ssh.") == true)
  }

  @Test("of MaxStartups the last value wins, and is said to")
  func lastValue() {
    let host = host { $0.entries["/etc/ssh/sshd_config.d/60-a.conf"] = .file("MaxStartups 100:50:200\n") }
    let failure = diagnostic { try host.trial(of: daemon) }
    #expect(failure?.detail.contains("60-a.conf:1 sets MaxStartups to “100:50:200”, and sshd reads it after") == true)
  }

  @Test("a Match that is read before the drop-in is refused, whomever it is for")
  func matchOfOthersBefore() {
    let host = host {
      $0.entries["/etc/ssh/sshd_config.d/00-a.conf"] = .file("Match Address 10.0.0.0/8\nPermitRootLogin yes\n")
    }
    let failure = diagnostic { try host.trial(of: daemon) }
    #expect(failure?.detail.contains("00-a.conf:2 sets PermitRootLogin to “yes” under “Match Address") == true)
  }

  @Test("an exception that decides no login is told and left alone")
  func exception() throws {
    let host = host {
      $0.entries["/etc/ssh/sshd_config.d/60-admin.conf"] = .file("Match User admin\nAllowTcpForwarding yes\n")
    }
    let trial = try host.trial(of: daemon)
    #expect(trial.second.isSettled)
    #expect(
      trial.second.notes.contains {
        $0.hasPrefix(
          "AllowTcpForwarding for admin is “yes”, not “local”, set by /etc/ssh/sshd_config.d/60-admin.conf:2")
      })
  }

  @Test("somebody's AllowUsers is told, and replaced where the recipe has one")
  func allowUsers() throws {
    let host = host { $0.entries["/etc/ssh/sshd_config.d/10-a.conf"] = .file("AllowUsers root bob\n") }
    #expect(
      try host.proposal(of: daemon).notes.contains(
        "AllowUsers root bob is in force, set by /etc/ssh/sshd_config.d/10-a.conf:1"))
    let trial = try host.trial(of: SSHDaemon(rootLogin: .never, passwords: false, allowUsers: ["admin"]))
    #expect(change("AllowUsers", in: trial.first)?.before == "root bob")
    #expect(change("AllowUsers", in: trial.first)?.after == "admin")
    #expect(trial.second.isSettled)
  }

  @Test("keyboard-interactive asks for the same password, so it goes too")
  func keyboardInteractive() throws {
    let host = host {
      $0.entries["/etc/ssh/sshd_config.d/10-kbd.conf"] = .file("ChallengeResponseAuthentication yes\r\n")
    }
    let found = change("KbdInteractiveAuthentication", in: try host.proposal(of: daemon))
    #expect(found?.before == "yes")
    #expect(found?.decidedBy == "set by /etc/ssh/sshd_config.d/10-kbd.conf:1")
  }

  @Test("without its Include line no drop-in is read, and the plan says so")
  func noInclude() {
    let host = host { $0.entries["/etc/ssh/sshd_config"] = .file("PermitRootLogin yes\n") }
    let failure = diagnostic { try host.trial(of: daemon) }
    #expect(failure?.summary == "Drop-ins are not read")
  }

  @Test("a Port elsewhere adds up and is named")
  func portAddsUp() {
    let host = host { $0.entries["/etc/ssh/sshd_config.d/60-port.conf"] = .file("\n\nPort 22\n") }
    let failure = diagnostic {
      try host.trial(of: SSHDaemon(rootLogin: .never, passwords: false, port: 2222))
    }
    #expect(failure?.summary == "Setting adds up")
    #expect(failure?.detail.contains("/etc/ssh/sshd_config.d/60-port.conf:3") == true)
  }

  @Test("20 is not 2000, and 22 is not 2222: a port is compared whole")
  func portWhole() throws {
    let trial = try host().trial(of: SSHDaemon(rootLogin: .never, passwords: false, port: 2222))
    #expect(change("Port", in: trial.first)?.before == "22")
    #expect(trial.second.isSettled)
    let listening = try trial.observations.listeners().value ?? []
    #expect(Set(listening.map(\.port)) == [2222])
  }

  @Test("options on the daemon's command line are asked with, and beaten where they decide a login")
  func commandLine() throws {
    let title = "sshd: /usr/sbin/sshd -D -o PasswordAuthentication=yes -o LogLevel ERROR -p 2200 [listener] 0 of 10-100"
    let host = host { host in
      host.listeners = [
        Listener(transport: "tcp", address: "::", port: 2200, process: "sshd", argv: [title])
      ]
    }
    let seen = try host.observe(daemon)
    let arguments = ["-o", "PasswordAuthentication=yes", "-o", "LogLevel ERROR", "-p", "2200"]
    #expect(
      daemon.probes(given: seen).contains(
        .output(
          question: SSHConnection(
            user: "root", address: "198.51.100.23", localAddress: "203.0.113.5", localPort: 2200
          ).question(to: arguments))))
    let failure = diagnostic { try host.trial(of: daemon) }
    #expect(failure?.detail.hasPrefix("The daemon was started with -o LogLevel ERROR") == true)
  }

  @Test("a port of the daemon's command line is named, since no file moves it")
  func portOfCommandLine() throws {
    let host = host {
      $0.listeners = [
        Listener(
          transport: "tcp", address: "0.0.0.0", port: 2200, process: "sshd",
          argv: ["sshd: /usr/sbin/sshd -D -p 2200 [listener] 0 of 10-100 startups"])
      ]
    }
    let failure = diagnostic { try host.trial(of: SSHDaemon(rootLogin: .never, passwords: false, port: 2222)) }
    #expect(failure?.detail.hasPrefix("The daemon was started with -p 2200, which beats every file") == true)
  }

  /// A second daemon beside the stock one.
  private func rival(_ settings: String, address: String = "0.0.0.0") -> SimulatedHost {
    host { host in
      host.entries["/etc/ssh/sshd2_config"] = .file("Port 2222\n\(settings)\n")
      let title = "sshd: /usr/sbin/sshd -D -f /etc/ssh/sshd2_config [listener] 0 of 10-100 startups"
      host.listeners.append(
        Listener(transport: "tcp", address: address, port: 2222, process: "sshd", argv: [title]))
    }
  }

  @Test(
    "another sshd that lets in what is to be shut out is named",
    arguments: [
      ("PermitRootLogin no\nKbdInteractiveAuthentication no\nPasswordAuthentication yes", "PasswordAuthentication yes"),
      (
        "PermitRootLogin no\nPasswordAuthentication no\nKbdInteractiveAuthentication yes",
        "KbdInteractiveAuthentication yes"
      ),
      ("PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no", "PermitRootLogin yes"),
    ])
  func rivalThatOpens(settings: String, words: String) throws {
    let failure = diagnostic { try rival(settings).trial(of: daemon) }
    #expect(failure?.summary == "Another SSH server")
    #expect(failure?.detail.hasPrefix("sshd listens on port 2222 as well, with \(words) for root.") == true)
    #expect(failure?.detail.hasSuffix("Stop it, or set it likewise in /etc/ssh/sshd2_config.") == true)
  }

  @Test("another sshd that is stricter than what is wanted is no objection")
  func stricterRival() throws {
    let lax = SSHDaemon(rootLogin: .keysOnly, passwords: true)
    let host = rival("PermitRootLogin no\nPasswordAuthentication no\nKbdInteractiveAuthentication no")
    #expect(try host.trial(of: lax).second.isSettled)
  }

  @Test("another sshd that reads the same files read them when it was started, and is named")
  func rivalOfBefore() throws {
    for title in ["sshd: /usr/sbin/sshd -D -p 2222 [listener]", "sshd: /usr/sbin/sshd [listener] 0 of 10-100 startups"]
    {
      let host = host {
        $0.listeners.append(
          Listener(transport: "tcp", address: "0.0.0.0", port: 2222, process: "sshd", argv: [title]))
      }
      let failure = diagnostic { try host.trial(of: daemon) }
      #expect(failure?.detail.hasPrefix("sshd listens on port 2222 as well, with its files as they were") == true)
    }
  }

  @Test(
    "an sshd that an inetd starts for each connection is a server like any other",
    arguments: [
      ("xinetd", "/etc/xinetd.d/ssh2", "service ssh2\n{\n port = 2222\n server = /usr/sbin/sshd\n", true),
      (
        "xinetd", "/etc/xinetd.d/ssh2", "service ssh2\n{\n\tdisable = yes\n port = 2222\n server = /usr/sbin/sshd\n",
        false
      ),
      ("xinetd", "/etc/xinetd.d/ftp", "service ftp\n{\n port = 2222\n server = /usr/sbin/ftpd\n", false),
      (
        "inetd", "/etc/inetd.conf", "2222 stream tcp nowait root /usr/sbin/tcpd /usr/sbin/sshd -i -f /etc/ssh/other\n",
        true
      ),
      ("inetd", "/etc/inetd.conf", "#2222 stream tcp nowait root /usr/sbin/sshd sshd -i -f /etc/ssh/other\n", false),
      ("inetd", "/etc/inetd.conf", "2223 stream tcp nowait root /usr/sbin/sshd sshd -i -f /etc/ssh/other\n", false),
    ])
  func inetServers(process: String, file: Path, text: String, isRival: Bool) {
    let host = host { host in
      host.entries["/etc/ssh/other"] = .file("PasswordAuthentication yes\n")
      host.entries[file] = .file(process == "inetd" ? text : text + " server_args = -i -f /etc/ssh/other\n}\n")
      host.listeners.append(Listener(transport: "tcp", address: "0.0.0.0", port: 2222, process: process))
    }
    let failure = diagnostic { try host.trial(of: daemon) }
    #expect((failure?.summary == "Another SSH server") == isRival, "\(failure?.detail ?? "none")")
  }

  /// A second daemon that runs only after a boot.
  private func awaited(_ unit: String, _ text: String, settings: String = "") -> SimulatedHost {
    host { host in
      let file: Path = "/etc/systemd/system" / unit
      host.entries["/etc/systemd/system/multi-user.target.wants" / unit] = .link(target: file.text)
      host.entries[file] = .file(text)
      host.entries["/etc/ssh/sshd2_config"] = .file("Port 2222\n\(settings)\n")
    }
  }

  @Test("another server that is enabled and does not run yet is judged as if it did")
  func rivalAfterBoot() throws {
    let start = "[Service]\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/sshd2_config\n"
    let open = diagnostic {
      try awaited("other.service", start, settings: "PasswordAuthentication yes").trial(of: daemon)
    }
    #expect(open?.summary == "Another SSH server after a boot")
    #expect(open?.fix == "systemctl disable other.service")
    let strict = "PermitRootLogin no\nPasswordAuthentication no\nKbdInteractiveAuthentication no"
    let notes = try awaited("other.service", start, settings: strict).trial(of: daemon).first.notes
    #expect(
      notes.contains { $0.hasPrefix("other.service starts another sshd at the next boot, by /etc/ssh/sshd2_config") })
    let dropbear = diagnostic {
      try awaited("db.service", "[Service]\nExecStart=-/usr/sbin/dropbear -EF\n").trial(of: daemon)
    }
    #expect(dropbear?.detail.hasPrefix("db.service is enabled, and starts dropbear at the next boot") == true)
    // Debian's own, and a client.
    let client = awaited("tunnel.service", "[Service]\nExecStart=/usr/bin/ssh -N -R 1:localhost:22 x\n")
    #expect(try client.trial(of: daemon).first.notes.allSatisfy { !$0.contains("tunnel") })
  }

  @Test("behind ssh.socket an sshd with a socket of its own is another one")
  func rivalBesideSocket() throws {
    let host = host { host in
      host.units["ssh.socket"] = UnitState(enablement: "enabled", activity: "active")
      host.units["ssh.service"] = UnitState(enablement: "disabled", activity: "inactive")
      host.listeners = [
        Listener(transport: "tcp", address: "*", port: 22, process: "systemd"),
        Listener(
          transport: "tcp", address: "*", port: 2222, process: "sshd",
          argv: ["sshd: /usr/sbin/sshd -p 2222 [listener] 0 of 10-100 startups"]),
      ]
      host.asking { question, _ in
        let texts = [
          SSHDInquest.socketPorts: "[::]:22 (Stream)\nno\n",
          SSHDInquest.plainService: "[Service]\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n",
        ]
        return texts[question].map { .there(value: CommandResult(status: 0, output: $0)) }
      }
    }
    let failure = diagnostic { try host.trial(of: daemon) }
    #expect(failure?.detail.hasPrefix("sshd listens on port 2222 as well, with its files as they were") == true)
  }

  @Test("another sshd that lets somebody in by a Match of its own is named")
  func rivalWithMatch() throws {
    let host = rival(
      "PermitRootLogin no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        + "Match User zoe\n  PasswordAuthentication yes")
    var other = host
    for (name, uid) in [("ana", 1001), ("zoe", 1002)] { other.addUser(name, uid: uid) }
    let failure = diagnostic { try other.trial(of: daemon) }
    #expect(failure?.detail.contains("PasswordAuthentication yes for zoe") == true)
  }

  @Test("a port that somebody else has is said before anything is planned")
  func taken() throws {
    let host = host {
      $0.listeners.append(Listener(transport: "tcp", address: "*", port: 2222, process: "nginx", argv: ["nginx"]))
    }
    let failure = diagnostic { try host.trial(of: SSHDaemon(rootLogin: .never, passwords: false, port: 2222)) }
    #expect(failure?.detail == "nginx listens on port 2222, where sshd is to listen.")
  }

  @Test("another sshd that is as strict, or for the host alone, is no obstacle")
  func harmlessRival() throws {
    let strict = "PermitRootLogin no\nPasswordAuthentication no\nKbdInteractiveAuthentication no"
    let trial = try rival(strict).trial(of: daemon)
    #expect(trial.first.notes.contains { $0.hasPrefix("another sshd listens on port 2222") })
    #expect(trial.second.isSettled)
    let inside = try rival("PasswordAuthentication yes", address: "127.0.0.1").trial(of: daemon)
    #expect(!inside.first.notes.contains { $0.hasPrefix("another sshd") })
    #expect(inside.second.isSettled)
  }

  @Test("Dropbear is another SSH server")
  func dropbear() throws {
    let renamed = "mysshd: /usr/local/sbin/mysshd -p 2222 [listener] 0 of 10-100 startups"
    let other = host {
      $0.listeners.append(Listener(transport: "tcp", address: "*", port: 2222, process: "mysshd", argv: [renamed]))
    }
    let copy = diagnostic { try other.trial(of: daemon) }
    #expect(copy?.detail.hasPrefix("mysshd listens on port 2222 as well") == true)
    // A socket unit's socket is systemd's and sshd's at once.
    let shared = host {
      $0.listeners.append(
        Listener(
          transport: "tcp", address: "*", port: 22, process: "systemd",
          argv: ["sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"]))
    }
    #expect(try shared.trial(of: daemon).second.isSettled)
    let host = host {
      $0.listeners.append(Listener(transport: "tcp", address: "*", port: 2222, process: "dropbear", argv: ["dropbear"]))
    }
    let failure = diagnostic { try host.trial(of: daemon) }
    #expect(failure?.detail.hasPrefix("dropbear listens on port 2222 as well") == true)
  }

  /// A host on which systemd holds port 2222 for a socket unit.
  private func socket(_ unit: String, starting service: String, isSocketSSH: Bool = false) -> SimulatedHost {
    host { host in
      host.listeners.append(Listener(transport: "tcp", address: "*", port: 2222, process: "systemd"))
      host.entries["/etc/ssh/other"] = .file("PasswordAuthentication yes\n")
      host.asking { question, _ in
        if question == SSHDSocketServers.sockets { return .there(value: CommandResult(status: 0, output: unit)) }
        guard question.command.arguments.first == "cat" else { return nil }
        return .there(value: CommandResult(status: 0, output: service))
      }
    }
  }

  @Test("an sshd that systemd starts for a socket of somebody's is another SSH server")
  func socketServer() throws {
    let stock = "Accept=no\nListen=/run/dbus/system_bus_socket (Stream)\nId=dbus.socket\nTriggers=dbus.service\n\n"
    let accepting = stock + "Accept=yes\nListen=[::]:2222 (Stream)\nId=alt.socket\nTriggers=\n"
    #expect(SSHDSocketServers.services(in: accepting).map(\.services) == [["alt@.service"]])
    let other = "[Service]\nExecStart=/bin/false\nExecStart=\nExecStart=-/usr/sbin/sshd -i -f /etc/ssh/other\n"
    let failure = diagnostic { try socket(accepting, starting: other).trial(of: daemon) }
    #expect(failure?.detail.hasPrefix("sshd listens on port 2222 as well, with ") == true)
    #expect(failure?.detail.hasSuffix("Stop it, or set it likewise in /etc/ssh/other.") == true)
    let own = stock + "Accept=yes\nListen=[::]:22 (Stream)\nId=ssh.socket\nTriggers=\n"
    #expect(SSHDSocketServers.services(in: own).isEmpty)
    let triggering = stock + "Accept=no\nListen=[::]:2222 (Stream)\nId=db.socket\nTriggers=db.service\n"
    let dropbear = diagnostic {
      try socket(triggering, starting: "ExecStart=/bin/sh -c 'exec dropbear -i'\n").trial(of: daemon)
    }
    #expect(dropbear?.detail.hasPrefix("dropbear listens on port 2222 as well") == true)
    for harmless in ["ExecStart=/usr/lib/cockpit/cockpit-tls\n", "ExecStart=/usr/sbin/sshd -i\n", ""] {
      #expect(try socket(triggering, starting: harmless).trial(of: daemon).second.isSettled)
    }
  }

  @Test("sshd that somebody started past its units cannot be reloaded")
  func startedOtherwise() throws {
    let host = host { $0.units["ssh.service"] = UnitState(enablement: "disabled", activity: "inactive") }
    #expect(diagnostic { try host.trial(of: daemon) }?.summary == "sshd does not run as ssh.service")
  }

  @Test("an address with a port of its own is where sshd listens, whatever Port says")
  func listenAddress() throws {
    let host = host { host in
      host.entries["/etc/ssh/sshd_config.d/60-listen.conf"] = .file("ListenAddress 203.0.113.5:2222\n")
      let title = "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"
      host.listeners = [
        Listener(transport: "tcp", address: "203.0.113.5", port: 2222, process: "sshd", argv: [title])
      ]
    }
    let trial = try host.trial(of: daemon)
    #expect(change("Port", in: trial.first) == nil)
    guard case .reload(_, _, _, [2222])? = trial.first.steps.last?.action else {
      Issue.record("\(trial.first.steps)")
      return
    }
    let moved = SSHDaemon(rootLogin: .never, passwords: false, port: 22)
    let failure = diagnostic { try host.trial(of: moved) }
    #expect(failure?.detail.hasPrefix("/etc/ssh/sshd_config.d/60-listen.conf:1 says “ListenAddress 203") == true)
    let there = SSHDaemon(rootLogin: .never, passwords: false, port: 2222)
    #expect(try host.trial(of: there).second.isSettled)
  }

  @Test(
    "the port of a ListenAddress",
    arguments: [
      ("0.0.0.0:22", 22), ("[::]:2222", 2222), ("[fe80::1]:22 rdomain vrf", 22), ("host:2222", 2222), ("::", nil),
      ("10.0.0.1", nil), ("fe80::1:22", nil), ("[::1]", nil),
    ] as [(String, UInt16?)])
  func portOfAddress(text: String, port: UInt16?) {
    #expect(SSHDEffective.port(of: text) == port)
  }

  @Test("a masked unit cannot be reloaded", arguments: ["masked", "masked-runtime"])
  func masked(enablement: String) throws {
    let host = host { $0.units["ssh.service"] = UnitState(enablement: enablement, activity: "active") }
    #expect(diagnostic { try host.trial(of: daemon) }?.summary == "ssh.service is masked")
  }

  @Test("a daemon that runs with older files is reloaded though the files are right")
  func stale() throws {
    var after = try settled(host(), daemon)
    after.stale = ["ssh.service"]
    let trial = try after.trial(of: daemon)
    #expect(
      trial.first.changes == [
        Change("sshd", from: "runs with older files", to: "runs with those on disk", risk: .closes)
      ])
    #expect(trial.first.steps.count == 1)
    #expect(trial.second.isSettled)
  }

  @Test("what its files say and it has not read is not what it does today")
  func staleVisitors() throws {
    let before = host { host in
      host.addUser("bob", uid: 1005)
      host.accounts.users["bob"]?.password = .usable
      host.stale = ["ssh.service"]
    }
    let notes = try before.proposal(of: daemon).notes
    #expect(notes.contains("bob gets in by password once sshd reads its files."))
    #expect(notes.contains { $0.hasPrefix("sshd has not read what its files say now") })
    var today = before
    today.stale = []
    var planned = try today.observe(daemon)
    planned.fold(Step(.setMode(path: "/etc/ssh/sshd_config", mode: 0o600)))
    #expect(try planned.isStale("ssh.service", SSHDaemon.loaded).value == true)
    let told = try daemon.proposal(given: planned).notes
    #expect(told.contains("bob gets in by password today."))
    #expect(!told.contains { $0.hasPrefix("sshd has not read") })
  }

  @Test("behind ssh.socket the service is restarted, and a new port is the socket's")
  func socket() throws {
    let host = host { host in
      host.units["ssh.socket"] = UnitState(enablement: "enabled", activity: "active")
      host.listeners = [Listener(transport: "tcp", address: "*", port: 22, process: "systemd")]
      host.asking { question, _ in
        guard question.command.arguments.last == "ssh.socket" else { return nil }
        return .there(value: CommandResult(status: 0, output: "[::]:22 (Stream)\n"))
      }
    }
    let restart = try host.proposal(of: daemon).steps.last
    guard case .reload("ssh.service", true, _, [22])? = restart?.action else {
      Issue.record("\(String(describing: restart))")
      return
    }
    let trial = try host.trial(of: SSHDaemon(rootLogin: .never, passwords: false, port: 2222))
    #expect(change("ListenStream", in: trial.first)?.after == "2222")
    #expect(
      trial.first.steps.contains {
        if case .reload("ssh.socket", true, nil, [2222]) = $0.action { true } else { false }
      })
    #expect(trial.second.isSettled)
  }

  @Test("a configuration that sshd refuses is said before anything is planned")
  func refused() {
    let host = host { host in
      host.asking { question, _ in
        guard question.command.executable == "/usr/sbin/sshd" else { return nil }
        return .there(value: CommandResult(status: 255, output: "", errors: "line 3: Bad configuration option: Foo"))
      }
    }
    let failure = diagnostic { try host.proposal(of: daemon) }
    #expect(failure?.summary == "sshd refuses its configuration")
    #expect(failure?.command?.lastErrors == "line 3: Bad configuration option: Foo")
    #expect(failure?.fix == "sshd -t")
  }

  @Test("what sshd names no line for: a second factor that is turned off, and a host key that is too short")
  func refusedWithoutLine() {
    func failure(_ text: String, _ errors: String) -> Diagnostic? {
      let host = host { host in
        host.entries["/etc/ssh/sshd_config.d/00-own.conf"] = .file(text)
        host.asking { question, _ in
          guard question.command.executable == "/usr/sbin/sshd" else { return nil }
          return .there(value: CommandResult(status: 255, output: "", errors: errors))
        }
      }
      return diagnostic { try host.proposal(of: daemon) }
    }
    let factor = failure(
      "\nAuthenticationMethods publickey,password\n",
      "Disabled method \"password\" in AuthenticationMethods list \"publickey,password\"\n")
    #expect(factor?.detail.contains("00-own.conf:2 says “AuthenticationMethods publickey,password”") == true)
    #expect(factor?.fix == "sed -i '2s/^/#/' /etc/ssh/sshd_config.d/00-own.conf")
    let short = failure(
      "RequiredRSASize 3072\n", "main: Host key /etc/ssh/ssh_host_rsa_key: Invalid key length\n")
    #expect(short?.detail.contains("A host key is shorter than /etc/ssh/sshd_config.d/00-own.conf:1 allows") == true)
    #expect(short?.fix == "ssh-keygen -A")
  }

  @Test("where the line stands in harden's own file it is said how that is mended")
  func refusedOwn() {
    let host = host { host in
      host.asking { question, _ in
        guard question.command.executable == "/usr/sbin/sshd" else { return nil }
        let errors = "\(SSHDaemon.dropIn): line 3: Bad configuration option: Foo\r\n"
        return .there(value: CommandResult(status: 255, output: "", errors: errors))
      }
    }
    let failure = diagnostic { try host.proposal(of: daemon) }
    #expect(failure?.fix == "mv /etc/ssh/sshd_config.d/00-harden.conf /root/ && harden apply")
    #expect(failure?.command?.lastErrors == "\(SSHDaemon.dropIn): line 3: Bad configuration option: Foo\n")
  }

  @Test("where sshd is not installed it is installed, and the rest is a forecast")
  func absent() throws {
    let host = host { host in
      host.packages["openssh-server"] = nil
      host.units["ssh.service"] = nil
      host.units["ssh.socket"] = nil
      host.listeners = []
      for path in host.entries.keys where path.isWithin("/etc/ssh") { host.entries[path] = nil }
    }
    let trial = try host.trial(of: daemon)
    #expect(trial.first.steps.first?.action == .install(packages: ["openssh-server"]))
    #expect(change("PermitRootLogin", in: trial.first)?.isForecast == true)
    #expect(trial.second.isSettled)
  }

  @Test("unreadable drop-ins are an error, not an empty file")
  func unreadable() {
    let host = host {
      $0.overrides[.contents(path: dropIn)] = .unreadable(reason: "permission denied")
      $0.entries[dropIn] = .file("x", 0o600)
    }
    let failure = diagnostic { try host.proposal(of: daemon) }
    #expect(failure?.summary == "Not readable")
  }

  @Test("tells who else can get in today")
  func visitors() throws {
    let host = host { host in
      host.authorize("admin", lines: [SimulatedHost.keyLine(7, comment: "old laptop")])
      host.accounts.users["toor"] = Account(
        name: "toor", uid: 0, group: "root", home: "/root", shell: "/bin/sh", password: .none)
      host.entries["/etc/sudoers.d/90-cloud-init-users"] = .file("# x\ndebian ALL=(ALL) NOPASSWD:ALL\n", 0o440)
      host.entries["/etc/ssh/sshd_config.d/50-cloud-init.conf"] = .file(
        "PasswordAuthentication yes\nHostbasedAuthentication yes\n", 0o666)
      host.addUser("bob", uid: 1005)
      host.accounts.users["bob"]?.password = .usable
      host.accounts.groups["sudo", default: []].append("bob")
    }
    let notes = try host.proposal(of: daemon).notes
    var known = host
    known.entries["/etc/harden/keys/admin"] = .file(SimulatedHost.keyLine(7) + "\n", 0o600)
    #expect(try !known.proposal(of: daemon).notes.contains { $0.hasPrefix("admin holds") })
    #expect(notes.contains { $0.hasPrefix("admin holds a key: SHA256:") && $0.hasSuffix("“old laptop”") })
    #expect(notes.contains("bob gets in by password today, and has sudo."))
    var refusing = host
    refusing.entries["/etc/ssh/sshd_config.d/50-cloud-init.conf"] = .file("PasswordAuthentication no\n", 0o644)
    #expect(try !refusing.proposal(of: daemon).notes.contains { $0.contains("by password") })
    #expect(notes.contains("toor has uid 0: it is root by another name."))
    #expect(notes.contains { $0.hasPrefix("HostbasedAuthentication is on: hosts that this one knows") })
    #expect(!notes.contains { $0.contains("GSSAPI") })
    #expect(notes.contains("/etc/sudoers.d/90-cloud-init-users gives sudo: debian ALL=(ALL) NOPASSWD:ALL"))
    #expect(notes.contains { $0.contains("50-cloud-init.conf is 0666 root:root") })
  }
}
