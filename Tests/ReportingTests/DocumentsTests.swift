import Foundation
import Testing

@Suite("What the documents quote is what is compiled") struct DocumentsTests {
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
  }

  @Test(
    "CONTRIBUTING.md shows the example package as it is",
    arguments: [
      "Package.swift", "Sources/my-server/main.swift", "Sources/my-server/GitServer.swift",
      "Sources/my-server/StoppedService.swift",
    ])
  func example(_ file: String) throws {
    let quoted = "```swift\n" + (try Self.text("Tests/Fixtures/outside-recipe/\(file)")) + "```\n"
    #expect(try Self.text("CONTRIBUTING.md").contains(quoted))
  }

  @Test("links in the documents lead to something", arguments: ["CONTRIBUTING.md"])
  func links(_ document: String) throws {
    for part in try Self.text(document).split(separator: "](").dropFirst() {
      let target = part.prefix { $0 != ")" && $0 != "#" }
      guard !target.isEmpty, !target.contains("://") else { continue }
      let path = Self.repository.appendingPathComponent(String(target)).path
      #expect(FileManager.default.fileExists(atPath: path), "\(document) links to \(target)")
    }
  }
}
