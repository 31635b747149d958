import HostState

/// What a server tells of itself to anybody: versions, folders, error pages, and what no stranger should get.
extension AuditMaterial {
  func disclosureFindings() -> [AuditFinding] {
    var found: [AuditFinding] = []
    for header in ["Server", "X-Powered-By", "X-AspNet-Version", "X-Generator", "Via"] {
      let values = answers.compactMap { $0.joined(header) }.filter { $0.unicodeScalars.contains(where: \.isDigit) }
      if let value = values.first, header != "Via" { found.append(.version(header, value)) }
    }
    for (url, probe) in probes.sorted(by: { $0.key < $1.key }) {
      guard let address = WebAddress(url) else { continue }
      let scan = PageScan(probe.body)
      switch address.path {
      case Self.absent:
        if Self.isDebugPage(probe.body) { found.append(.debug) }
        if probe.status == 200 { found.append(.foundEverything) }
        if probe.body.has("Apache/") || probe.body.has("nginx/") { found.append(.signature) }
      case "/.git/HEAD": if probe.status == 200, Self.isGitHead(probe.body) { found.append(.repository) }
      case "/.env":
        if probe.status == 200, !scan.tags.contains(where: { $0.name == "html" }), probe.body.has("=") {
          found.append(.environment)
        }
      case "/server-status":
        if probe.status == 200, probe.body.has("Apache Server Status") {
          found.append(Self.isThisHost(host) ? .ownStatus : .status)
        }
      case Self.login:
        let asks = scan.tags.contains { $0.name == "input" && $0.attribute("type")?.lowercased() == "password" }
        if probe.status == 200, !address.isSecure, asks { found.append(.plainLogin(address)) }
      default:
        if probe.status == 200,
          scan.title?.trimmed.begins(with: "Index of") == true
            || scan.title?.trimmed.begins(with: "Directory listing") == true
        {
          found.append(.listing(address.path))
        }
      }
    }
    for page in answers where Self.isDebugPage(page.body) && !found.contains(.debug) { found.append(.debug) }
    for site in sites where site.https == nil {
      guard let page = site.page, Self.asksForPassword(page) else { continue }
      let finding = AuditFinding.plainLogin(page.address ?? WebAddress(scheme: "http", host: host))
      if !found.contains(finding) { found.append(finding) }
    }
    return found
  }

  /// The name of a branch, or, where none is checked out, of a commit (gitrepository-layout(5)): SHA-1 or SHA-256.
  static func isGitHead(_ body: String) -> Bool {
    let word = body.trimmed
    return body.begins(with: "ref:")
      || [40, 64].contains(word.utf8.count) && word.unicodeScalars.allSatisfy(\.isHexDigit)
  }

  /// Whether whoever asks for this name asks the very host that it runs on (RFC 6761 §6.3).
  private static func isThisHost(_ name: String) -> Bool {
    let name = String(name.filter { $0 != "[" && $0 != "]" })
    return name == "localhost" || name.hasSuffix(".localhost") || NetworkAddress.isLoopback(name)
  }

  private static func asksForPassword(_ page: Exchange) -> Bool {
    PageScan(page.body).tags.contains { $0.name == "input" && $0.attribute("type")?.lowercased() == "password" }
  }

  /// Django's technical pages.
  static func isDebugPage(_ body: String) -> Bool {
    // A page without end is not searched to its end.
    let head = String(decoding: body.utf8.prefix(1 << 18), as: UTF8.self)
    return head.has("<code>DEBUG = True</code>") || (head.has("DJANGO_SETTINGS_MODULE") && head.has("Traceback"))
  }
}

extension AuditFinding {
  fileprivate static func version(_ header: String, _ value: String) -> AuditFinding {
    let fix =
      switch header {
      case "Server": RecipeLine.quiet
      case "X-AspNet-Version":
        RecipeLine.application("leave \(header) out (web.config: <httpRuntime enableVersionHeader=\"false\">)")
      case "X-Powered-By" where value.lowercased().has("php"):
        RecipeLine.application("leave \(header) out (php.ini: expose_php = Off)")
      default: RecipeLine.application("leave \(header) out")
      }
    return AuditFinding(
      .disclosure, .advice, header, "Says “\(value)”: whoever looks for holes of that version finds this server.",
      fix: fix)
  }
  fileprivate static let signature = AuditFinding(
    .disclosure, .advice, "error pages", "They name the server's version.",
    fix: RecipeLine.quiet)
  fileprivate static let debug = AuditFinding(
    .disclosure, .problem, "DEBUG = True",
    "Error pages show the code, the settings and every address of the site to anybody.",
    fix: "\(RecipeLine.noDebug) in the SecretsFile, which `harden template django-settings` reads")
  fileprivate static let foundEverything = AuditFinding(
    .disclosure, .advice, "pages that are not there", "They answer 200, so that nobody can tell them from others.",
    fix: RecipeLine.application("answer 404 (Django: raise Http404)"))
  fileprivate static let repository = AuditFinding(
    .disclosure, .problem, "/.git", "Anybody can fetch the whole repository, with all that was ever in it.",
    fix: "\(RecipeLine.site) serves /static/ and /media/ as files, and nothing else of the project")
  fileprivate static let environment = AuditFinding(
    .disclosure, .problem, "/.env", "Anybody can read the settings, secrets included. Change them all.",
    fix: "\(RecipeLine.secrets), outside of what is served")
  fileprivate static let status = AuditFinding(
    .disclosure, .problem, "/server-status", "Shows who is asking for what, to whoever asked this.",
    fix: "`Require local` in mods-available/status.conf, as Debian ships it, which still lets the server itself in; "
      + "Apache() leaves it so")
  fileprivate static let ownStatus = AuditFinding(
    .disclosure, .fine, "/server-status",
    "Shown to the server itself, as Debian means it (`Require local`). Ask from elsewhere whether others see it.")
  fileprivate static func listing(_ path: String) -> AuditFinding {
    AuditFinding(
      .disclosure, .problem, path, "Lists what is in the folder to anybody.",
      fix: "\(RecipeLine.site) has Options None there")
  }
  fileprivate static func plainLogin(_ address: WebAddress) -> AuditFinding {
    AuditFinding(
      .disclosure, .problem, "login over http", "\(address) asks for a password that anybody on the way can read.",
      fix: RecipeLine.redirect)
  }
}
