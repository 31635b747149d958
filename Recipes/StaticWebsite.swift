import RecipeDSL

/// A site of plain files behind Apache.
struct StaticWebsite: Recipe {
  static let name = "static-site"
  static let summary = "A site of plain files behind Apache: TLS, a firewall, locked-down SSH"

  @Input("The name visitors type") var domain: SiteName
  @Input("Other names of the site") var aliases: [SiteName] = []
  @Input("Who may do everything, and the keys that let them in") var administrators: [Administrator]
  @Input("The certificate authority's contact; Let's Encrypt needs none") var email: MailAddress?
  @Input("The certificate authority, if not Let's Encrypt: its ACME directory, or staging") var acmeServer: ACMEServer?
  @Input("The folder that is the site") var folder: SiteFolder = "/var/www/site"
  @Input("Whether browsers enforce the Content-Security-Policy or only report; application sends none")
  var pagePolicy = PagePolicy.enforced
  @Input("The port that sshd listens on, if not the one it listens on today") var sshPort: UInt16?
  @Input("Further ports to open") var openPorts: [FirewallRule] = []
  @Input("The machine's name, if it is to be set") var hostName: MachineName?
  @Input("The machine's time zone, if it is to be set") var timeZone: TimeZoneName?

  var state: DesiredState {
    let names = SiteName.merged([domain] + aliases).texts

    Section("People", why: "Each account can do its own job and nothing more.") {
      User("www-data", role: .service)
      for administrator in administrators {
        User(administrator.name, role: .administrator, keys: administrator.keys)
      }
      User("root", role: .consoleOnly)
    }
    Section("Way in", why: "Most break-ins begin with a guessed password.") {
      SSHDaemon(
        rootLogin: .never, passwords: false, port: sshPort, allowUsers: administrators.map(\.name))
      Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh, .http, .https] + openPorts)
    }
    Section("Web server", why: "Say nothing about versions; send the headers browsers act on.") {
      Packages("apache2")
      Apache(serverTokens: .prod, serverSignature: .off, headers: pagePolicy.headers)
      StaticSite(names: names, root: folder.path)
      ApacheSandbox(sites: [folder.path])
      Certificate(for: names, email: email?.text, server: acmeServer?.text)
      FileTree(folder.path, owner: administrators.first?.name ?? "root", group: "www-data")
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
