import HostTesting
import Resources
import Testing

/// Apache is there, and a package that its sites need is still to come: what its files say is judged all the same.
@Suite("Apache while a module comes")
struct ApacheStandingTests {
  private let apache = Apache()

  private func host(_ files: [(String, String)]) -> SimulatedHost {
    var host = SimulatedHost.apache()
    for (path, text) in files { host.entries[Path(path)] = .file(text) }
    return host
  }

  private func site(_ lines: String) -> [(String, String)] {
    [("/etc/apache2/sites-enabled/intra.conf", "<VirtualHost *:80>\n\(lines)\n</VirtualHost>\n")]
  }

  @Test("what is set by others is shown as it is once the package is there")
  func isShown() throws {
    let headers = ("/etc/apache2/conf-enabled/my.conf", "Header set Referrer-Policy \"no-referrer\"\n")
    let hosts = [
      host([]), host([headers]), host([headers] + site("Header set X-Frame-Options SAMEORIGIN")),
      host([("/etc/apache2/conf-available/security.conf", "ServerTokens Full\n")]),
      host(site("ServerSignature Off")),
      host([("/etc/apache2/sites-enabled/x.conf", "<VirtualHost 192.0.2.7:80>\nServerName x\n</VirtualHost>\n")]),
    ]
    for host in hosts {
      let trial = try host.trial(of: apache)
      #expect(try host.withoutModule.proposalsWhileModuleComes(of: apache) == [trial.first, trial.second])
    }
  }

  @Test("what defeats it is refused", arguments: ["ServerSignature On", "ServerTokens Full", "TraceEnable On"])
  func isRefused(_ line: String) throws {
    for files in [site(line), [("/etc/apache2/apache2.conf", line)]] {
      #expect(throws: Diagnostic.self) { try host(files).trial(of: apache) }
      #expect(throws: Diagnostic.self) {
        try host(files).withoutModule.proposalsWhileModuleComes(of: apache)
      }
    }
  }

  @Test("what is broken is told, unless the package or another planned file may mend it")
  func isBroken() throws {
    func summary(_ errors: String) throws -> String? {
      var host = host([]).withoutModule
      host.asking { question, _ in
        guard question.command.arguments.contains("DUMP_CONFIG") else { return nil }
        return .there(value: CommandResult(status: 1, output: "", errors: errors))
      }
      do throws(Diagnostic) {
        _ = try host.proposalsWhileModuleComes(of: apache)
        return nil
      } catch {
        return error.summary
      }
    }
    #expect(try summary("Syntax error on line 3 of x.conf") == "Apache's configuration is broken")
    #expect(try summary("Invalid command 'WSGIScriptAlias', perhaps misspelled") == nil)
    #expect(try summary("Syntax error on line 3 of /etc/apache2/sites-enabled/harden-x.conf:") == nil)
  }

  @Test("a planned site, which needs the package, is not laid over what Apache is asked then")
  func sitesStayOut() throws {
    var host = host(site("ServerSignature On")).withoutModule
    host.asking { question, host in
      guard question.command.arguments.contains("DUMP_CONFIG"),
        host.entries.keys.contains(where: { $0.text.contains("-enabled/harden-") })
      else { return nil }
      return .there(value: CommandResult(status: 1, output: "", errors: "Invalid command 'WSGIDaemonProcess'"))
    }
    let site = Site(names: ["example.com"], project: "/srv/django", wsgi: "mysite/wsgi.py")
    var known = try host.observe(apache)
    known = try host.observe(site, from: known)
    for step in try site.proposal(given: known).steps { known.fold(step) }
    known = try host.observe(apache, from: known)
    for step in try apache.proposal(given: known).steps { known.fold(step) }
    known = try host.observe(apache, from: known)
    #expect(throws: Diagnostic.self) { try apache.proposal(given: known) }
  }
}
