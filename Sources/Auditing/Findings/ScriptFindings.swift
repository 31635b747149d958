/// Scripts and styles from elsewhere: whose they are, whether their content is pinned, what versions their names show.
extension AuditMaterial {
  func scriptFindings() -> [AuditFinding] {
    var found: [AuditFinding] = []
    let own = PublicSuffixes.registrableDomain(host)
    let resources = pages.map { (page: $0, resources: PageResources($0)) }
    var seen: Set<String> = []
    for (page, list) in resources {
      for resource in list.all where resource.kind == .script || resource.kind == .style {
        guard let address = resource.address, seen.insert(address.description).inserted else { continue }
        let isForeign = address.host != host && (own == nil || PublicSuffixes.registrableDomain(address.host) != own)
        if let (name, version) = Self.library(address) {
          found.append(
            .versioned(name, version, address, Self.floors[name].map { Self.isOlder(version, than: $0) } ?? false))
        }
        if page.address?.isSecure == true, !address.isSecure { found.append(.mixed(address)) }
        guard isForeign, (resource.integrity ?? "").isEmpty else { continue }
        let text = files[address.description].flatMap { $0.status == 200 && !$0.isCut ? $0.body : nil }
        found.append(.unpinned(resource.kind, address, text.flatMap(Self.integrity)))
      }
      if list.handlers + list.javascriptLinks > 0 {
        found.append(.handlers(list.handlers + list.javascriptLinks, Self.name(page)))
      }
    }
    return found
  }

  /// Nil for what is not text: its bytes were not kept.
  static func integrity(_ text: String) -> String? {
    guard !text.unicodeScalars.contains("\u{FFFD}"), !text.isEmpty else { return nil }
    return "sha384-" + base64(SHA384.digest(of: Array(text.utf8)))
  }

  /// A library's name and version, where the address shows them: `jquery-1.9.0.min.js`, `jquery@3.6/…`, `jquery/3.6.0/`.
  static func library(_ address: WebAddress) -> (String, String)? {
    for name in ["jquery", "bootstrap", "angular", "vue", "react", "lodash", "moment", "mc-validate"] {
      let path = address.path.lowercased()
      let parts = Array(path.utf8)
      let needle = Array(name.utf8)
      for start in parts.indices where parts[start...].starts(with: needle) {
        var place = start + needle.count
        if place < parts.count, parts[place...].starts(with: ".js/".utf8) { place += 3 }
        guard place < parts.count, "-@/.".utf8.contains(parts[place]) else { continue }
        let digits = parts[(place + 1)...].prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        var version = String(decoding: digits, as: UTF8.self)
        while version.hasSuffix(".") { version.removeLast() }
        if version.has(".") { return (name, version) }
      }
    }
    return nil
  }

  /// Below these, known holes are open (CVE-2020-11022, CVE-2019-8331, CVE-2021-23337, CVE-2022-31129); AngularJS, which is
  /// 1.x, is no longer mended at all.
  private static let floors = [
    "jquery": "3.5.0", "bootstrap": "3.4.1", "angular": "2", "lodash": "4.17.21", "moment": "2.29.4",
  ]

  static func isOlder(_ version: String, than floor: String) -> Bool {
    let (left, right) = (version.pieces(at: ".").map { Int($0) ?? 0 }, floor.pieces(at: ".").map { Int($0) ?? 0 })
    return left.lexicographicallyPrecedes(right)
  }
}

extension AuditFinding {
  fileprivate static func versioned(_ name: String, _ version: String, _ address: WebAddress, _ isOld: Bool)
    -> AuditFinding
  {
    AuditFinding(
      .scripts, isOld ? .problem : .fine, "\(name) \(version)",
      isOld ? "Known holes in it are mended in later versions: \(address)." : "\(address)",
      fix: isOld ? RecipeLine.application("a current version; a Mailchimp form works without its script") : nil)
  }
  fileprivate static func mixed(_ address: WebAddress) -> AuditFinding {
    AuditFinding(
      .scripts, .problem, "plain http", "Browsers refuse to load \(address) on a page that came over https.",
      fix: RecipeLine.application("https: in its address"))
  }
  fileprivate static func unpinned(
    _ kind: PageResources.Kind, _ address: WebAddress, _ integrity: String?
  ) -> AuditFinding {
    let copy = "a copy among the site's own static files, which \(RecipeLine.site) serves"
    let fix = integrity.map { "integrity=\"\($0)\" crossorigin=\"anonymous\"" }
    return AuditFinding(
      .scripts, kind == .script ? .problem : .advice,
      kind == .script ? "script from elsewhere" : "style from elsewhere",
      "\(address) can be changed by others at any time, and nothing notices.",
      fix: fix.map { "\($0), or \(copy)" } ?? "\(copy); it could not be fetched to pin it")
  }
  fileprivate static func handlers(_ count: Int, _ page: String) -> AuditFinding {
    AuditFinding(
      .scripts, .advice, "scripts in attributes",
      "onclick= and the like, javascript: links: \(count). A policy without 'unsafe-inline' stops them, and no hash helps.",
      fix: RecipeLine.application("addEventListener in a file of its own"), pages: [page])
  }
}
