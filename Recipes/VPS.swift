import RecipeDSL

/// A server without a web server: accounts, SSH, a firewall and updates.
struct VPS: Recipe {
  static let summary = "A server without a web server: accounts, locked-down SSH, a firewall, security updates"

  @Input("Who may do everything, and the keys that let them in") var administrators: [Administrator]
  @Input("The port that sshd listens on, if not the one it listens on today") var sshPort: UInt16?
  @Input("Further ports to open") var openPorts: [FirewallRule] = []
  @Input("The machine's name, if it is to be set") var hostName: MachineName?
  @Input("The machine's time zone, if it is to be set") var timeZone: TimeZoneName?

  var state: DesiredState {
    Section("People", why: "Each account can do its own job and nothing more.") {
      for administrator in administrators {
        User(administrator.name, role: .administrator, keys: administrator.keys)
      }
      User("root", role: .consoleOnly)
    }
    Section("Way in", why: "Most break-ins begin with a guessed password.") {
      SSHDaemon(
        rootLogin: .never, passwords: false, port: sshPort, allowUsers: administrators.map(\.name))
      Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh] + openPorts)
    }
    Section("System", why: "What nobody uses is off, and what goes wrong is written down.") {
      if let hostName { HostName(hostName.text) }
      if let timeZone { TimeZone(timeZone.text) }
      Baseline()
    }
    Section("Updates", why: "Known holes are closed while you sleep.") {
      SecurityUpdates()
    }
  }
}
