import Foundation
import Testing

@testable import Auditing

@Test("what is written down of a visit is graded as the visit was")
func record() throws {
  var site = site(["Set-Cookie: a=1", "X-Frame-Options: DENY"], body: "<script src=//cdn.org/a.js></script>")
  site.https?.isVerified = false
  site.https?.trouble = "expired"
  site.options = Exchange(url: "https://example.test/", status: 204, headers: [field("Access-Control-Allow-Origin: *")])
  let text = try JSONEncoder().encode(site)
  #expect(String(decoding: text, as: UTF8.self).has("\"verified\":false"))
  let read = try JSONDecoder().decode(SiteResponses.self, from: text)
  #expect(read.https?.isVerified == false && read.https?.trouble == "expired" && read.http?.isVerified == true)
  #expect(try Observatory().grade(read) == Observatory().grade(site))
}
