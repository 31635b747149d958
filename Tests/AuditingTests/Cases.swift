import Testing

@testable import Auditing

/// A site over https that answers with these headers, and redirects from http.
func site(
  _ headers: [String] = [], body: String = "<!doctype html>", host: String = "example.test",
  kind: String? = "text/html; charset=utf-8"
) -> SiteResponses {
  let page = Exchange(
    url: "https://\(host)/", status: 200,
    headers: (kind.map { ["Content-Type: \($0)"] } ?? []).map(field) + headers.map(field),
    body: body)
  let redirect = Exchange(
    url: "http://\(host)/", status: 301, headers: [HeaderField("Location", "https://\(host)/")])
  return SiteResponses(host: host, http: Visit(exchanges: [redirect, page]), https: Visit(exchanges: [page]))
}

func field(_ line: String) -> HeaderField {
  let (name, value) = line.parted(at: ":")
  return HeaderField(name, value ?? "")
}

/// One test's verdict for a site.
func verdict(_ test: ObservatoryTest, _ site: SiteResponses) throws -> String {
  let card = try Observatory().grade(site)
  return try #require(card.result(test)).result
}

func policyVerdict(_ headers: [String], body: String = "", secure: Bool = true) throws -> String {
  var site = site(headers.map { "Content-Security-Policy: \($0)" }, body: body)
  if !secure { (site.http, site.https) = (site.https, nil) }
  return try verdict(.contentSecurityPolicy, site)
}
