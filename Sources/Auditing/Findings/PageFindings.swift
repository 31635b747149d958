/// What keeps visitors from a page, and an audit from all of it.
extension AuditMaterial {
  func pageFindings() -> [AuditFinding] {
    var found: [AuditFinding] = []
    let loops = pages.filter { [301, 302, 303, 307, 308].contains($0.status) }
    if !loops.isEmpty { found.append(.redirectsOn(places(loops))) }
    let endless = pages.filter(\.isCut)
    if !endless.isEmpty { found.append(.tooLong(endless[0].body.utf8.count >> 20, places(endless))) }
    return found
  }
}

extension AuditFinding {
  fileprivate static func redirectsOn(_ pages: [String]) -> AuditFinding {
    AuditFinding(
      .headers, .problem, "redirects without end",
      "After ten of them the answer is one more: browsers give up with an error. The Observatory grades the last one.",
      fix: "\(RecipeLine.site) redirects to https once; a proxy in front of it has to ask it over https",
      pages: pages)
  }
  fileprivate static func tooLong(_ megabytes: Int, _ pages: [String]) -> AuditFinding {
    AuditFinding(
      .headers, .advice, "a page without end",
      "Only its first \(megabytes) MB were looked at; most visitors will not wait for more.",
      fix: RecipeLine.application("a shorter page"), pages: pages)
  }
}
