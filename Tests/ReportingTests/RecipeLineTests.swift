import Auditing
import Foundation
import RecipeDSL
import Testing

@Suite("Lines of a recipe that an audit names")
struct RecipeLineTests {
  /// Compiled, so that what an audit tells people to write is something that can be written.
  private var written: [any Resource] {
    let names = ["example.com"]
    return [
      Apache(headers: .strict),
      Apache(headers: .strict, coep: true),
      Apache(serverTokens: .prod, serverSignature: .off),
      Certificate(for: names).issued,
      Site(names: names, project: "/srv/django", wsgi: "mysite/wsgi.py", settings: "mysite.settings"),
      SecretsFile("/etc/django_config.json", group: "www-data") {
        Value("DEBUG", "False")
      },
      Firewall(incoming: .deny, outgoing: .allow, allow: [.ssh, .http, .https]),
    ]
  }

  @Test("each is compiled here", arguments: RecipeLine.all)
  func compiled(_ line: String) throws {
    #expect(!written.isEmpty)
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    for part in line.components(separatedBy: "…") {
      #expect(source.contains(part), "\(part)")
    }
  }
}
