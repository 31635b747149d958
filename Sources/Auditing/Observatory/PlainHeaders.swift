/// The tests that look at one header each.
extension Observatory {
  static func referrerPolicy(_ page: Exchange, meta: String?) -> TestResult {
    let header = page.joined("referrer-policy")
    let values = [header, meta].compactMap { $0 }
    guard !values.isEmpty else { return TestResult(.referrerPolicy, .referrerMissing) }
    let isPrivate = [
      "no-referrer": true, "same-origin": true, "strict-origin": true, "strict-origin-when-cross-origin": true,
      "origin": false, "origin-when-cross-origin": false, "unsafe-url": false, "no-referrer-when-downgrade": false,
    ]
    // The last one that a browser knows.
    let known = values.joined(separator: ", ").pieces(at: ",").compactMap { isPrivate[$0.trimmed.lowercased()] }
    guard let last = known.last else { return TestResult(.referrerPolicy, .referrerInvalid, evidence: values) }
    return TestResult(.referrerPolicy, last ? .referrerPrivate : .referrerUnsafe, evidence: values)
  }

  static func contentTypeOptions(_ page: Exchange) -> TestResult {
    guard let value = present(page, "x-content-type-options") else {
      return TestResult(.xContentTypeOptions, .noSniffMissing)
    }
    let isRight = value.cut(to: 256).trimmed.lowercased() == "nosniff"
    return TestResult(.xContentTypeOptions, isRight ? .noSniff : .noSniffInvalid, evidence: [value])
  }

  static func frameOptions(_ page: Exchange, policy: ParsedPolicies?) -> TestResult {
    if let ancestors = policy?["frame-ancestors"] {
      return TestResult(
        .xFrameOptions, .framesByPolicy,
        evidence: ["frame-ancestors " + ancestors.texts.joined(separator: " ")])
    }
    guard let value = present(page, "x-frame-options") else { return TestResult(.xFrameOptions, .framesMissing) }
    let word = value.cut(to: 1024).trimmed.lowercased()
    var verdict: Verdict = .framesInvalid
    if word == "deny" || word == "sameorigin" { verdict = .framesDenied }
    if word.begins(with: "allow-from") { verdict = .framesAllowFrom }
    return TestResult(.xFrameOptions, verdict, evidence: [value])
  }

  /// The answer to `OPTIONS`. An origin that is reflected with credentials is never noticed by the original.
  static func resourceSharing(_ options: Exchange?) -> TestResult {
    guard let options, (200..<300).contains(options.status),
      let value = present(options, "access-control-allow-origin")
    else { return TestResult(.crossOriginResourceSharing, .corsMissing) }
    let isPublic = value.cut(to: 256).trimmed == "*"
    return TestResult(.crossOriginResourceSharing, isPublic ? .corsPublic : .corsRestricted, evidence: [value])
  }

  static func resourcePolicy(_ page: Exchange) -> TestResult {
    guard let value = present(page, "cross-origin-resource-policy") else {
      return TestResult(.crossOriginResourcePolicy, .corpMissing)
    }
    let verdict: Verdict =
      switch value.cut(to: 256).trimmed.lowercased() {
      // White space beyond blanks and tabs, which only then is dropped.
      case "": .corpMissing
      case "same-origin": .corpSameOrigin
      case "same-site": .corpSameSite
      case "cross-origin": .corpCrossOrigin
      default: .corpInvalid
      }
    return TestResult(.crossOriginResourcePolicy, verdict, evidence: [value])
  }

  static func embedderPolicy(_ page: Exchange) -> TestResult {
    guard let value = present(page, "cross-origin-embedder-policy") else {
      return TestResult(.crossOriginEmbedderPolicy, .coepMissing)
    }
    let verdict: Verdict =
      switch StructuredItem(value.cut(to: 1024).trimmed)?.token {
      case "require-corp": .coepRequireCORP
      case "credentialless": .coepCredentialless
      case "unsafe-none": .coepNone
      default: .coepInvalid
      }
    return TestResult(.crossOriginEmbedderPolicy, verdict, evidence: [value])
  }

  static func openerPolicy(_ page: Exchange) -> TestResult {
    guard let value = present(page, "cross-origin-opener-policy") else {
      return TestResult(.crossOriginOpenerPolicy, .coopMissing)
    }
    let verdict: Verdict =
      switch StructuredItem(value.cut(to: 1024).trimmed)?.token {
      case "same-origin": .coopSameOrigin
      case "same-origin-allow-popups": .coopAllowPopups
      case "noopener-allow-popups": .coopNoOpener
      case "unsafe-none": .coopNone
      default: .coopInvalid
      }
    return TestResult(.crossOriginOpenerPolicy, verdict, evidence: [value])
  }

  /// An empty header counts as none.
  private static func present(_ exchange: Exchange, _ name: String) -> String? {
    exchange.joined(name).flatMap { $0.isEmpty ? nil : $0 }
  }
}

extension Verdict {
  static let referrerPrivate = pass("referrer-policy-private", 5)
  static let referrerMissing = pass("referrer-policy-not-implemented")
  static let referrerUnsafe = fail("referrer-policy-unsafe", -5)
  static let referrerInvalid = fail("referrer-policy-header-invalid", -5)

  static let noSniff = pass("x-content-type-options-nosniff")
  static let noSniffMissing = fail("x-content-type-options-not-implemented", -5)
  static let noSniffInvalid = fail("x-content-type-options-header-invalid", -5)

  static let framesByPolicy = pass("x-frame-options-implemented-via-csp", 5)
  static let framesDenied = pass("x-frame-options-sameorigin-or-deny", 5)
  static let framesAllowFrom = pass("x-frame-options-allow-from-origin")
  static let framesMissing = fail("x-frame-options-not-implemented", -20)
  static let framesInvalid = fail("x-frame-options-header-invalid", -20)

  static let corsMissing = pass("cross-origin-resource-sharing-not-implemented")
  static let corsPublic = pass("cross-origin-resource-sharing-implemented-with-public-access")
  static let corsRestricted = pass("cross-origin-resource-sharing-implemented-with-restricted-access")

  static let corpSameOrigin = pass("corp-implemented-with-same-origin", 10)
  static let corpSameSite = pass("corp-implemented-with-same-site", 10)
  static let corpCrossOrigin = pass("corp-implemented-with-cross-origin")
  static let corpMissing = pass("corp-not-implemented")
  static let corpInvalid = fail("corp-header-invalid", -5)

  static let coepRequireCORP = pass("coep-implemented-with-require-corp", 10)
  static let coepCredentialless = pass("coep-implemented-with-credentialless", 10)
  static let coepNone = pass("coep-implemented-with-unsafe-none")
  static let coepMissing = pass("coep-not-implemented")
  static let coepInvalid = fail("coep-header-invalid", -5)

  static let coopSameOrigin = pass("coop-implemented-with-same-origin", 10)
  static let coopAllowPopups = pass("coop-implemented-with-same-origin-allow-popups", 10)
  static let coopNoOpener = pass("coop-implemented-with-noopener-allow-popups", 10)
  static let coopNone = pass("coop-implemented-with-unsafe-none")
  static let coopMissing = pass("coop-not-implemented")
  static let coopInvalid = fail("coop-header-invalid", -5)
}
