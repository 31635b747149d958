/// The Content-Security-Policy test: policies from the header and from `meta` tags, judged as one.
struct PolicyJudgement {
  let result: TestResult
  /// What the policies come to; nil where the test ended before it looked at them.
  let policy: ParsedPolicies?

  private static let broad = [
    "ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*",
  ]
  private static let unsafe = ["'unsafe-inline'", "data:"]
  private static let proofs = ["'nonce-", "'sha256-", "'sha384-", "'sha512-"]

  init(page: Exchange, meta: [String], isSecure: Bool) {
    let header = page.joined("content-security-policy").map(Self.split) ?? []
    let fromMeta = meta.flatMap(Self.split)
    let evidence = page.values("content-security-policy") + meta.map { "meta: \($0)" }
    func ended(_ verdict: Verdict) -> TestResult { TestResult(.contentSecurityPolicy, verdict, evidence: evidence) }

    guard let combined = ParsedPolicies(header + fromMeta) else {
      (result, policy) = (ended(.cspInvalid), nil)
      return
    }
    var metaAlone = ParsedPolicies(fromMeta)
    metaAlone?.remove(["frame-ancestors", "report-uri", "sandbox"])
    if ParsedPolicies(header)?.directives.isEmpty ?? true, metaAlone?.directives.isEmpty ?? true {
      let reports = !(page.joined("content-security-policy-report-only") ?? "").isEmpty
      (result, policy) = (ended(reports ? .cspReportOnly : .cspMissing), nil)
      return
    }
    (result, policy) = (ended(Self.verdict(combined, isSecure: isSecure)), combined)
  }

  private static func split(_ value: String) -> [String] { value.pieces(at: ",").map(\.trimmed) }

  private static func verdict(_ policy: ParsedPolicies, isSecure: Bool) -> Verdict {
    let everything = PolicySources(["*"])
    let byDefault = policy["default-src"] ?? everything
    let script = policy["script-src"] ?? byDefault
    let style = policy["style-src"] ?? byDefault
    let object = policy["object-src"] ?? byDefault
    for sources in [script, style] where sources.hasOne(beginningWith: proofs) {
      sources.remove { $0 == "'unsafe-inline'" }
    }
    if script.texts.contains("'strict-dynamic'") {
      guard script.hasOne(beginningWith: proofs) else { return .cspInvalid }
      script.remove { text in
        ["ftp:", "http:", "https:", "*"].contains { text.begins(with: $0) } || text == "'self'"
          || text == "'unsafe-inline'"
      }
    }
    let insecure = ["http:", "ftp:"]
    let active =
      policy.directives.filter { !["img-src", "media-src", "script-src"].contains($0.key) }.map(\.value) + [script]
    let passive = [policy["img-src"] ?? policy["default-src"], policy["media-src"] ?? policy["default-src"]]
    if script.contains(anyOf: broad + unsafe) || object.contains(anyOf: broad) { return .cspUnsafeInline }
    if isSecure, active.contains(where: { $0.hasOne(beginningWith: insecure) }) { return .cspInsecureScheme }
    if script.texts.contains("'unsafe-eval'") || style.texts.contains("'unsafe-eval'") { return .cspUnsafeEval }
    var verdict: Verdict
    if isSecure, passive.contains(where: { $0?.hasOne(beginningWith: insecure) ?? false }) {
      verdict = .cspInsecurePassive
    } else if style.contains(anyOf: broad + unsafe) {
      verdict = .cspUnsafeInlineStyle
    } else {
      verdict = policy["default-src"]?.texts == ["'none'"] ? .cspDefaultNone : .cspNoUnsafe
    }
    if policy.hasDuplicates { verdict = .cspDuplicates }
    return verdict
  }
}

extension Verdict {
  static let cspDefaultNone = pass("csp-implemented-with-no-unsafe-default-src-none", 10)
  static let cspNoUnsafe = pass("csp-implemented-with-no-unsafe", 5)
  static let cspUnsafeInlineStyle = pass("csp-implemented-with-unsafe-inline-in-style-src-only")
  static let cspDuplicates = pass("csp-implemented-but-duplicate-directives")
  static let cspInsecurePassive = pass("csp-implemented-with-insecure-scheme-in-passive-content-only", -10)
  static let cspUnsafeEval = fail("csp-implemented-with-unsafe-eval", -10)
  static let cspUnsafeInline = fail("csp-implemented-with-unsafe-inline", -20)
  static let cspInsecureScheme = fail("csp-implemented-with-insecure-scheme", -20)
  static let cspInvalid = fail("csp-header-invalid", -25)
  static let cspMissing = fail("csp-not-implemented", -25)
  static let cspReportOnly = fail("csp-not-implemented-but-reporting-enabled", -25)
}
