import HostTesting
import Resources
import Testing

@Suite("Apache")
struct ApacheTests {
  private let apache = Apache(serverTokens: .prod, serverSignature: .off, headers: .strict)

  private func settled(_ release: Int = 12) throws -> SimulatedHost {
    let host = SimulatedHost.apache(release)
    return host.applying(try host.proposal(of: apache))
  }

  @Test("Debian's own Apache gets all of it, and the lines that decide today are named", arguments: [12, 13])
  func differs(_ release: Int) throws {
    let trial = try SimulatedHost.apache(release).trial(of: apache)
    let policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
      + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    #expect(
      trial.first.changes == [
        Change("apache module headers", from: "off", to: "on"),
        Change("apache module rewrite", from: "off", to: "on"),
        Change("/var/www/acme", from: nil, to: "directory 0755 root:root"),
        Change("apache zz-harden.conf", from: nil, to: "0644 root:root"),
        Change("header", "Content-Security-Policy", from: nil, to: policy, warning: "can break pages"),
        Change("header", "X-Frame-Options", from: nil, to: "DENY"),
        Change("header", "X-Content-Type-Options", from: nil, to: "nosniff"),
        Change("header", "Referrer-Policy", from: nil, to: "same-origin"),
        Change("header", "Cross-Origin-Opener-Policy", from: nil, to: "same-origin"),
        Change("header", "Cross-Origin-Resource-Policy", from: nil, to: "same-origin"),
        Change("header", "X-Permitted-Cross-Domain-Policies", from: nil, to: "none"),
        Change("apache unknown names", from: nil, to: "answered with 403"),
        Change("apache site 000-default", from: "enabled", to: "disabled"),
        Change("apache", "ServerTokens", from: "OS", to: "Prod", decidedBy: "set by conf-enabled/security.conf:1"),
        Change("apache", "ServerSignature", from: "On", to: "Off", decidedBy: "set by conf-enabled/security.conf:2"),
      ])
    guard case .reload("apache2.service", false, .some, [80])? = trial.first.steps.last?.action else {
      Issue.record("the last step is no reload: \(String(describing: trial.first.steps.last))")
      return
    }
    #expect(trial.second == .nothing)
  }

  @Test("where Apache is not there yet, Debian's values are a forecast")
  func absent() throws {
    let proposal = try SimulatedHost.debian(12).proposal(of: apache)
    let tokens = proposal.changes.filter { $0.property == "ServerTokens" }
    #expect(
      tokens == [
        Change(
          "apache", "ServerTokens", from: "OS", to: "Prod",
          decidedBy: "would be set by conf-enabled/security.conf:12", isForecast: true)
      ])
  }

  @Test("a settled host needs nothing")
  func isSettled() throws {
    #expect(try settled().proposal(of: apache) == .nothing)
  }

  @Test(
    "a line that is read later, or stands in a virtual host, is named with its file",
    arguments: [
      ("/etc/apache2/apache2.conf", "ServerTokens Full\n", "apache2.conf:1"),
      ("/etc/apache2/sites-enabled/x.conf", "ServerTokens Full\n", "sites-enabled/x.conf:1"),
      (
        "/etc/apache2/sites-enabled/x.conf", "<VirtualHost *:80>\n  ServerSignature On\n</VirtualHost>\n",
        "sites-enabled/x.conf:2"
      ),
    ])
  func defeated(_ file: String, _ text: String, _ place: String) throws {
    var host = try settled()
    host.entries[Path(file)] = .file(text)
    let diagnostic = host.diagnostic(of: apache)
    #expect(diagnostic?.summary == "Setting not in force")
    #expect(diagnostic?.detail.contains(place) == true)
    #expect(diagnostic?.fix == "sudoedit \(file)   # remove the line, then run harden again")
  }

  @Test("all that defeats it is named together")
  func defeatedThrice() throws {
    var host = try settled()
    host.entries["/etc/apache2/apache2.conf"] = .file("TraceEnable On\n")
    host.entries["/etc/apache2/sites-enabled/x.conf"] = .file(
      "ServerTokens Full\n<VirtualHost *:80>\n  ServerSignature On\n</VirtualHost>\n")
    let diagnostic = host.diagnostic(of: apache)
    for place in ["apache2.conf:1", "sites-enabled/x.conf:1", "sites-enabled/x.conf:3"] {
      #expect(diagnostic?.detail.contains(place) == true)
    }
    #expect(
      diagnostic?.fix
        == "sudoedit /etc/apache2/sites-enabled/x.conf /etc/apache2/apache2.conf   # remove the lines, then run harden "
        + "again")
  }

  @Test("another program on port 80 is told before anything is done", arguments: [true, false])
  func portIsTaken(_ isInstalled: Bool) throws {
    var host = isInstalled ? SimulatedHost.apache() : .debian(12)
    host.units["apache2.service"] = isInstalled ? UnitState(enablement: "enabled", activity: "inactive") : nil
    host.listeners.append(Listener(transport: "tcp", address: "::1", port: 80, process: "nginx"))
    #expect(host.diagnostic(of: apache)?.summary == "Port is taken")
    host.listeners.append(Listener(transport: "tcp", address: "192.0.2.1", port: 80, process: "apache2"))
    #expect(host.diagnostic(of: apache) == nil)
  }

  @Test(
    "a port of Apache's that sshd has or gets is refused, also before Apache needs it, and sshd is not to be disabled")
  func portOfSSH() throws {
    func host(_ port: UInt16, _ process: String = "sshd", over change: (inout SimulatedHost) -> Void = { _ in })
      -> SimulatedHost
    {
      var host = SimulatedHost.apache()
      host.listeners = [Listener(transport: "tcp", address: "0.0.0.0", port: port, process: process)]
      change(&host)
      return host
    }
    for port in [80, 443] as [UInt16] {
      let diagnostic = host(port).diagnostic(of: apache)
      #expect(diagnostic?.summary == "sshd and Apache on one port")
      #expect(diagnostic?.detail.contains("port \(port)") == true)
      #expect(diagnostic?.fix?.hasSuffix("--set ssh-port=2222") == true)
    }
    #expect(host(2222).diagnostic(of: apache) == nil)
    let socket = host(443, "systemd") { $0.units["ssh.socket"] = UnitState(enablement: "enabled", activity: "active") }
    #expect(socket.diagnostic(of: apache)?.fix?.hasSuffix("--set ssh-port=2222") == true)
    let other = host(80, "systemd").diagnostic(of: apache)
    #expect(other?.summary == "Port is taken" && other?.fix?.contains("--now systemd") == false)
  }

  @Test("sshd that leaves a port in the same plan leaves it after Apache would need it", arguments: [80, 443])
  func portThatSSHLeaves(_ port: UInt16) throws {
    var host = SimulatedHost.apache()
    host.listeners = [Listener(transport: "tcp", address: "0.0.0.0", port: port, process: "sshd")]
    var known = try host.observe(apache)
    let moved = Listener(transport: "tcp", address: "0.0.0.0", port: 2222, process: "sshd")
    known.fold(
      Step(
        .reload(unit: "ssh.service", restart: false, check: nil, listening: []),
        effects: [.closes(transport: "tcp", port: port), .listens(listener: moved)]))
    known = try host.observe(apache, from: known)
    // Without a certificate Apache does not need the second one yet.
    let failure = diagnostic { try apache.proposal(given: known) }
    #expect((failure?.fix?.hasPrefix("harden apply vps --set ssh-port=2222") == true) == (port == 80))
  }

  @Test("a virtual host for one address is waited for: requests to it never meet the others")
  func ownAddress() throws {
    var host = try settled()
    host.entries["/etc/apache2/sites-enabled/x.conf"] = .file(
      "<VirtualHost 192.0.2.7:80 *:8080>\n  ServerName x.test\n</VirtualHost>\n<VirtualHost _default_:80>\n"
        + "  ServerName y.test\n</VirtualHost>\n")
    #expect(try host.proposal(of: apache).waiting.map(\.subject) == ["apache 192.0.2.7:80"])
  }

  @Test("a defeated setting is found while the file is only planned")
  func defeatedWhilePlanned() throws {
    var host = SimulatedHost.apache()
    host.entries["/etc/apache2/apache2.conf"] = .file("ServerTokens Full\n")
    #expect(throws: Diagnostic.self) { try host.trial(of: apache) }
  }

  @Test("a broken configuration of somebody else's is told")
  func broken() throws {
    var host = try settled()
    host.asking { question, _ in
      guard question.command.arguments.contains("DUMP_CONFIG") else { return nil }
      return .there(value: CommandResult(status: 1, output: "", errors: "Syntax error on line 3 of x.conf\n"))
    }
    #expect(host.diagnostic(of: apache)?.command?.lastErrors == "Syntax error on line 3 of x.conf")
  }

  @Test("a module that was switched off is switched on again, though Apache's configuration is broken until then")
  func moduleOff() throws {
    var host = try settled()
    host.entries["/etc/apache2/mods-enabled/headers.load"] = nil
    host.asking { question, host in
      guard question.command.arguments.contains("DUMP_CONFIG"),
        host.status(of: "/etc/apache2/mods-enabled/headers.load") == nil
      else { return nil }
      return .there(value: CommandResult(status: 1, output: "", errors: "Invalid command 'Header'\n"))
    }
    let trial = try host.trial(of: apache)
    #expect(trial.first.changes == [Change("apache module headers", from: "off", to: "on")])
    #expect(trial.second == .nothing)
  }

  @Test("files that Apache has not loaded yet are loaded")
  func stale() throws {
    var host = try settled()
    host.overrides[.stale(unit: "apache2.service", paths: ["/etc/apache2"])] = .there(value: .flag(true))
    let trial = try host.trial(of: apache)
    #expect(
      trial.first.changes == [
        Change(
          "apache", "runs with", from: "older configuration than on disk", to: "what is on disk", risk: .service)
      ])
    #expect(trial.second == .nothing)
  }

  @Test("another policy changes one header; a header that is wanted no more goes")
  func policy() throws {
    let loose = Apache(headers: .reportOnly)
    let proposal = try settled().proposal(of: loose)
    #expect(
      proposal.changes.map(\.property) == [
        "text", "Content-Security-Policy-Report-Only", "Content-Security-Policy",
      ])
    let custom = Apache(
      headers: .strict(.strict.allowing("form-action", "https://x.us1.list-manage.com").allowing("media-src", "'self'"))
    )
    let value = try settled().proposal(of: custom).changes.last?.after ?? ""
    #expect(value.contains("form-action 'self' https://x.us1.list-manage.com;"))
    #expect(value.hasSuffix("; media-src 'self'"))
  }

  @Test(
    "a source that could break out of the header is refused", arguments: ["a b", "'self';", "x\ny", "\"", "$1", "%s"])
  func badSource(_ source: String) throws {
    let apache = Apache(headers: .strict(.strict.allowing("img-src", source)))
    #expect(throws: Diagnostic.self) { try SimulatedHost.apache().proposal(of: apache) }
  }

  @Test("a certificate brings TLS and its port")
  func certified() throws {
    var host = try settled()
    host.entries["/etc/letsencrypt/live/example.com/fullchain.pem"] = .file("")
    host.entries["/etc/letsencrypt/live/README"] = .file("")
    let trial = try host.trial(of: apache)
    #expect(
      trial.first.changes.map(\.subject) == [
        "package ssl-cert", "apache module socache_shmcb", "apache module ssl", "apache zz-harden.conf",
        "apache unknown names",
      ])
    let listener = Listener(
      transport: "tcp", address: "*", port: 443, process: "apache2", argv: ["/usr/sbin/apache2", "-k", "start"])
    #expect(trial.first.steps.last?.effects == [.listens(listener: listener)])
    #expect(trial.second == .nothing)
  }

  @Test("lines of others that set one of the headers are named")
  func foreign() throws {
    var host = try settled()
    host.entries["/etc/apache2/sites-enabled/x.conf"] = .file(
      "<VirtualHost *:80>\nHeader set X-Frame-Options SAMEORIGIN\n</VirtualHost>\n")
    let proposal = try host.proposal(of: apache)
    #expect(proposal.isSettled)
    #expect(
      proposal.notes == ["sites-enabled/x.conf:2 sets x-frame-options too; the value above is what browsers get"])
  }

  @Test("a header that others set for all is shown as it is today; the same value is no change and no note")
  func foreignForAll() throws {
    var host = SimulatedHost.apache()
    host.entries["/etc/apache2/conf-enabled/my.conf"] = .file(
      "Header set X-Content-Type-Options nosniff\nHeader always set referrer-policy 'no-referrer'\n"
        + "Header set X-Frame-Options SAMEORIGIN env=inner\n")
    let proposal = try host.proposal(of: apache)
    #expect(
      proposal.changes.filter { $0.subject == "header" }.dropFirst().prefix(2) == [
        Change("header", "X-Frame-Options", from: nil, to: "DENY"),
        Change(
          "header", "Referrer-Policy", from: "no-referrer", to: "same-origin",
          decidedBy: "set by conf-enabled/my.conf:2"),
      ])
    #expect(proposal.notes.map { $0.prefix(22) } == ["conf-enabled/my.conf:2", "conf-enabled/my.conf:3"])
  }

  @Test("a configuration that only root can read whole is not called broken")
  func unreadableKeys() throws {
    var host = SimulatedHost.apache()
    host.asking { question, _ in
      guard question.command.arguments.contains("DUMP_CONFIG") else { return nil }
      return .there(
        value: CommandResult(status: 1, output: "", errors: "SSLCertificateFile: does not exist or is empty"))
    }
    host = host.applying(try host.proposal(of: Apache()))
    #expect(host.diagnostic(of: Apache())?.summary == "Apache's configuration is broken")
    host.visitor.isRoot = false
    #expect(host.diagnostic(of: Apache())?.kind == .unreadable)
    host.overrides[.output(question: ApacheConfiguration.question)] = .unreadable(reason: "Permission denied")
    #expect(host.diagnostic(of: Apache())?.kind == .unreadable)
  }
}
