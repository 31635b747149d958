import RecipeDSL

/// A Django site behind Apache on one fresh Debian or Ubuntu server.
struct DjangoApache: Recipe {
  static let summary = "Django behind Apache: TLS, a firewall, locked-down SSH, an A+ from the Observatory"

  @Input("The name visitors type") var domain: SiteName
  @Input("Other names of the site") var aliases: [SiteName] = []
  @Input("Who may do everything, and the keys that let them in") var administrators: [Administrator]
  @Input("The certificate authority's contact; Let's Encrypt needs none") var email: MailAddress?
  @Input("The certificate authority, if not Let's Encrypt: its ACME directory, or staging") var acmeServer: ACMEServer?
  @Input("The folder that holds manage.py") var project: SiteFolder = "/srv/django"
  @Input("The file that holds the WSGI application, within the project") var wsgi: WSGIFile = "mysite/wsgi.py"
  @Input("The settings module, as manage.py names it") var settings: ModuleName = "mysite.settings"
  @Input("Folders the site itself may write in, within the project") var writable: [FolderName] = [
    "logs", "media", "db",
  ]
  @Input("Whether browsers enforce the Content-Security-Policy or only report; application leaves it to Django")
  var pagePolicy = PagePolicy.enforced
  @Input("The port that sshd listens on, if not the one it listens on today") var sshPort: UInt16?
  @Input("Further ports to open") var openPorts: [FirewallRule] = []
  @Input("The machine's name, if it is to be set") var hostName: MachineName?
  @Input("The machine's time zone, if it is to be set") var timeZone: TimeZoneName?

  var state: DesiredState {
    let names = SiteName.merged([domain] + aliases).texts

    Section("People", why: "Each account can do its own job and nothing more.") {
      User("www-data", role: .service)  // what Apache runs as: no shell, no login
      for administrator in administrators {  // the way in, with sudo
        User(administrator.name, role: .administrator, keys: administrator.keys)
      }
      User("root", role: .consoleOnly)  // never over SSH
    }
    Section("Way in", why: "Most break-ins begin with a guessed password.") {
      SSHDaemon(
        rootLogin: .never, passwords: false, port: sshPort, allowUsers: administrators.map(\.name))
      Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh, .http, .https] + openPorts)
    }
    Section("Web server", why: "Say nothing about versions; send the headers browsers act on.") {
      Packages("apache2", "libapache2-mod-wsgi-py3", "python3-venv", "git")
      Apache(serverTokens: .prod, serverSignature: .off, headers: pagePolicy.headers)
      Site(names: names, project: project.path, wsgi: wsgi.text, settings: settings.text)
      ApacheSandbox(sites: [project.path], writable: writable.texts.map { project.path / $0 })
      Certificate(for: names, email: email?.text, server: acmeServer?.text)
    }
    Section("Application", why: "No secret in the code, and no file open to whom it does not concern.") {
      SecretsFile("/etc/django_config.json", group: "www-data") {
        Generated("SECRET_KEY", characters: 64)
        Value("ALLOWED_HOSTS", names)
        Value("DEBUG", "False")
        Value("HTTPS", onceCertified: domain.text)
      }
      FileTree(
        project.path, owner: administrators.first?.name ?? "root", group: "www-data", directories: 0o2750, files: 0o640,
        writable: writable.texts, relaxed: ["venv", "static"])
      for administrator in administrators {  // who runs manage.py reads the secrets and writes the database
        GroupMember(administrator.name, of: "www-data")
        Umask(administrator.name, 0o022)  // what pip leaves, the site cannot write
      }
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
