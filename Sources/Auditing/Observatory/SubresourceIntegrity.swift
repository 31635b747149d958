/// The test of scripts from elsewhere: whether they come over https, and whether their content is pinned.
extension Observatory {
  static func subresourceIntegrity(
    _ site: SiteResponses, _ page: Exchange, _ body: PageBody
  ) throws(Refusal) -> TestResult {
    // One that names no kind counts as none.
    if let kind = page.contentType, !kind.isEmpty, !kind.begins(with: ";"), !Exchange.isHTML(kind) {
      return TestResult(.subresourceIntegrity, .sriNotHTML)
    }
    guard !body.isUnreadable else { return TestResult(.subresourceIntegrity, .sriUnreadable) }
    let scripts = body.scan.tags.filter { $0.name == "script" }
    guard !scripts.isEmpty else { return TestResult(.subresourceIntegrity, .sriNoScripts) }
    let siteDomain = PublicSuffixes.registrableDomain(site.host)
    var worst: Verdict?
    var hasForeign = false
    var blamed: [(verdict: Verdict, source: String)] = []
    for script in scripts {
      guard let source = script.attribute("src"), !source.isEmpty else { continue }
      let script = try ExternalScript(
        source, hasIntegrity: !(script.attribute("integrity") ?? "").isEmpty, siteDomain: siteDomain,
        siteIsSecure: site.isSecure)
      if !script.isOwn {
        hasForeign = true
        guard let verdict = script.verdict else { continue }
        blamed.append((verdict, source))
        if Self.rank(verdict) > Self.rank(worst) { worst = verdict }
      } else if script.hasIntegrity, script.isSecure, worst == nil {
        worst = .sriAll
      }
    }
    let verdict = worst ?? (hasForeign ? .sriExternal : .sriOwnOrigin)
    return TestResult(
      .subresourceIntegrity, verdict, evidence: blamed.filter { $0.verdict == verdict }.map(\.source))
  }

  /// The original's order, in which what costs 5 is worse than what costs 20.
  private static func rank(_ verdict: Verdict?) -> Int {
    guard let verdict else { return -1 }
    let order: [Verdict] = [.sriAll, .sriExternal, .sriInsecure, .sriMissing, .sriMissingInsecure]
    return order.firstIndex(of: verdict) ?? -1
  }
}

/// A script's address as the Observatory classes it: by the text as it stands, without `base` and without trimming.
private struct ExternalScript {
  let isOwn: Bool
  let isSecure: Bool
  let hasIntegrity: Bool

  init(
    _ source: String, hasIntegrity: Bool, siteDomain: String?, siteIsSecure: Bool
  ) throws(Observatory.Refusal) {
    self.hasIntegrity = hasIntegrity
    if source.begins(with: "//"), source != "//", !source.begins(with: "///") {
      (isOwn, isSecure) = (false, false)
    } else if source.begins(with: "http://") || source.begins(with: "https://") {
      guard let address = WebAddress(source) else { throw .invalidScriptAddress(address: source) }
      // No registrable domain equals none: addresses and single labels are one site.
      isOwn = PublicSuffixes.registrableDomain(Self.writtenHost(source)) == siteDomain
      isSecure = address.isSecure
    } else {
      (isOwn, isSecure) = (true, siteIsSecure)
    }
  }

  /// The host of an absolute address as it is spelled, in lower case.
  private static func writtenHost(_ source: String) -> String {
    let text = source.unicodeScalars.filter { $0.value > 0x20 }.drop { $0 != ":" }.dropFirst()
    let authority = text.drop { "/\\".unicodeScalars.contains($0) }.prefix { !"/\\?#".unicodeScalars.contains($0) }
    let host = String(String.UnicodeScalarView(authority)).pieces(at: "@").last ?? ""
    return (host.begins(with: "[") ? host : host.parted(at: ":").0).lowercased()
  }

  /// What a foreign script is blamed for.
  var verdict: Verdict? {
    switch (hasIntegrity, isSecure) {
    case (true, true): nil
    case (true, false): .sriInsecure
    case (false, true): .sriMissing
    case (false, false): .sriMissingInsecure
    }
  }
}

extension Verdict {
  static let sriAll = pass("sri-implemented-and-all-scripts-loaded-securely", 5)
  static let sriExternal = pass("sri-implemented-and-external-scripts-loaded-securely", 5)
  static let sriNotHTML = pass("sri-not-implemented-response-not-html")
  static let sriNoScripts = pass("sri-not-implemented-but-no-scripts-loaded")
  static let sriOwnOrigin = pass("sri-not-implemented-but-all-scripts-loaded-from-secure-origin")
  static let sriMissing = fail("sri-not-implemented-but-external-scripts-loaded-securely", -5)
  static let sriInsecure = fail("sri-implemented-but-external-scripts-not-loaded-securely", -20)
  static let sriUnreadable = fail("html-not-parseable", -20)
  static let sriMissingInsecure = fail("sri-not-implemented-and-external-scripts-not-loaded-securely", -50)
}
