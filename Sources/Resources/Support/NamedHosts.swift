/// Virtual hosts of others that answer for a site's names: of two with one name Apache takes the one it reads first.
enum NamedHosts {
  static let probes: Set<Probe> = [.output(question: ApacheConfiguration.question), .host]
  /// Debian's own, which harden takes out of the way.
  private static let stock = "sites-enabled/000-default.conf"

  /// - Throws: a `Diagnostic` where another file is read before the site's own and has one of its names.
  static func check(_ names: SiteNames, on host: Observations) throws(Diagnostic) {
    // As it is today: what is planned here takes no name from anybody.
    let inquiry = Inquiry(.output(question: ApacheConfiguration.question))
    guard case .there(.output(let result))? = host.known[inquiry], result.status == 0 else { return }
    let own = "sites-enabled/harden-\(names.first).conf"
    let configuration = ApacheConfiguration.parsed[result.output]
    var taken: [(name: String, file: String, line: Int)] = []
    for directive in configuration.directives {
      guard ["servername", "serveralias"].contains(directive.name.lowercased()), !directive.sections.isEmpty,
        directive.fileName != stock, !directive.fileName.contains("/harden-"), isRead(directive.fileName, before: own)
      else { continue }
      for word in directive.arguments.split(separator: " ") {
        guard let name = names.all.first(where: { covers(word.lowercased(), $0) }) else { continue }
        taken.append((name, directive.file, directive.line))
      }
    }
    let named = configuration.global("ServerName")?.arguments
    let server = if let named { named } else { try host.host().value?.hostName ?? "" }
    if let name = names.all.first(where: { covers(server.lowercased(), $0) }) {
      for host in configuration.namelessHosts {
        let file = ApacheConfiguration.relative(host.file)
        guard file != stock, !file.contains("/000-harden-"), !file.contains("/harden-"), isRead(file, before: own)
        else {
          continue
        }
        taken.append((name, host.file, host.line))
      }
    }
    if !taken.isEmpty { throw .nameIsTaken(taken) }
  }

  /// Apache reads what is in `sites-enabled` last, in the order of its bytes.
  private static func isRead(_ file: String, before own: String) -> Bool {
    let folder = "sites-enabled/"
    return !file.hasPrefix(folder) || file.utf8.lexicographicallyPrecedes(own.utf8)
  }

  /// A ServerName may have a scheme and a port, a ServerAlias wildcards: `https://example.com:443`, `*.example.com`.
  private static func covers(_ word: String, _ name: String) -> Bool {
    var word = word.split(separator: "/").last.map(String.init) ?? word
    word = String(word.prefix { $0 != ":" })
    return word == name || word.contains(where: { "*?".contains($0) }) && Wildcard(word).matches(name)
  }
}

extension Diagnostic {
  fileprivate static func nameIsTaken(_ taken: [(name: String, file: String, line: Int)]) -> Diagnostic {
    var sites: [String] = []
    let folder = "sites-enabled/"
    for (_, file, _) in taken {
      let file = ApacheConfiguration.relative(file)
      guard file.hasPrefix(folder) else { continue }
      let site = file.dropFirst(folder.count).split(separator: ".").dropLast().joined(separator: ".")
      if !sites.contains(site) { sites.append(site) }
    }
    let places = taken.map { "\($0.name) by \(ApacheConfiguration.relative($0.file)):\($0.line)" }.joined(
      separator: ", and for ")
    return Diagnostic(
      "Name is taken",
      detail: "Another virtual host, which Apache reads before harden's, answers for \(places). What is declared for "
        + "the site would not be in force, the redirect to HTTPS included, and harden edits no file of others.",
      fix: sites.isEmpty
        ? "sudoedit \(Command.quoted(taken[0].file))"
        : "sudo a2dissite \(sites.map(Command.quoted).joined(separator: " "))   # then harden apply, which also reloads"
    )
  }
}
