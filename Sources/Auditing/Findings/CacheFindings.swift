/// Caching: personal pages stay with their visitor, files with a hash in their name stay for good.
extension AuditMaterial {
  func cacheFindings() -> [AuditFinding] {
    var found: [AuditFinding] = []
    let shared = pages.filter { page in
      let words = Self.cacheWords(page)
      return !page.values("set-cookie").isEmpty
        && (words.contains("public") || words.contains { $0.begins(with: "s-maxage") })
    }
    if !shared.isEmpty { found.append(.sharedCookies(places(shared))) }
    let silent = pages.filter { page in
      let words = Self.cacheWords(page)
      return !page.values("set-cookie").isEmpty
        && !words.contains {
          ["private", "no-store", "no-cache", "public"].contains($0) || $0.begins(with: "max-age=0")
        }
    }
    if !silent.isEmpty { found.append(.cookiesWithoutRule(places(silent))) }
    let never = pages.filter { Self.cacheWords($0).contains("no-store") && $0.values("set-cookie").isEmpty }
    if !never.isEmpty, never.count == pages.count, pages.count > 1 { found.append(.neverStored) }

    var (hashed, frozen): ([String], [String]) = ([], [])
    for (url, file) in files.sorted(by: { $0.key < $1.key }) where file.status == 200 {
      guard let address = WebAddress(url), address.host == host else { continue }
      let words = Self.cacheWords(file)
      let seconds = words.first { $0.begins(with: "max-age=") }.flatMap { Int($0.dropFirst(8)) } ?? 0
      if Self.hasHash(address.path) {
        if !words.contains("immutable") || seconds < 31_536_000 { hashed.append(address.path) }
      } else if words.contains("immutable") {
        frozen.append(address.path)
      }
    }
    if !hashed.isEmpty { found.append(.notForGood(hashed)) }
    if !frozen.isEmpty { found.append(.frozen(frozen)) }
    return found
  }

  static func cacheWords(_ exchange: Exchange) -> [String] {
    (exchange.joined("cache-control") ?? "").lowercased().pieces(at: ",").map(\.trimmed)
  }

  /// `base.55e7cbb9ba48.css`, as Django's ManifestStaticFilesStorage and bundlers name files.
  static func hasHash(_ path: String) -> Bool {
    let name = path.pieces(at: "/").last ?? ""
    return name.unicodeScalars.split(whereSeparator: { ".-_".unicodeScalars.contains($0) }).contains { part in
      part.count >= 8 && part.allSatisfy(\.isHexDigit) && part.contains(where: \.isDigit)
    }
  }
}

extension AuditFinding {
  private static let privacy = RecipeLine.application("Cache-Control: private (Django: @cache_control(private=True))")

  fileprivate static func sharedCookies(_ pages: [String]) -> AuditFinding {
    AuditFinding(
      .caching, .problem, "Cache-Control", "A cookie comes with a page that caches between may keep for others.",
      fix: privacy, pages: pages)
  }
  fileprivate static func cookiesWithoutRule(_ pages: [String]) -> AuditFinding {
    AuditFinding(
      .caching, .advice, "Cache-Control", "A page that sets a cookie does not say who may keep it.",
      fix: privacy, pages: pages)
  }
  fileprivate static let neverStored = AuditFinding(
    .caching, .advice, "Cache-Control",
    "Every page says no-store, so that going back loads it anew. It belongs on personal pages alone.",
    fix: RecipeLine.application("no-store with personal pages alone (Django: @never_cache)"))
  fileprivate static func notForGood(_ paths: [String]) -> AuditFinding {
    AuditFinding(
      .caching, .advice, "Cache-Control of files with a hash in their name",
      "Their content never changes, so that browsers need not ask again: \(paths.prefix(4).joined(separator: ", ")).",
      fix: "\(RecipeLine.site) says so of what is in /static/ by a name of ManifestStaticFilesStorage's")
  }
  fileprivate static func frozen(_ paths: [String]) -> AuditFinding {
    AuditFinding(
      .caching, .problem, "Cache-Control: immutable",
      "Said of files whose name stays when they change, so that visitors keep the old ones: "
        + "\(paths.prefix(4).joined(separator: ", ")).",
      fix: RecipeLine.application("names with a hash (Django: ManifestStaticFilesStorage), or a short max-age"))
  }
}
