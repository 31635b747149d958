import HostTesting
import Resources

extension SimulatedHost {
  /// Debian with its own Apache, running; `apachectl -t -D DUMP_CONFIG` answers from the files of the tables.
  static func apache(_ release: Int = 12) -> SimulatedHost {
    var host = SimulatedHost.debian(release)
    for name in ["apache2", "libapache2-mod-wsgi-py3", "certbot"] {
      host.packages[name] = PackageState(status: "installed", version: "2.4")
    }
    host.units["apache2.service"] = UnitState(enablement: "enabled", activity: "active")
    host.units["certbot.timer"] = UnitState(enablement: "enabled", activity: "active")
    host.overrides[.stale(unit: "apache2.service", paths: ["/etc/apache2"])] = .there(value: .flag(false))
    for folder in ["conf", "mods", "sites"] {
      for state in ["available", "enabled"] {
        host.entries[Path("/etc/apache2/\(folder)-\(state)")] = .directory(0o755)
      }
    }
    host.entries["/etc/apache2/apache2.conf"] = .file("")
    host.entries["/etc/apache2/conf-available/security.conf"] = .file(
      "ServerTokens OS\nServerSignature On\nTraceEnable Off\n")
    host.entries["/etc/apache2/conf-enabled/security.conf"] = .link(target: "../conf-available/security.conf")
    host.entries["/etc/apache2/sites-available/000-default.conf"] = .file("<VirtualHost *:80>\n</VirtualHost>\n")
    host.entries["/etc/apache2/sites-enabled/000-default.conf"] = .link(target: "../sites-available/000-default.conf")
    for name in ["wsgi.load", "wsgi.conf"] {
      host.entries[Path("/etc/apache2/mods-enabled/\(name)")] = .link(target: "../mods-available/\(name)")
    }
    host.asking { question, host in
      guard question.command.arguments.contains("DUMP_CONFIG") else { return nil }
      return .there(value: CommandResult(status: 0, output: host.apacheDump))
    }
    return host
  }

  /// The directives of all enabled files in read order, as mod_info prints them.
  private var apacheDump: String {
    var dump = ""
    func read(_ path: Path) {
      dump += "# In file: \(path)\n"
      for (number, line) in (text(of: path) ?? "").split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      {
        let text = line.drop { $0 == " " }
        if text.isEmpty || text.hasPrefix("#") { continue }
        dump += text.hasPrefix("</") ? "\(line)\n" : "#  \(number + 1):\n\(line)\n"
      }
    }
    for folder in ["conf", "sites"] {
      for path in entries.keys.sorted() where path.parent.text == "/etc/apache2/\(folder)-enabled" { read(path) }
    }
    read("/etc/apache2/apache2.conf")
    return dump
  }

  /// The same host before mod_wsgi's package is there.
  var withoutModule: SimulatedHost {
    var host = self
    host.packages["libapache2-mod-wsgi-py3"] = nil
    host.candidates["libapache2-mod-wsgi-py3"] = Candidate(version: "5.0")
    for name in ["wsgi.load", "wsgi.conf"] { host.entries[Path("/etc/apache2/mods-enabled/\(name)")] = nil }
    return host
  }

  /// What a resource proposes while mod_wsgi's package is planned, and once its own steps are folded in.
  func proposalsWhileModuleComes(of resource: some Resource) throws(Diagnostic) -> [Proposal] {
    var known = try observe(Package("libapache2-mod-wsgi-py3"), from: try observe(resource))
    known.fold(Step(.install(packages: ["libapache2-mod-wsgi-py3"])))
    var proposals: [Proposal] = []
    for _ in 1...2 {
      known = try observe(resource, from: known)
      proposals.append(try resource.proposal(given: known))
      for step in proposals[proposals.count - 1].steps { known.fold(step) }
    }
    return proposals
  }

  /// The error that a resource raises here; nil when it raises none.
  func diagnostic(of resource: some Resource) -> Diagnostic? {
    do throws(Diagnostic) {
      _ = try proposal(of: resource)
      return nil
    } catch {
      return error
    }
  }

  /// The host once a proposal's files, links and folders are there.
  func applying(_ proposal: Proposal) -> SimulatedHost {
    var host = self
    for step in proposal.steps {
      switch step.action {
      case .write(let path, let contents, let mode, let owner, _): host.entries[path] = .file(contents, mode, owner)
      case .link(let path, let target): host.entries[path] = .link(target: target)
      case .remove(let path, _): host.entries[path] = nil
      case .makeDirectory(let path, let mode, let owner): host.entries[path] = .directory(mode, owner)
      default: break
      }
    }
    return host
  }
}
