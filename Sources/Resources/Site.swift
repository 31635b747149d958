/// A Django or other WSGI project behind Apache, in a daemon process of its own.
///
///     Site(names: ["example.com", "www.example.com"], project: "/srv/django", wsgi: "mysite/wsgi.py")
///
/// `/static/` and `/media/` are served by Apache and never executed. Before any code is there, and whenever it is gone,
/// every page is a plain 503. As soon as certbot holds a certificate of the first name, the same site answers on 443 and
/// port 80 only redirects. Several sites may be declared; each has its own file, named after its first name.
///
/// The interpreter is the one that Debian's mod_wsgi is built for. The virtual environment is reached by `python-path`,
/// so that it may come later than this file: `python-home` of one that is not there answers 504 and fills the log.
public struct Site: Resource {
  let names: [String]
  let project: Path
  let wsgi: String
  let settings: String?
  let venv: String?
  let staticFolder: String?
  let mediaFolder: String?
  let processes: Int
  let threads: Int

  /// - Parameters:
  ///   - names: The name visitors type, then the others that mean the same site.
  ///   - project: The folder that holds `manage.py`.
  ///   - wsgi: The file that holds `application`, relative to the project.
  ///   - settings: The settings module, as `mysite.settings`: harden looks whether its fragment lies beside it.
  ///   - venv: The virtual environment's folder, relative to the project; nil for Debian's own packages.
  ///   - static: What `collectstatic` fills (`STATIC_ROOT`), relative to the project.
  ///   - media: What visitors upload (`MEDIA_ROOT`), relative to the project.
  public init(
    names: [String], project: Path, wsgi: String, settings: String? = nil, venv: String? = "venv",
    static staticFolder: String? = "static", media mediaFolder: String? = "media", processes: Int = 2, threads: Int = 5
  ) {
    self.names = names
    self.project = project
    self.wsgi = wsgi
    self.settings = settings
    self.venv = venv
    self.staticFolder = staticFolder
    self.mediaFolder = mediaFolder
    self.processes = processes
    self.threads = threads
  }

  public var address: String { "site:\(name)" }

  public static var examples: [Site] {
    [
      Site(
        names: ["example.com", "www.example.com"], project: "/srv/django", wsgi: "mysite/wsgi.py",
        settings: "mysite.settings"),
      Site(names: ["wiki.example.com"], project: "/srv/wiki", wsgi: "wsgi.py", venv: nil, static: nil, media: nil),
    ]
  }

  private var name: String { names.first?.lowercased() ?? "" }
  private static let interface = "libapache2-mod-wsgi-py3"
  /// With it, pages are answered before there is a virtual environment.
  static let debiansDjango: Path = "/usr/lib/python3/dist-packages/django"

  private var served: ServedSite {
    ServedSite(
      name: name, folder: project, packages: ["apache2", Self.interface], modules: ["headers", "rewrite", "wsgi"])
  }

  public func probes(given known: Observations) -> Set<Probe> {
    var probes = served.probes(given: known).union([.host, .file(path: project / wsgi)])
    if PythonRelease.isUnknown(on: known) { probes.insert(.names(directory: PythonRelease.folder)) }
    if venv != nil { probes.formUnion([.file(path: python), .file(path: Self.debiansDjango)]) }
    if let fragment { probes.formUnion([.file(path: fragment), .file(path: python), .operator]) }
    if let check = check(given: known) { probes.insert(.output(question: check.question)) }
    if let visit = visit(given: known) { probes.insert(.output(question: visit.question)) }
    return probes
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    let names = try SiteNames(names)
    try check()
    let release = venv == nil ? nil : try PythonRelease.installed(on: host)
    let text = SiteText(site: self, names: names, python: release)
    let lack = try lack(on: host)
    // mod_wsgi's package enables it; Python remembers for good that a folder of its path was not there when a process
    // started.
    var proposal = try served.proposal(
      names, lack: lack?.seen, enabled: host.hasPackage(Self.interface) ? [] : ["wsgi"], requiring: [.path(project)],
      on: host
    ) { text.text($0) }
    let isSettled = proposal.isSettled
    let move = served.move(given: host)?.waiting(lack: lack?.seen, on: host)
    if let first = move ?? lack {
      proposal.waiting.append(first)
    } else {
      proposal.waiting += try waiting(on: host)
    }
    // Before its file is in force somebody else answers.
    if isSettled, let visit = visit(given: host) {
      if let waiting = visit.waiting(try host.output(visit.question)) { proposal.waiting.append(waiting) }
    }
    return proposal
  }

  /// The settings fragment's place: beside the settings module.
  private var fragment: Path? {
    guard let settings else { return nil }
    let folders = settings.split(separator: ".").dropLast().joined(separator: "/")
    return project / "\(folders)/harden.py"
  }

  private var python: Path { venv.map { project / "\($0)/bin/python" } ?? "/usr/bin/python3" }

  /// Nil where only a plan is made, before the project is whole, and for anybody but root, who cannot become the web user.
  private func check(given known: Observations) -> DjangoCheck? {
    guard known.asksApplications, let settings, let fragment,
      case .there(.operator(let visitor))? = known.answer(.operator), visitor.isRoot
    else { return nil }
    let parts: [Path] = [project / wsgi, fragment, python]
    guard parts.allSatisfy({ known.answer(.file(path: $0))?.isThere ?? false }) else { return nil }
    return DjangoCheck(project: project, python: python, settings: settings)
  }

  /// Nil where only a plan is made, and before the site's file and its application are there.
  private func visit(given known: Observations) -> SiteAnswer? {
    func isThere(_ path: Path) -> Bool { known.answer(.file(path: path))?.isThere ?? false }
    guard known.asksApplications, isThere(ApacheFiles.enabled("sites", "harden-\(name)")), isThere(project / wsgi),
      venv == nil || isThere(python) || isThere(Self.debiansDjango), let names = try? SiteNames(names),
      case .there(.unit(let unit))? = known.answer(.unit(name: ApacheFiles.unit)), unit.isActive,
      let secure = try? Lineage(names.first).served(of: names, on: known)
    else { return nil }
    return SiteAnswer(name: name, isSecure: !secure.isEmpty, count: min(2 * processes, 8))
  }

  /// What keeps the site from any page; nil where its application can be run.
  private func lack(on host: Observations) throws(Diagnostic) -> Waiting? {
    guard try host.file(project / wsgi).isThere else {
      return Waiting(
        "site \(name)", seen: "no \(project / wsgi), so that every page answers 503", wanted: "the project's code")
    }
    guard let venv, try !host.file(python).isThere, try !host.file(Self.debiansDjango).isThere else { return nil }
    return Waiting(
      "site \(name)", seen: "no \(python), so that every page answers 503",
      wanted: "the project's virtual environment: python3 -m venv \(project / venv)")
  }

  /// What an application that can be run still needs.
  private func waiting(on host: Observations) throws(Diagnostic) -> [Waiting] {
    if let check = check(given: host) {
      let findings: [String]
      switch try host.output(check.question) {
      case .there(let result): findings = DjangoCheck.findings[result]
      case .unreadable(let reason): findings = [reason]
      case .absent, .moved: findings = []
      }
      guard !findings.isEmpty else { return [] }
      return [
        Waiting(
          "settings of \(name)", seen: findings.joined(separator: "; "),
          wanted: "that manage.py check --deploy finds nothing")
      ]
    }
    guard let fragment, let settings, try host.file(fragment) == .absent else { return [] }
    return [
      Waiting(
        "settings of \(name)", seen: "no \(fragment)",
        wanted: "harden's settings fragment there, and “from .harden import *” as the last line of \(settings)")
    ]
  }

  private func check() throws(Diagnostic) {
    try ApacheWord.check(path: project.text)
    for folder in [wsgi, venv, staticFolder, mediaFolder] {
      guard let folder else { continue }
      try ApacheWord.check(folder: folder)
    }
    guard wsgi.hasSuffix(".py") else { throw .notPython(wsgi) }
    guard processes > 0, threads > 0 else { throw .noProcesses }
    if let settings, !Self.isModule(settings) { throw .notAModule(settings) }
  }

  /// Whether Python could import it: `mysite.settings`.
  package static func isModule(_ name: String) -> Bool {
    name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
    }
  }
}

extension Diagnostic {
  fileprivate static func notPython(_ file: String) -> Diagnostic {
    Diagnostic(
      "Not a WSGI file", detail: "“\(file)” must name the Python file that holds “application”, below the project.",
      fix: "wsgi: \"mysite/wsgi.py\"")
  }

  fileprivate static func notAModule(_ name: String) -> Diagnostic {
    Diagnostic(
      "Not a Python module", detail: "“\(name)” cannot name the settings module: write it as Python imports it.",
      fix: "settings: \"mysite.settings\"")
  }

  fileprivate static let noProcesses = Diagnostic(
    "No processes", detail: "A site needs at least one process with one thread to answer.",
    fix: "processes: 2, threads: 5")
}
