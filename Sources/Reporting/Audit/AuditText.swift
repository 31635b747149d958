import Auditing

extension Report {
  /// An audit: the grade of each page test by test, then what else was found, what is to be mended first.
  package static func text(of audit: Audit, style: Style) -> String {
    var blocks: [[String]] = []
    for page in audit.pages { blocks += self.blocks(of: page, audit, style: style) }
    blocks += AuditFinding.Topic.allCases.compactMap { findings(audit.findings, $0, style) }
    if audit.trustsAnyCertificate {
      blocks.append(
        paragraph(
          "Certificates were not looked at: this is the grade as it would be if they were in order.", width: style.width
        ))
    }
    return joined(blocks)
  }

  private static func blocks(of page: PageAudit, _ audit: Audit, style: Style) -> [[String]] {
    let name = printable(pageName(page, audit))
    guard let card = page.scorecard else {
      var lines = [style.paint("\(name)   no grade", .bold)]
      lines += paragraph(refusal(page), indent: 2, width: style.width)
      return [lines]
    }
    let colour: Paint = card.grade >= .aMinus ? .green : card.grade >= .c ? .yellow : .red
    var head = [
      style.paint(name, .bold) + "   " + style.paint(card.grade.rawValue, colour)
        + "   \(card.score) of \(card.algorithm.highestScore), MDN HTTP Observatory algorithm \(card.algorithm.rawValue)"
    ]
    for (scheme, reason) in page.failures.sorted(by: { $0.key < $1.key }) {
      head += paragraph(printable("\(scheme): \(sentence(reason))"), indent: 2, width: style.width)
    }
    if page.isCut == true { head += paragraph(tooLong, indent: 2, width: style.width) }
    return [head, table(card, style: style), sum(card, style: style)] + costs(card, style: style)
  }

  static func pageName(_ page: PageAudit, _ audit: Audit) -> String {
    audit.pages.count == 1 ? audit.target : page.path
  }

  static var tooLong: String { "The page is too long: only its beginning was read and graded." }

  /// Why there is no grade, in a sentence.
  static func refusal(_ page: PageAudit) -> String {
    switch page.refusal {
    case .siteDown, nil:
      let reasons = page.failures.sorted { $0.key < $1.key }.map { printable("\($0.key): \($0.value)") }
      return (["No answer came that could be graded."] + reasons.map(sentence)).joined(separator: " ")
    case .unexpectedStatus(let status):
      return "The page answers \(status). The Observatory grades answers from 200 to 399, and 401 and 403."
    case .invalidScriptAddress(let address):
      return "A script's address is no URL, which ends the Observatory's scan: “\(printable(shortened(address)))”."
    }
  }

  private static func table(_ card: Scorecard, style: Style) -> [String] {
    let width = card.tests.map { columns($0.test.title) }.max() ?? 0
    return card.tests.flatMap { test -> [String] in
      let number = signed(test.modifier)
      let isLost = test.modifier > 0 && !card.bonusesCount
      let paint: Paint? = test.modifier < 0 ? .red : isLost ? .dim : test.modifier > 0 ? .green : nil
      let left = "  " + style.paint(spaces(4 - columns(number)) + number, paint) + "  "
      let lines = wrapped(printable(test.meaning), to: max(20, style.width - width - 11))
      let first = left + padded(test.test.title, to: width) + "   " + (lines.first ?? "")
      return [first] + lines.dropFirst().map { spaces(width + 11) + $0 }
    }
  }

  static func signed(_ number: Int) -> String { number > 0 ? "+\(number)" : "\(number)" }

  private static func sum(_ card: Scorecard, style: Style) -> [String] {
    let bonus = card.tests.map(\.modifier).filter { $0 > 0 }.reduce(0, +)
    let cost = card.tests.map(\.modifier).filter { $0 < 0 }.reduce(0, +)
    var words = "100"
    if cost < 0 { words += " - \(-cost)" }
    if card.bonusesCount {
      if bonus > 0 { words += " + \(bonus)" }
      return words == "100" ? [] : ["  \(words) = \(card.score)"]
    }
    words += " = \(card.scoreWithoutBonuses)\(card.scoreWithoutBonuses < 0 ? ", counted as 0" : "")."
    if bonus > 0 { words += " The bonuses of \(bonus) count from 90 on." }
    return paragraph(words, indent: 2, width: style.width)
  }

  /// What each test takes away, why that matters, and what mends it.
  private static func costs(_ card: Scorecard, style: Style) -> [[String]] {
    card.tests.filter { $0.modifier < 0 }.sorted { $0.modifier < $1.modifier }.map { test in
      var lines = [
        "  " + style.paint("\(signed(test.modifier))", .red) + " "
          + style.paint("\(test.test.title): \(printable(test.meaning))", .bold)
      ]
      for value in test.evidence.prefix(6) {
        lines += paragraph("seen: " + printable(shortened(value)), indent: 6, hanging: 2, width: style.width)
      }
      if test.evidence.count > 6 { lines.append("      … and \(test.evidence.count - 6) more") }
      if let why = test.why { lines += paragraph(printable(why), indent: 6, width: style.width) }
      if let fix = test.fix { lines += paragraph("mend: " + printable(fix), indent: 6, hanging: 2, width: style.width) }
      return lines
    }
  }

  /// A server can send headers of any length. Counted by scalars: any number of marks can stand on one character.
  static func shortened(_ value: String, scalars limit: Int = 300) -> String {
    let scalars = value.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
      end < scalars.endIndex
    else { return value }
    return String(scalars[..<end]) + "…"
  }

  /// A page can name addresses of any length, which a terminal's lines are broken for.
  static var longestDetail: Int { 2000 }

  private static func findings(_ all: [AuditFinding], _ topic: AuditFinding.Topic, _ style: Style) -> [String]? {
    let findings = all.filter { $0.topic == topic }
    guard !findings.isEmpty else { return nil }
    var lines = [style.paint(topic.title, .bold)]
    for finding in findings {
      let (sign, colour): (String, Paint?) =
        switch finding.weight {
        case .problem: ("!", .red)
        case .advice: ("-", .yellow)
        case .fine: ("·", nil)
        }
      let text = printable("\(shortened(finding.subject)): \(shortened(finding.detail, scalars: longestDetail))")
      var block = paragraph(text, indent: 4, width: style.width)
      block[0] = "  " + style.paint(sign, colour) + String(block[0].dropFirst(3))
      lines += block
      if !finding.pages.isEmpty {
        lines += paragraph("on " + printable(listed(finding.pages)), indent: 6, hanging: 2, width: style.width)
      }
      let fix = (finding.fix ?? "").split(separator: "\n").map { printable(String($0)) }
      if fix.count == 1 {
        lines += paragraph("mend: " + fix[0], indent: 6, hanging: 2, width: style.width)
      } else if !fix.isEmpty {
        // Lines to copy are not broken.
        lines += ["      mend:"] + fix.map { "        " + $0 }
      }
    }
    return lines
  }
}

extension ObservatoryTest {
  /// As headers spell themselves.
  package var title: String {
    switch self {
    case .contentSecurityPolicy: "Content-Security-Policy"
    case .cookies: "Cookies"
    case .crossOriginResourceSharing: "Cross-Origin Resource Sharing"
    case .redirection: "Redirection"
    case .referrerPolicy: "Referrer-Policy"
    case .strictTransportSecurity: "Strict-Transport-Security"
    case .subresourceIntegrity: "Subresource Integrity"
    case .xContentTypeOptions: "X-Content-Type-Options"
    case .xFrameOptions: "X-Frame-Options"
    case .crossOriginResourcePolicy: "Cross-Origin-Resource-Policy"
    case .crossOriginEmbedderPolicy: "Cross-Origin-Embedder-Policy"
    case .crossOriginOpenerPolicy: "Cross-Origin-Opener-Policy"
    }
  }
}

extension AuditFinding.Topic {
  package var title: String {
    switch self {
    case .headers: "Headers"
    case .caching: "Caching"
    case .scripts: "Scripts and what pages load"
    case .disclosure: "What the server gives away"
    case .tls: "TLS"
    case .dns: "DNS"
    }
  }
}
