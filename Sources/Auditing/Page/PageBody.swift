/// A page's body as the Observatory reads it: the policies that its `meta` tags set, and its start tags.
struct PageBody {
  /// The body is JSON: nothing can be scanned.
  let isUnreadable: Bool
  let scan: PageScan
  let metaPolicies: [String]
  let metaReferrer: String?

  init(_ page: Exchange) {
    var body = page.body
    if body.unicodeScalars.first == "\u{FEFF}" { body = String(body.unicodeScalars.dropFirst()) }
    switch JSONShape(body) {
    case .structure: (isUnreadable, scan) = (true, PageScan(""))
    case .string(let text): (isUnreadable, scan) = (false, PageScan(text))
    case nil: (isUnreadable, scan) = (false, PageScan(body))
    }
    var (policies, referrer): ([String], String?) = ([], nil)
    if page.isHTML {
      for tag in scan.tags where tag.name == "meta" {
        let content = tag.attribute("content")
        if let equivalent = tag.attribute("http-equiv"), let content {
          let isPolicy = equivalent.lowercased().trimmed == "content-security-policy"
          if isPolicy, !content.isEmpty { policies.append(content) }
        } else if tag.attribute("name")?.lowercased().trimmed == "referrer", let content, !content.isEmpty {
          referrer = content
        }
      }
    }
    (metaPolicies, metaReferrer) = (policies, referrer)
  }
}
