/// Apache's own behaviour: what it says of itself, the headers it sends, and what a request for no site gets.
///
///     Apache(serverTokens: .prod, serverSignature: .off, headers: .strict)
///
/// One file, `conf-available/zz-harden.conf`, enabled by a link as `a2enconf` makes it; `zz`, since the last global line
/// wins and Debian's own `conf-enabled/security.conf` says `ServerTokens OS`. Judged by what is in force: a global line in
/// `sites-enabled` or at the end of `apache2.conf` is read later still, and `ServerSignature` in a virtual host beats
/// both; then file and line are named. `/server-status` stays as Debian has it: for the host itself only.
///
/// A request that names no site of this host gets 403: a virtual host of harden's is read first. Debian's 000-default
/// is disabled for it. TLS is on as soon as certbot holds a certificate.
public struct Apache: Resource {
  public enum ServerTokens: String, Hashable, Codable, Sendable {
    case prod = "Prod"
    case major = "Major"
    case minor = "Minor"
    case minimal = "Min"
    case os = "OS"
    case full = "Full"
  }
  public enum ServerSignature: String, Hashable, Codable, Sendable {
    case off = "Off"
    case on = "On"
  }
  let serverTokens: ServerTokens
  let serverSignature: ServerSignature
  let headers: SecurityHeaders
  let coep: Bool

  /// - Parameter coep: `Cross-Origin-Embedder-Policy: require-corp`, which blocks what other sites embed here.
  public init(
    serverTokens: ServerTokens = .prod, serverSignature: ServerSignature = .off, headers: SecurityHeaders = .strict,
    coep: Bool = false
  ) {
    (self.serverTokens, self.serverSignature) = (serverTokens, serverSignature)
    (self.headers, self.coep) = (headers, coep)
  }

  public var address: String { "apache" }

  public static var examples: [Apache] {
    [Apache(), Apache(serverTokens: .major, serverSignature: .on, headers: .reportOnly, coep: true)]
  }

  static let name = "zz-harden"
  static let unknownHost = "000-harden-unknown"
  /// Where certbot puts the tokens that the certificate authority fetches over port 80.
  static let challenges: Path = "/var/www/acme"
  private static let stockSite = ApacheFiles.enabled("sites", "000-default")
  private static let directives = ["ServerTokens", "ServerSignature", "TraceEnable"]

  public func probes(given known: Observations) -> Set<Probe> {
    ApacheFiles.probes(packages: packages(given: known), given: known)
      .union(ApacheFiles.probes("conf", Self.name))
      .union(ApacheFiles.probes("sites", Self.unknownHost))
      .union(ApacheFiles.probes(modules: ["headers", "rewrite", "ssl", "socache_shmcb"]))
      .union(ApacheFiles.daemonProbes)
      .union([
        .file(path: Self.stockSite), .file(path: Self.challenges), .names(directory: Lineage.live),
        .output(question: ApacheConfiguration.question), .operator, .listeners,
      ])
  }

  /// The throw-away certificate that unknown names get lies in a package of its own.
  private func packages(given known: Observations) -> [String] {
    ["apache2"] + (Lineage.areKnown(on: known) ? ["ssl-cert"] : [])
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    try headers.check()
    let hasTLS = try !Lineage.names(on: host).isEmpty
    try WebPort.check(hasTLS ? [80, 443] : [80], on: host)
    var proposal = try ApacheFiles.install(packages(given: host), on: host)
    proposal.append(
      try ApacheFiles.enable(
        modules: ["headers", "rewrite"] + (hasTLS ? ["socache_shmcb", "ssl"] : []), on: host))
    let opensTLS = proposal.changes.contains { $0.subject == "apache module ssl" }
    if try host.file(Self.challenges) == .absent {
      proposal.changes.append(Change(Self.challenges.text, from: nil, to: "directory 0755 root:root"))
      proposal.steps.append(
        Step(
          .makeDirectory(path: Self.challenges, mode: 0o755, owner: .root), requires: [ApacheFiles.package]))
    }
    let text = text(hasTLS: hasTLS)
    var file = try ApacheFiles.file("conf", Self.name, text: text, subject: "apache \(Self.name).conf", on: host)
    let isWritten = !file.steps.isEmpty
    file.changes += try headerChanges(on: host)
    proposal.append(file)
    proposal.append(
      try ApacheFiles.file(
        "sites", Self.unknownHost, text: Self.unknownHostText(hasTLS: hasTLS), subject: "apache unknown names", on: host
      ))
    proposal.describeNewFile("apache unknown names", as: "answered with 403")
    let bringsStockSite = try host.package("apache2") == .absent
    if try host.file(Self.stockSite).known(Self.stockSite.text) != nil || bringsStockSite {
      proposal.changes.append(Change("apache site 000-default", from: "enabled", to: "disabled"))
      proposal.steps.append(Step(.remove(path: Self.stockSite, check: nil), requires: [ApacheFiles.package]))
    }
    let isSettled = proposal.isSettled
    proposal.append(try inForce(on: host, isWritten: isWritten, isSettled: isSettled))
    try ApacheFiles.settleDaemon(
      &proposal, listening: hasTLS ? [80, 443] : [80], opening: opensTLS ? [443] : [], on: host)
    return proposal
  }

  private var wanted: [(name: String, value: String)] {
    [
      ("ServerTokens", serverTokens.rawValue), ("ServerSignature", serverSignature.rawValue), ("TraceEnable", "Off"),
    ]
  }

  /// What is in force against what is wanted; harden's own file is on disk or planned by then.
  private func inForce(on host: Observations, isWritten: Bool, isSettled: Bool) throws(Diagnostic) -> Proposal {
    var proposal = Proposal()
    let answer = try host.output(ApacheConfiguration.question)
    switch answer {
    case .there(let result) where result.status == 0:
      let configuration = ApacheConfiguration.parsed[result.output]
      let differing = differing(in: configuration)
      // Judged again once harden's file is laid over what is there: all that defeats it is said together.
      let defeats = isWritten ? [] : differing.map(\.defeat) + localDefeats(in: configuration)
      guard defeats.isEmpty else { throw .defeated(defeats) }
      proposal.changes += differing.map(\.change)
      proposal.notes += foreignHeaders(in: configuration)
      proposal.waiting += ownAddresses(in: configuration)
    case .there(let result):
      // Whoever may not read the keys that its files name is told by Apache that these are broken.
      if case .there(let visitor) = try host.operator(), !visitor.isRoot {
        _ = try Answer<String>.unreadable(reason: "its files name keys that root alone can read")
          .known("Apache's configuration")
      }
      // A broken configuration that the planned files mend is judged again once they are laid over it.
      guard !isSettled else { throw .broken(result) }
      proposal.changes += isWritten ? forecast() : []
    case .moved, .absent:
      guard isWritten else { break }
      // How it was before the planned steps is known, unless they install it.
      if case .there(.output(let result))? = host.known[Inquiry(.output(question: ApacheConfiguration.question))],
        result.status == 0
      {
        proposal.changes += differing(in: ApacheConfiguration.parsed[result.output]).map(\.change)
      } else {
        proposal.changes += forecast()
      }
    case .unreadable(let reason): throw .unreadable(reason)
    }
    return proposal
  }

  /// What is in force otherwise than wanted: as a change, and as the error it is where no planned file changes it.
  private func differing(in configuration: ApacheConfiguration) -> [(change: Change, defeat: Defeat)] {
    wanted.compactMap { name, value in
      let decided = configuration.global(name)
      let found = decided?.arguments ?? Self.built(in: name)
      if Self.isSame(found, value) { return nil }
      let change = Change(
        "apache", name, from: found, to: value,
        decidedBy: decided.map { "set by \($0.place)" } ?? "Apache's own default")
      return (change, Defeat(name: name, wanted: value, found: found, place: decided?.place, file: decided?.file))
    }
  }

  /// Lines within sections of others, which beat the global ones there.
  private func localDefeats(in configuration: ApacheConfiguration) -> [Defeat] {
    wanted.flatMap { name, value -> [Defeat] in
      configuration.local(name).filter { !Self.isSame($0.arguments, value) }.map {
        Defeat(name: name, wanted: value, found: $0.arguments, place: $0.place, file: $0.file)
      }
    }
  }

  /// Virtual hosts for one address: what comes to that address never meets those for all, whatever name it asks for.
  private func ownAddresses(in configuration: ApacheConfiguration) -> [Waiting] {
    var seen: Set<String> = []
    return configuration.directives.compactMap { directive -> Waiting? in
      guard let section = directive.sections.first, section.lowercased().hasPrefix("<virtualhost ") else { return nil }
      let addresses = section.dropFirst("<virtualhost ".count).dropLast().split(separator: " ")
      let own = addresses.filter { address in
        // For everybody, or for the host itself.
        let isPlain = ["*", "_default_", "127.", "[::1]"].contains { address.lowercased().hasPrefix($0) }
        return !isPlain && [":80", ":443", ":*"].contains { address.hasSuffix($0) }
      }
      guard !own.isEmpty, seen.insert("\(directive.file) \(section)").inserted else { return nil }
      return Waiting(
        "apache \(own.joined(separator: " "))",
        seen: "\(section) in \(directive.fileName) takes every request to that address, whatever its name",
        wanted: "* in place of the address there, if the site is to answer at it")
    }
  }

  /// What Debian's package (12 and 13) brings, in `conf-enabled/security.conf`.
  private func forecast() -> [Change] {
    let stock = [("ServerTokens", "OS", 12), ("ServerSignature", "On", 23)]
    var changes: [Change] = []
    for (name, value, line) in stock {
      guard let wish = wanted.first(where: { $0.name == name })?.value, wish != value else { continue }
      changes.append(
        Change(
          "apache", name, from: value, to: wish, decidedBy: "would be set by conf-enabled/security.conf:\(line)",
          isForecast: true))
    }
    return changes
  }

  private func headerChanges(on host: Observations) throws(Diagnostic) -> [Change] {
    let path = ApacheFiles.available("conf", Self.name)
    var before: [String: String] = [:]
    if case .there(let text) = try host.contents(path) { before = Self.headerValues(in: text) }
    var changes: [Change] = []
    let list = headers.list(coep: coep)
    for header in list where before[header.name] != header.value {
      changes.append(
        Change("header", header.name, from: before[header.name], to: header.value, warning: header.warning))
    }
    for (name, value) in before.sorted(by: { $0.key < $1.key }) where !list.contains(where: { $0.name == name }) {
      changes.append(Change("header", name, from: value, to: nil))
    }
    return changes
  }

  /// The lines `Header always set NAME "VALUE"` of harden's own file.
  private static func headerValues(in text: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in text.lines {
      let words = line.drop { $0 == " " }.split(separator: " ", maxSplits: 4)
      guard words.count == 5, words[0] == "Header", words[1] == "always", words[2] == "set" else { continue }
      values[String(words[3])] = String(words[4].filter { $0 != "\"" })
    }
    return values
  }

  /// Lines of others that concern a header of harden's: they lose, and whoever wrote them should know.
  private func foreignHeaders(in configuration: ApacheConfiguration) -> [String] {
    let names = Set(headers.list(coep: coep).map { $0.name.lowercased() })
    var notes: [String] = []
    for directive in configuration.directives where directive.name == "Header" && !directive.file.contains("harden") {
      let words = directive.arguments.split(separator: " ").map { $0.lowercased() }
      guard let name = words.first(where: names.contains) else { continue }
      notes.append("\(directive.place) sets \(name) too; the value above is what browsers get")
    }
    return notes
  }

  private static func isSame(_ found: String, _ wanted: String) -> Bool {
    let aliases = ["productonly": "prod", "minimal": "min"]
    let found = found.lowercased()
    return (aliases[found] ?? found) == wanted.lowercased()
  }

  /// https://httpd.apache.org/docs/2.4/mod/core.html
  private static func built(in name: String) -> String {
    switch name {
    case "ServerTokens": "Full"
    case "TraceEnable": "On"
    default: "Off"
    }
  }
}

/// A line of somebody else's that beats harden's.
private struct Defeat {
  let name: String
  let wanted: String
  let found: String
  let place: String?
  let file: String?

  var words: String {
    let decides = place.map { "\($0) says “\(name) \(found)”" } ?? "“\(name) \(found)” is Apache's own default"
    return "\(name) should be \(wanted), but \(decides)"
  }
}

extension Diagnostic {
  fileprivate static func defeated(_ defeats: [Defeat]) -> Diagnostic {
    var files: [String] = []
    for file in defeats.compactMap(\.file) where !files.contains(file) { files.append(file) }
    let (counts, reads, lines) =
      defeats.count == 1
      ? ("that is what counts", "it is read after harden's file or stands in a section", "line")
      : ("those are what counts", "they are read after harden's file or stand in a section", "lines")
    return Diagnostic(
      "Setting not in force",
      detail: defeats.map(\.words).joined(separator: "; ") + ", and \(counts): \(reads), and harden edits no file of "
        + "others.",
      fix: files.isEmpty
        ? nil
        : "sudoedit \(files.map(Command.quoted).joined(separator: " "))   # remove the \(lines), then run harden again")
  }

  fileprivate static func broken(_ result: CommandResult) -> Diagnostic {
    let last = result.errors.lines.suffix(4).joined(separator: "\n")
    return Diagnostic(
      "Apache's configuration is broken",
      detail: "Apache does not accept what is on disk, so it would not come back after a restart, and what is in force "
        + "cannot be told.", fix: "sudo apachectl configtest",
      command: FailedCommand(
        line: "\(ApacheConfiguration.question.command)", status: result.status, lastErrors: last))
  }

  fileprivate static func unreadable(_ reason: String) -> Diagnostic {
    Diagnostic(
      "Apache's configuration not readable", detail: "What is in force in Apache could not be asked: \(reason).",
      fix: "Run harden as root.", kind: .unreadable)
  }
}
