import Auditing

/// An audit as one HTML page that needs nothing else: no script, nothing loaded, readable in light and dark and on paper.
extension Report {
  /// - Parameter before: an earlier audit of the same site, to be compared with.
  package static func page(of audit: Audit, before: Audit? = nil) -> String {
    let title = "\(audit.target), \(audit.worstGrade?.rawValue ?? "no grade")"
    var body = "<header><h1>\(escaped(audit.target))</h1>\n" + hero(audit, before) + "</header>\n<main>\n"
    for (index, page) in audit.pages.enumerated() {
      let earlier = before?.pages.first { $0.path == page.path } ?? (index == 0 ? before?.pages.first : nil)
      body += section(page, earlier, isOnly: audit.pages.count == 1)
    }
    body += findings(audit.findings, before: before?.findings)
    body += "</main>\n<footer>" + footer(audit, before) + "</footer>\n"
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(escaped(title))</title>
      <style>
      \(auditStyleSheet)
      </style>
      </head>
      <body>
      \(body)</body>
      </html>

      """
  }

  /// The grades, large.
  private static func hero(_ audit: Audit, _ before: Audit?) -> String {
    guard let card = audit.pages.first?.scorecard else { return "" }
    var html = "<p class=\"hero\">"
    if let old = before?.pages.first?.scorecard {
      html += badge(old, isOld: true) + "<span class=\"arrow\" aria-label=\"became\">→</span>"
    } else if before != nil {
      html += "<span class=\"badge old\">none</span><span class=\"arrow\" aria-label=\"became\">→</span>"
    }
    html += badge(card, isOld: false)
    html += "<span class=\"score\"><strong>\(card.score)</strong> of \(card.algorithm.highestScore)<br>"
    return html + "MDN HTTP Observatory, algorithm \(card.algorithm.rawValue)</span></p>\n"
  }

  private static func badge(_ card: Scorecard, isOld: Bool) -> String {
    let kind = card.grade >= .aMinus ? "good" : card.grade >= .c ? "fair" : "poor"
    return "<span class=\"badge \(kind)\(isOld ? " old" : "")\">\(card.grade.rawValue)</span>"
  }

  private static func section(_ page: PageAudit, _ before: PageAudit?, isOnly: Bool) -> String {
    var html = "<section>\n"
    if !isOnly {
      html += "<h2>\(escaped(page.path))\(page.scorecard.map { ": \($0.grade.rawValue), \($0.score)" } ?? "")</h2>\n"
    }
    for (scheme, reason) in page.failures.sorted(by: { $0.key < $1.key }) {
      html += "<p class=\"note\">\(escaped("\(scheme): \(sentence(reason))"))</p>\n"
    }
    if page.isCut == true { html += "<p class=\"note\">\(tooLong)</p>\n" }
    guard let card = page.scorecard else { return html + "<p>No grade. \(escaped(refusal(page)))</p>\n</section>\n" }
    let old = before?.scorecard
    html += "<table>\n<thead><tr><th scope=\"col\">Test</th>"
    if old != nil { html += "<th scope=\"col\">Before</th>" }
    html +=
      "<th scope=\"col\">\(old == nil ? "Points" : "Now")</th><th scope=\"col\">What was found</th></tr></thead>\n<tbody>\n"
    for test in card.tests {
      html += "<tr><th scope=\"row\">\(escaped(test.test.title))</th>"
      if let old { html += "<td class=\"number\">\(old.result(test.test).map { points($0.modifier) } ?? "")</td>" }
      html += "<td class=\"number\">\(points(test.modifier))</td><td>\(escaped(test.meaning))"
      if test.modifier < 0 {
        for value in test.evidence.prefix(6) { html += "<br><code>\(escaped(shortened(value)))</code>" }
        if let why = test.why { html += "<p>\(escaped(why))</p>" }
        if let fix = test.fix { html += "<p class=\"fix\">\(escaped(fix))</p>" }
      }
      html += "</td></tr>\n"
    }
    html += "</tbody>\n</table>\n"
    if !card.bonusesCount { html += "<p class=\"note\">Bonuses count from 90 points on.</p>\n" }
    return html + "</section>\n"
  }

  private static func points(_ number: Int) -> String {
    let kind = number > 0 ? "good" : number < 0 ? "poor" : ""
    // A minus sign that is as wide as a plus.
    let text = number < 0 ? "\u{2212}\(-number)" : signed(number)
    return "<span class=\"\(kind)\">\(text)</span>"
  }

  private static func findings(_ all: [AuditFinding], before: [AuditFinding]?) -> String {
    var html = ""
    for topic in AuditFinding.Topic.allCases {
      let here = all.filter { $0.topic == topic }
      let still = Set(here.filter { $0.weight != .fine }.map(\.subject))
      let gone = (before ?? []).filter { $0.topic == topic && $0.weight != .fine && !still.contains($0.subject) }
      if here.isEmpty && gone.isEmpty { continue }
      html += "<section>\n<h2>\(escaped(topic.title))</h2>\n<ul>\n"
      for finding in here {
        let word =
          switch finding.weight {
          case .problem: "problem"
          case .advice: "advice"
          case .fine: "fine"
          }
        let subject = escaped(shortened(finding.subject))
        html += "<li class=\"\(word)\"><span class=\"tag\">\(word)</span> <strong>\(subject)</strong> "
        html += escaped(shortened(finding.detail, scalars: longestDetail))
        if !finding.pages.isEmpty { html += " <em>on \(escaped(listed(finding.pages)))</em>" }
        if let fix = finding.fix {
          html +=
            "<pre class=\"fix\">\(fix.split(separator: "\n").map { escaped(String($0)) }.joined(separator: "\n"))</pre>"
        }
        html += "</li>\n"
      }
      for finding in gone {
        html += "<li class=\"mended\"><span class=\"tag\">mended</span> <s>\(escaped(finding.subject))</s></li>\n"
      }
      html += "</ul>\n</section>\n"
    }
    return html
  }

  private static func footer(_ audit: Audit, _ before: Audit?) -> String {
    var words: [String] = []
    if audit.trustsAnyCertificate { words.append("Certificates were not looked at.") }
    if let time = before?.time { words.append("Before: \(time).") }
    if let time = audit.time { words.append("Seen \(time).") }
    return escaped((words + ["harden \(audit.version)"]).joined(separator: " "))
  }

  /// Safe in text and in attributes, and with nothing in it that hides or turns text around.
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    // For Swift a mark and a `<` can be one character, for a browser they are not.
    for scalar in printable(text).unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}

private let auditStyleSheet = """
  :root { color-scheme: light dark; --good: #176639; --fair: #7a5200; --poor: #a81c1c; --line: #8884; }
  @media (prefers-color-scheme: dark) { :root { --good: #6cd494; --fair: #f0c35e; --poor: #ff8e86; } }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.4rem; overflow-wrap: anywhere; margin: 0 0 1rem; }
  h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
  .hero { display: flex; flex-wrap: wrap; align-items: center; gap: 1rem; margin: 0 0 1.5rem; }
  .badge { font-size: 3.5rem; font-weight: 700; line-height: 1; padding: 1rem 1.4rem; border: 4px solid; border-radius: 1rem; }
  .badge.old { font-size: 2rem; border-width: 2px; opacity: .75; }
  .arrow { font-size: 2rem; }
  .score strong { font-size: 1.6rem; }
  .good { color: var(--good); } .fair { color: var(--fair); } .poor { color: var(--poor); }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--line); }
  td { overflow-wrap: anywhere; } td p { margin: .3rem 0; }
  tbody th { font-weight: 600; }
  @media (min-width: 45rem) { tbody th { white-space: nowrap; padding-right: 1.5rem; } }
  .number { font-variant-numeric: tabular-nums; font-weight: 700; white-space: nowrap; }
  code, .fix { font-family: ui-monospace, monospace; font-size: .875em; overflow-wrap: anywhere; }
  pre { white-space: pre-wrap; }
  .fix { border-left: 3px solid var(--good); padding-left: .6rem; margin: .3rem 0; }
  .note, footer { opacity: .8; }
  ul { list-style: none; padding: 0; } li { padding: .4rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
  .tag { display: inline-block; min-width: 4.5rem; font-size: .8rem; font-weight: 700; }
  .problem .tag { color: var(--poor); } .advice .tag { color: var(--fair); }
  .fine .tag, .mended .tag { color: var(--good); }
  footer { margin-top: 2rem; font-size: .875rem; }
  """
