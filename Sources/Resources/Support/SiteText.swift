/// The virtual hosts of a `Site` as text; every word in it has been checked.
struct SiteText {
  let site: Site
  let names: SiteNames
  /// Nil where the project uses Debian's own packages.
  let python: String?

  func text(_ https: HTTPSHost?) -> String {
    let lines = [daemon, ""] + VirtualHostText.hosts(names, https, content)
    return lines.joined(separator: "\n") + "\n"
  }

  /// Outside of the virtual hosts, so that both may use it. What the web user makes is the group's as well.
  private var daemon: String {
    var path = site.project.text
    if let venv = site.venv, let python { path += ":\(site.project)/\(venv)/lib/python\(python)/site-packages" }
    return "WSGIDaemonProcess \(names.first) user=www-data group=www-data processes=\(site.processes) "
      + "threads=\(site.threads) umask=0007 home=/ python-path=\(path) display-name=%{GROUP} lang=C.UTF-8 "
      + "locale=C.UTF-8 request-timeout=\(Self.patience) startup-timeout=\(Self.trial)"
  }

  /// Seconds after which a process is taken to hang, as a mean of its threads. Reading what a visitor sends is part of
  /// it, so it is long: mod_reqtimeout ends those who send next to nothing.
  private static let patience = 600

  /// Seconds after which a process in which the script has not loaded begins anew. Python remembers for good that a
  /// folder of its path was not there when it began, so one from before the virtual environment never finds Django.
  private static let trial = 30

  private var content: [String] {
    let script = "\(site.project)/\(site.wsgi)"
    var lines = [
      "# Before any code is there: a plain page, and no error in the log for each visitor.",
      "RewriteEngine On",
      "RewriteCond \"\(script)\" !-f\(site.venv == nil ? "" : " [OR]")",
    ]
    if let venv = site.venv {
      // And a visitor sees no error before Django can be found.
      lines += [
        "RewriteCond \"\(site.project)/\(venv)/bin/python\" !-f",
        "RewriteCond \"\(script)\" !-f [OR]",
        "RewriteCond \"\(Site.debiansDjango)\" !-d",
      ]
    }
    lines += [
      "RewriteCond \"%{REQUEST_METHOD}\" \"!=TRACE\"",
      "RewriteRule \"!^/\\.well-known/acme-challenge/\" \"-\" [R=503,L]",
      "ErrorDocument 503 \"<!doctype html><title>Not yet</title><p>This site is being set up. Try again in a few "
        + "minutes.\"",
      "Header always set Retry-After 300 \"expr=%{REQUEST_STATUS} == '503'\"",
      "",
    ]
    if let folder = site.staticFolder {
      lines += VirtualHostText.files("/static/", "\(site.project)/\(folder)")
      lines += [
        "# Names with a hash of the content (ManifestStaticFilesStorage) never change their content.",
        "<LocationMatch \"^/static/.*\\.[0-9a-f]{12}\\.[a-z0-9]+$\">",
        "  Header onsuccess set Cache-Control \"public, max-age=31536000, immutable\"",
        "</LocationMatch>",
      ]
    }
    if let folder = site.mediaFolder {
      let pair = SecurityHeaders.pair(SecurityHeaders.csp, "default-src 'none'; sandbox")
      lines += VirtualHostText.files("/media/", "\(site.project)/\(folder)")
      lines += [
        "# What visitors uploaded runs nothing in other visitors' browsers either.",
        "<If \"%{REQUEST_URI} =~ m#^/media/#\">",
      ]
      lines += pair.map { "  " + $0 } + ["</If>"]
    }
    let slash = site.wsgi.lastIndex(of: "/")
    let file = slash.map { String(site.wsgi[site.wsgi.index(after: $0)...]) } ?? site.wsgi
    let folder = slash.map { "\(site.project)/\(site.wsgi[..<$0])" } ?? site.project.text
    lines += [
      "",
      // Not as options of the alias: those make the process load the script at its start, before any code is there.
      "WSGIProcessGroup \(names.first)",
      "WSGIApplicationGroup %{GLOBAL}",
      "WSGIScriptAlias \"/\" \"\(script)\"",
      "<Directory \"\(folder)\">",
      "  Options None",
      "  AllowOverride None",
      "  <Files \"\(file)\">",
      "    Require all granted",
      "  </Files>",
      "</Directory>",
    ]
    return lines
  }
}

/// What a site's certificate is for, and how far it can be relied on.
struct HTTPSHost: Hashable {
  let lineage: Lineage
  /// Names of the site that it is for, the first one always.
  let names: [String]
  /// Seconds for which browsers hold on to HTTPS. Five minutes until a renewal has been tried, so that a mistake is soon
  /// forgotten; a year then.
  let memory: Int
  /// What must be there before the site's file says so.
  let requirements: [Requirement]

  /// Nil where the site has no certificate.
  init?(_ names: SiteNames, on host: Observations) throws(Diagnostic) {
    lineage = Lineage(names.first)
    self.names = try lineage.served(of: names, on: host)
    guard !self.names.isEmpty else { return nil }
    let isProved = try lineage.isProved(on: host)
    memory = isProved ? 31_557_600 : 300
    requirements = [.path(lineage.chain)] + (isProved ? [.path(lineage.proof)] : [])
  }
}

/// What the virtual hosts of all kinds of sites have in common.
enum VirtualHostText {
  /// Content on 80; with a certificate on 443, to which 80 leads the names that the certificate is for.
  static func hosts(_ names: SiteNames, _ https: HTTPSHost?, _ content: [String]) -> [String] {
    guard let https else { return host(80, names.all, log: names.first, content) }
    var lines = host(80, https.names, log: names.first, redirect(https.names)) + [""]
    let others = names.all.filter { !https.names.contains($0) }
    if !others.isEmpty {
      lines += ["# The certificate is not for these yet."] + host(80, others, log: names.first, content) + [""]
    }
    return lines + host(443, https.names, log: names.first, tls(https) + content)
  }

  private static func host(_ port: Int, _ names: [String], log: String, _ lines: [String]) -> [String] {
    var head = ["ServerName \(names[0])"]
    let others = names.dropFirst()
    if !others.isEmpty { head.append("ServerAlias " + others.joined(separator: " ")) }
    head += [
      "ErrorLog ${APACHE_LOG_DIR}/\(log)-error.log",
      "CustomLog ${APACHE_LOG_DIR}/\(log)-access.log combined",
      "",
    ]
    return ["<VirtualHost *:\(port)>"] + (head + lines).map { $0.isEmpty ? "" : "  " + $0 } + ["</VirtualHost>"]
  }

  /// Each name to itself, without the port that a client may have written; certbot's tokens stay on port 80.
  private static func redirect(_ names: [String]) -> [String] {
    var lines = ["RewriteEngine On"]
    for name in names {
      let pattern = name.split(separator: ".").joined(separator: "\\.")
      lines += [
        "RewriteCond \"%{HTTP_HOST}\" \"^\(pattern)\\.?(:[0-9]+)?$\" [NC]",
        "RewriteRule \"!^/\\.well-known/acme-challenge/\" \"https://\(name)%{REQUEST_URI}\" [R=301,L]",
      ]
    }
    return lines
  }

  private static func tls(_ https: HTTPSHost) -> [String] {
    [
      "SSLEngine on", "SSLCertificateFile \(https.lineage.chain)", "SSLCertificateKeyFile \(https.lineage.key)",
    ] + SecurityHeaders.pair("Strict-Transport-Security", "max-age=\(https.memory)") + [""]
  }

  /// A folder whose files are sent as they are, whatever handlers others have set for their names.
  static func files(_ url: String, _ folder: String) -> [String] {
    [
      "Alias \"\(url)\" \"\(folder)/\"",
      "<Directory \"\(folder)\">",
      "  Options None",
      "  AllowOverride None",
      "  Require all granted",
      "</Directory>",
      "<Location \"\(url)\">",
      "  SetHandler default-handler",
      "</Location>",
      "# Nothing that lies there by mistake: .git, .env.",
      "<LocationMatch \"^\(url)(.*/)?\\.(?!well-known/)\">",
      "  Require all denied",
      "</LocationMatch>",
    ]
  }
}
