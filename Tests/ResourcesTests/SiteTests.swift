import HostTesting
import Resources
import Testing

@Suite("Sites")
struct SiteTests {
  private let site = Site(
    names: ["example.com", "www.example.com"], project: "/srv/django", wsgi: "mysite/wsgi.py",
    settings: "mysite.settings")
  private let available: Path = "/etc/apache2/sites-available/harden-example.com.conf"

  private func text(of proposal: Proposal, _ path: Path) -> String? {
    for step in proposal.steps {
      if case .write(path, let contents, _, _, _) = step.action { return contents }
    }
    return nil
  }

  @Test("a home that hides the site lets the web server pass, and nobody see its names")
  func passage() throws {
    var host = SimulatedHost.apache(13)
    host.entries["/home"] = .directory(0o755)
    host.entries["/home/ana"] = .directory(0o700, Owner("ana", "ana"))
    host.entries["/home/ana/sites"] = .directory(0o750, Owner("ana", "www-data"))
    for site in ["/home/ana/sites/shop", "/home/ana/shop"] as [Path] {
      let trial = try host.trial(of: Site(names: ["example.com"], project: site, wsgi: "wsgi.py"))
      #expect(
        trial.first.changes.filter { $0.property == "mode" } == [
          Change(
            "/home/ana", "mode", from: "0700", to: "0701",
            warning: "lets the web server pass to \(site), and see no names on its way")
        ])
      #expect(trial.second.isSettled)
    }
    let files = try host.trial(of: StaticSite(names: ["example.com"], root: "/home/ana/x"))
    #expect(files.first.changes.contains { $0.subject == "/home/ana" && $0.after == "0701" })
  }

  @Test(
    "a virtual host without a name answers for the server's own",
    arguments: [
      ("ServerName example.com", "box", true), ("", "www.example.com", true), ("", "box", false),
      ("ServerName other.com", "example.com", false),
    ])
  func nameless(_ global: String, _ hostName: String, _ isTaken: Bool) throws {
    var host = SimulatedHost.apache(13)
    host.facts.hostName = hostName
    host.entries["/etc/apache2/conf-enabled/name.conf"] = .file(global + "\n")
    host.entries["/etc/apache2/sites-enabled/aaa.conf"] = .file("<VirtualHost *:80>\n  Timeout 9\n</VirtualHost>\n")
    #expect(host.diagnostic(of: site)?.summary == (isTaken ? "Name is taken" : nil))
    if isTaken { #expect(host.diagnostic(of: site)?.fix?.hasPrefix("sudo a2dissite aaa ") == true) }
  }

  @Test(
    "another virtual host with the site's name is told where it is read first",
    arguments: [
      ("/etc/apache2/sites-enabled/django.conf", "ServerName https://example.com:80", "sudo a2dissite django"),
      ("/etc/apache2/sites-enabled/a.b.conf", "ServerAlias x.test *.example.com", "sudo a2dissite a.b"),
      ("/etc/apache2/conf-enabled/mine.conf", "ServerName WWW.example.com", "sudoedit"),
      ("/etc/apache2/sites-enabled/zz.conf", "ServerName example.com", nil),
      ("/etc/apache2/sites-enabled/000-default.conf", "ServerName example.com", nil),
      ("/etc/apache2/sites-enabled/a.conf", "ServerName other.com", nil),
    ])
  func nameIsTaken(_ file: String, _ line: String, _ fix: String?) throws {
    var host = SimulatedHost.apache(13)
    host.entries[Path(file)] = .file("<VirtualHost *:80>\n  \(line)\n</VirtualHost>\n")
    let files = StaticSite(names: ["example.com", "www.example.com"], root: "/srv/x")
    for diagnostic in [host.diagnostic(of: site), host.diagnostic(of: files)] {
      #expect(diagnostic?.summary == (fix == nil ? nil : "Name is taken"))
      #expect(diagnostic?.fix?.hasPrefix(fix ?? "-") ?? (fix == nil))
    }
  }

  @Test("before any code and any certificate")
  func plain() throws {
    let trial = try SimulatedHost.apache(13).trial(of: site)
    #expect(
      trial.first.changes == [
        Change("apache module headers", from: "off", to: "on"),
        Change("apache module rewrite", from: "off", to: "on"),
        Change("site example.com", from: nil, to: "example.com, www.example.com on 80 from /srv/django"),
      ])
    #expect(
      trial.first.waiting == [
        Waiting(
          "site example.com", seen: "no /srv/django/mysite/wsgi.py, so that every page answers 503",
          wanted: "the project's code")
      ])
    #expect(trial.second.isSettled)
    #expect(
      text(of: trial.first, available) == """
        # Written by harden. What is changed by hand is written anew by the next apply.
        WSGIDaemonProcess example.com user=www-data group=www-data processes=2 threads=5 umask=0007 home=/ \
        python-path=/srv/django:/srv/django/venv/lib/python3.13/site-packages display-name=%{GROUP} lang=C.UTF-8 \
        locale=C.UTF-8 request-timeout=600 startup-timeout=30

        <VirtualHost *:80>
          ServerName example.com
          ServerAlias www.example.com
          ErrorLog ${APACHE_LOG_DIR}/example.com-error.log
          CustomLog ${APACHE_LOG_DIR}/example.com-access.log combined

          # Before any code is there: a plain page, and no error in the log for each visitor.
          RewriteEngine On
          RewriteCond "/srv/django/mysite/wsgi.py" !-f [OR]
          RewriteCond "/srv/django/venv/bin/python" !-f
          RewriteCond "/srv/django/mysite/wsgi.py" !-f [OR]
          RewriteCond "/usr/lib/python3/dist-packages/django" !-d
          RewriteCond "%{REQUEST_METHOD}" "!=TRACE"
          RewriteRule "!^/\\.well-known/acme-challenge/" "-" [R=503,L]
          ErrorDocument 503 "<!doctype html><title>Not yet</title><p>This site is being set up. \
        Try again in a few minutes."
          Header always set Retry-After 300 "expr=%{REQUEST_STATUS} == '503'"

          Alias "/static/" "/srv/django/static/"
          <Directory "/srv/django/static">
            Options None
            AllowOverride None
            Require all granted
          </Directory>
          <Location "/static/">
            SetHandler default-handler
          </Location>
          # Nothing that lies there by mistake: .git, .env.
          <LocationMatch "^/static/(.*/)?\\.(?!well-known/)">
            Require all denied
          </LocationMatch>
          # Names with a hash of the content (ManifestStaticFilesStorage) never change their content.
          <LocationMatch "^/static/.*\\.[0-9a-f]{12}\\.[a-z0-9]+$">
            Header onsuccess set Cache-Control "public, max-age=31536000, immutable"
          </LocationMatch>
          Alias "/media/" "/srv/django/media/"
          <Directory "/srv/django/media">
            Options None
            AllowOverride None
            Require all granted
          </Directory>
          <Location "/media/">
            SetHandler default-handler
          </Location>
          # Nothing that lies there by mistake: .git, .env.
          <LocationMatch "^/media/(.*/)?\\.(?!well-known/)">
            Require all denied
          </LocationMatch>
          # What visitors uploaded runs nothing in other visitors' browsers either.
          <If "%{REQUEST_URI} =~ m#^/media/#">
            Header onsuccess unset Content-Security-Policy
            Header always set Content-Security-Policy "default-src 'none'; sandbox"
          </If>

          WSGIProcessGroup example.com
          WSGIApplicationGroup %{GLOBAL}
          WSGIScriptAlias "/" "/srv/django/mysite/wsgi.py"
          <Directory "/srv/django/mysite">
            Options None
            AllowOverride None
            <Files "wsgi.py">
              Require all granted
            </Files>
          </Directory>
        </VirtualHost>

        """)
  }

  @Test("a certificate moves the site to 443, and each name redirects to itself")
  func certified() throws {
    var host = SimulatedHost.apache()
    host = host.applying(try host.proposal(of: site))
    #expect(try host.proposal(of: site).isSettled)
    host.certificates["/etc/letsencrypt/live/example.com/fullchain.pem"] = CertificateFacts(
      names: ["example.com", "www.example.com"])
    let trial = try host.trial(of: site)
    #expect(
      trial.first.changes == [
        Change("site example.com", "HTTPS for", from: nil, to: "example.com, www.example.com"),
        Change("site example.com", "HSTS", from: nil, to: "300 s"),
      ])
    let written = try #require(text(of: trial.first, available))
    #expect(
      written.contains(
        """
        <VirtualHost *:80>
          ServerName example.com
          ServerAlias www.example.com
          ErrorLog ${APACHE_LOG_DIR}/example.com-error.log
          CustomLog ${APACHE_LOG_DIR}/example.com-access.log combined

          RewriteEngine On
          RewriteCond "%{HTTP_HOST}" "^example\\.com\\.?(:[0-9]+)?$" [NC]
          RewriteRule "!^/\\.well-known/acme-challenge/" "https://example.com%{REQUEST_URI}" [R=301,L]
          RewriteCond "%{HTTP_HOST}" "^www\\.example\\.com\\.?(:[0-9]+)?$" [NC]
          RewriteRule "!^/\\.well-known/acme-challenge/" "https://www.example.com%{REQUEST_URI}" [R=301,L]
        </VirtualHost>

        <VirtualHost *:443>
          ServerName example.com
          ServerAlias www.example.com
          ErrorLog ${APACHE_LOG_DIR}/example.com-error.log
          CustomLog ${APACHE_LOG_DIR}/example.com-access.log combined

          SSLEngine on
          SSLCertificateFile /etc/letsencrypt/live/example.com/fullchain.pem
          SSLCertificateKeyFile /etc/letsencrypt/live/example.com/privkey.pem
          Header onsuccess unset Strict-Transport-Security
          Header always set Strict-Transport-Security "max-age=300"

        """))
    #expect(trial.second.isSettled)
  }

  @Test("once a renewal has been tried, browsers hold on to HTTPS for a year")
  func proved() throws {
    var host = SimulatedHost.apache()
    host.certificates["/etc/letsencrypt/live/example.com/fullchain.pem"] = CertificateFacts(
      names: ["example.com", "www.example.com"])
    host.entries["/etc/harden/renewal/example.com"] = .file("")
    let written = try #require(text(of: try host.proposal(of: site), available))
    #expect(written.contains("Header always set Strict-Transport-Security \"max-age=31557600\"\n"))
  }

  @Test("a name that the certificate is not for yet stays on port 80")
  func uncovered() throws {
    var host = SimulatedHost.apache()
    host.certificates["/etc/letsencrypt/live/example.com/fullchain.pem"] = CertificateFacts(names: ["example.com"])
    let written = try #require(text(of: try host.proposal(of: site), available))
    let hosts = written.split(separator: "<VirtualHost ")
    #expect(hosts.count == 4)
    #expect(hosts[1].hasPrefix("*:80>\n  ServerName example.com\n  ErrorLog"))
    #expect(hosts[2].hasPrefix("*:80>\n  ServerName www.example.com\n  ErrorLog"))
    #expect(hosts[2].contains("WSGIScriptAlias"))
    #expect(hosts[3].hasPrefix("*:443>\n  ServerName example.com\n  ErrorLog"))
  }

  @Test("a further name is said as one, and what was edited by hand as text")
  func furtherName() throws {
    var host = SimulatedHost.apache()
    let fewer = Site(names: ["example.com"], project: "/srv/django", wsgi: "mysite/wsgi.py")
    host = host.applying(try host.proposal(of: fewer))
    #expect(
      try host.proposal(of: site).changes == [
        Change("site example.com", "names", from: "example.com", to: "example.com, www.example.com")
      ])
    let text = try #require(host.text(of: available))
    host.entries[available] = .file(text + "Timeout 9\n")
    #expect(
      try host.proposal(of: site).changes == [Change("site example.com", "text", from: "another", to: "the recipe's")])
  }

  @Test("code without a virtual environment is waiting for it, unless Debian's own Django answers")
  func environment() throws {
    var host = SimulatedHost.apache()
    host.entries["/srv/django/mysite/wsgi.py"] = .file("")
    host.entries["/srv/django/mysite/harden.py"] = .file("")
    host.entries["/srv/django/.venv/bin/python"] = .file("")
    #expect(
      try host.proposal(of: site).waiting == [
        Waiting(
          "site example.com", seen: "no /srv/django/venv/bin/python, so that every page answers 503",
          wanted: "the project's virtual environment: python3 -m venv /srv/django/venv")
      ])
    var debians = host
    debians.entries["/usr/lib/python3/dist-packages/django"] = .directory(0o755)
    #expect(try debians.proposal(of: site).waiting == [])
    host.entries["/srv/django/venv/bin/python"] = .file("")
    #expect(try host.proposal(of: site).waiting == [])
  }

  @Test("code without harden's settings fragment is waiting for it")
  func fragment() throws {
    var host = SimulatedHost.apache()
    host.entries["/srv/django/mysite/wsgi.py"] = .file("")
    host.entries["/srv/django/venv/bin/python"] = .file("")
    #expect(
      try host.proposal(of: site).waiting == [
        Waiting(
          "settings of example.com", seen: "no /srv/django/mysite/harden.py",
          wanted: "harden's settings fragment there, and “from .harden import *” as the last line of mysite.settings")
      ])
    host.entries["/srv/django/mysite/harden.py"] = .file("")
    #expect(try host.proposal(of: site).waiting == [])
  }

  @Test("what Django finds in its settings is said with its code")
  func check() throws {
    var host = SimulatedHost.apache()
    for file in ["mysite/wsgi.py", "mysite/harden.py", "venv/bin/python"] {
      host.entries[Path("/srv/django/\(file)")] = .file("")
    }
    let errors = """
      SystemCheckError: System check identified some issues:

      WARNINGS:
      ?: (security.W012) SESSION_COOKIE_SECURE is not set to True. Using a secure-only session cookie makes it more.
      ?: (security.W009) Your SECRET_KEY has less than 50 characters, less than 5 unique characters, or it's prefixed \
      with 'django-insecure-' indicating that it was generated automatically by Django. Please generate another.
      polls.Poll: (models.W042) Auto-created primary key used when not defining a primary key type.

      System check identified 2 issues (2 silenced).

      """
    host.asking { question, _ in
      guard question.command.arguments.contains("--deploy") else { return nil }
      guard question.command.user == "www-data" else { return .unreadable(reason: "not as the web user") }
      return .there(value: CommandResult(status: 1, output: "", errors: errors))
    }
    func waiting(_ asksApplications: Bool) throws -> [Waiting] {
      let known = try host.observe(site, from: Observations(asksApplications: asksApplications))
      return try site.proposal(given: known).waiting
    }
    // It takes as long as Django takes to start: a plan does not ask.
    #expect(try waiting(false) == [])
    #expect(
      try waiting(true) == [
        Waiting(
          "settings of example.com",
          seen:
            "security.W012 SESSION_COOKIE_SECURE is not set to True; security.W009 Your SECRET_KEY has less than 50 "
            + "characters, less than 5 unique characters, or it's prefixed with 'django-insecure-' indicating that it was "
            + "generated…; models.W042 Auto-created primary key used when "
            + "not defining a primary key type.", wanted: "that manage.py check --deploy finds nothing")
      ])
    host.visitor.isRoot = false
    #expect(try waiting(true) == [])
  }

  @Test(
    "a site that answers with an error is told once it is asked, and what is not there is not asked",
    arguments: [
      ("500\n500\n500\n500\n", 0, "answers 500"), ("500\n302\n500\n302\n", 0, "answers 500 to some, 302 to others"),
      ("400\n400\n400\n400\n", 0, "answers 400"),
      ("000\n000\n000\n000\n", 28, "no answer within 15 s"), ("404\n404\n404\n404\n", 0, nil), ("000\n", 7, nil),
    ])
  func answers(_ output: String, _ status: Int32, _ seen: String?) throws {
    let site = Site(names: ["example.com"], project: "/srv/django", wsgi: "mysite/wsgi.py")
    var host = SimulatedHost.apache()
    for folder in ["/srv", "/srv/django"] as [Path] { host.entries[folder] = .directory(0o755) }
    for file in ["mysite/wsgi.py", "venv/bin/python"] { host.entries[Path("/srv/django/\(file)")] = .file("") }
    host.asking { question, _ in
      guard question.command.arguments.last == "http://example.com/" else { return nil }
      guard question.command.user == "www-data" else { return .unreadable(reason: "not as the web user") }
      return .there(value: CommandResult(status: status, output: output))
    }
    func waiting(_ asksApplications: Bool) throws -> [Waiting] {
      let known = try host.observe(site, from: Observations(asksApplications: asksApplications))
      return try site.proposal(given: known).waiting
    }
    // Whatever answers before the site's file is there is not the site.
    #expect(try waiting(true) == [])
    host = host.applying(try host.proposal(of: site))
    #expect(try waiting(false) == [])
    let wanted =
      seen == "answers 400"
      ? "a page: Django answers 400 where ALLOWED_HOSTS lacks example.com; the settings fragment (harden template "
        + "django-settings) takes it from the file of secrets; then sudo systemctl reload apache2"
      : "a page: sudo tail /var/log/apache2/example.com-error.log tells what keeps it from one; once that is mended, "
        + "sudo systemctl reload apache2"
    #expect(try waiting(true) == (seen.map { [Waiting("site example.com", seen: $0, wanted: wanted)] } ?? []))
    host.entries["/srv/django/venv/bin/python"] = nil
    #expect(try waiting(true).map(\.seen) == ["no /srv/django/venv/bin/python, so that every page answers 503"])
  }

  @Test("a site whose folder is to be another one is said to lose its pages, unless they are there already")
  func moved() throws {
    let site = Site(names: ["example.com"], project: "/srv/django", wsgi: "mysite/wsgi.py", venv: nil)
    let elsewhere = Site(names: ["example.com"], project: "/srv/a/shop", wsgi: "mysite/wsgi.py", venv: nil)
    var host = SimulatedHost.apache(13)
    host = host.applying(try host.proposal(of: site))
    func change(_ warning: String?) -> [Change] {
      [Change("site example.com", "folder", from: "/srv/django", to: "/srv/a/shop", warning: warning)]
    }
    let missing = "no /srv/a/shop/mysite/wsgi.py, so that every page answers 503"
    // Without its code it answers nobody today either.
    #expect(try host.proposal(of: elsewhere).changes == change(nil))
    #expect(try host.proposal(of: elsewhere).waiting.map(\.seen) == [missing])
    host.entries["/srv/django/mysite/wsgi.py"] = .file("")
    let trial = try host.trial(of: elsewhere)
    #expect(trial.first.changes == change("can break pages: its files are not moved"))
    #expect(
      trial.first.waiting == [
        Waiting(
          "site example.com", seen: "answers from /srv/django today, and its files are not moved; \(missing)",
          wanted: "before apply, its files in /srv/a/shop: sudo mkdir -p /srv/a/shop && sudo cp -aT /srv/django "
            + "/srv/a/shop; or /srv/django declared as before")
      ])
    #expect(trial.second.isSettled && trial.second.waiting.map(\.seen) == [missing])
    let renamed = Site(names: ["example.com", "b.com"], project: "/srv/a/shop", wsgi: "mysite/wsgi.py", venv: nil)
    #expect(try host.proposal(of: renamed).changes.map(\.property) == ["folder", "names"])
    host.entries["/srv/a/shop/mysite/wsgi.py"] = .file("")
    #expect(try host.proposal(of: elsewhere).changes == change(nil))
    #expect(try host.proposal(of: elsewhere).waiting == [])
  }

  @Test("so is a folder of files")
  func movedFiles() throws {
    var host = SimulatedHost.apache(13)
    host = host.applying(try host.proposal(of: StaticSite(names: ["example.com"], root: "/srv/one")))
    host.entries["/srv/one/index.html"] = .file("")
    let elsewhere = StaticSite(names: ["example.com"], root: "/srv/one/two")
    let trial = try host.trial(of: elsewhere)
    #expect(
      trial.first.changes == [
        Change(
          "site example.com", "folder", from: "/srv/one", to: "/srv/one/two",
          warning: "can break pages: its files are not moved")
      ])
    let wanted = "before apply, its files in /srv/one/two; or /srv/one declared as before"
    #expect(trial.first.waiting.map(\.wanted) == [wanted])
    #expect(trial.second == .nothing)
    host.entries["/srv/one/two/index.html"] = .file("")
    #expect(try host.proposal(of: elsewhere).waiting == [])
  }

  @Test("on a release that is not in the table, Python's folder tells")
  func unknownRelease() throws {
    var host = SimulatedHost.apache()
    host.facts.system = "ubuntu"
    host.facts.version = "27.10"
    #expect(throws: Diagnostic.self) { try host.proposal(of: site) }
    host.entries["/usr/lib/python3.9/os.py"] = .file("")
    host.entries["/usr/lib/python3.15/os.py"] = .file("")
    let written = try #require(text(of: try host.proposal(of: site), available))
    #expect(written.contains("/srv/django/venv/lib/python3.15/site-packages "))
  }

  @Test(
    "a name that cannot stand in a virtual host is refused",
    arguments: [
      "", "*.example.com", "bücher.example", "exa mple.com", "example.com\nServerTokens Full", "a\"b.com", "${X}.com",
      "-a.com", "a..com", "203.0.113.5", "example.com>",
    ])
  func badNames(_ name: String) throws {
    let site = Site(names: ["example.com", name], project: "/srv/django", wsgi: "mysite/wsgi.py")
    #expect(throws: Diagnostic.self) { try SimulatedHost.apache().proposal(of: site) }
    let files = StaticSite(names: [name], root: "/var/www/x")
    #expect(throws: Diagnostic.self) { try SimulatedHost.apache().proposal(of: files) }
  }

  @Test(
    "a folder that could break out of its line is refused",
    arguments: ["/static", "../x", "a\" b", "a\nb", "a/", "", "${X}", "a b"])
  func badFolders(_ folder: String) throws {
    let site = Site(names: ["example.com"], project: "/srv/django", wsgi: "mysite/wsgi.py", static: folder)
    #expect(throws: Diagnostic.self) { try SimulatedHost.apache().proposal(of: site) }
    let project = Site(names: ["example.com"], project: Path("/srv/x\n" + folder), wsgi: "mysite/wsgi.py")
    #expect(throws: Diagnostic.self) { try SimulatedHost.apache().proposal(of: project) }
  }

  @Test("a foreign file where the link should be is not replaced")
  func foreignFile() throws {
    var host = SimulatedHost.apache()
    host.entries["/etc/apache2/sites-enabled/harden-example.com.conf"] = .file("")
    #expect(throws: Diagnostic.self) { try host.proposal(of: site) }
  }
}
