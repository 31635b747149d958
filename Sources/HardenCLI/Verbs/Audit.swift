import Auditing
import HostAccess
import HostState
import Reporting

extension Verb {
  static let audit = Verb(
    "audit", arguments: ["[URL]"], summary: "grade and findings of a site, as an outside scanner gives them",
    discussion: [
      "Asks a site as the MDN HTTP Observatory does, and grades what it answers by the same rules: what each finding "
        + "costs, why it matters, and what mends it. Needs no root, and no recipe; changes nothing. Also works for "
        + "http://127.0.0.1:8000 and in CI.",
      "A certificate of an authority of your own counts as in order with --ca. Without one that verifies, or without "
        + "https, HSTS costs 20 points and no bonus counts: 80 is the most, B+. Where http answers and leads to no https "
        + "that is in order, it costs 20 more: 60, C+. Names on the preload list lose neither.",
      "--responses grades answers from a file instead: {\"host\": \"example.org\", \"http\": VISIT, \"https\": VISIT, "
        + "\"options\": ANSWER}, or a list of these. A VISIT is {\"verified\": true, \"exchanges\": [ANSWER, …]}, the "
        + "redirects first and the page last, or null; an ANSWER is {\"url\": …, \"status\": 200, \"headers\": "
        + "[\"Name: value\", …], \"body\": …}. --record writes such a file.",
    ],
    flags: [
      .pages, .algorithm, .grade, .json, .gradeOnly, .authorities, .connectTo, .resolve, .trustAny, .resolver,
      .issuer, .preloadList, .html, .before, .responses, .record,
    ],
    examples: [
      "harden audit https://example.org --pages /,/admin/login/ --exit-code A",
      "harden audit localhost:8443 --ca ca.pem --json",
      "harden audit https://example.org --html after.html --before before.json",
    ]
  ) { invocation, tool throws(Failure) in
    try Audit.expectSensible(invocation)
    let observatory = Observatory(
      try Audit.algorithm(invocation), preloadList: try Audit.preloadList(invocation))
    let wanted = try Audit.wantedGrade(invocation)
    let before = try Audit.earlier(invocation)
    try Audit.expectWritable(invocation)
    let (audits, sites) = try Audit.run(invocation, observatory)
    if invocation.has(.json) {
      tool.console.print(plainASCII(audits.count == 1 ? try tool.json(audits[0]) : try tool.json(audits)))
    } else {
      tool.console.print(audits.map { Report.text(of: $0, style: tool.outputStyle) }.joined(separator: "\n"))
    }
    if let file = invocation.value(.html), let audit = audits.first {
      try diagnosed { () throws(Diagnostic) in
        try UserFiles.write(Report.page(of: audit, before: before), to: file, mode: 0o644, replacing: true)
      }
    }
    if let file = invocation.value(.record) {
      try diagnosed { () throws(Diagnostic) in
        try UserFiles.write(JSONText.of(sites), to: file, mode: 0o600, replacing: true)
      }
    }
    let worst = audits.map(\.worstGrade)
    if worst.contains(nil) { return .failed }
    guard let wanted else { return .done }
    return worst.contains { ($0 ?? .f) < wanted } ? .differs : .done
  }
}

extension Flag {
  static let pages = Flag("--pages", "PATHS", "look at these pages: /,/admin/login/")
  static let algorithm = Flag("--algorithm", "NUMBER", "the Observatory's rules: 6 (August 2026, the default) or 5")
  static let grade = Flag("--exit-code", "GRADE", "exit with 2 when a page's grade is below this one: A, B+")
  static let authorities = Flag("--ca", "FILE", "certificates of the authorities to trust, instead of the system's")
  static let connectTo = Flag(
    "--connect-to", "HOST:PORT:HOST:PORT", repeatable: true, "ask the second instead of the first, as curl does")
  static let resolve = Flag(
    "--resolve", "HOST:PORT:ADDRESS", repeatable: true, "the address of a name, as curl takes it")
  static let trustAny = Flag(
    "--trust-any-certificate", "grade as if certificates were in order; the result says so")
  static let gradeOnly = Flag("--grade-only", "the Observatory's tests, and nothing beyond")
  static let resolver = Flag("--resolver", "ADDRESS", "the DNS server to ask, as ADDRESS or ADDRESS#PORT")
  static let issuer = Flag(
    "--caa", "NAME", "how the certificate's authority calls itself in CAA records; the well-known ones are known")
  static let preloadList = Flag(
    "--preload-list", "FILE",
    "Chromium's transport_security_state_static.json; without it top levels and well-known sites are known")
  static let html = Flag("--html", "FILE", "write the result to FILE as one page that needs nothing else")
  static let before = Flag("--before", "FILE", "an earlier result, from --json, for the page to compare with")
  static let responses = Flag("--responses", "FILE", "grade recorded answers; nothing is asked")
  static let record = Flag("--record", "FILE", "write the answers to FILE, for --responses")
}
