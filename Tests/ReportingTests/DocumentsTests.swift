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

  @Test("README.md shows lines of the recipe as they are, left out ones as …") func recipe() throws {
    let parts = try Self.text("README.md").split(separator: "<!-- recipe:", omittingEmptySubsequences: false)
    try #require(parts.count == 3)
    let lines = parts[1].split(separator: "\n").map(String.init)
    let words = lines[0].split(separator: " ")
    try #require(words.count == 3 && words[0] == "begin")
    let recipe = Set(try Self.text(String(words[1])).split(separator: "\n").map(String.init))
    for line in lines.dropFirst() where !line.hasPrefix("```") && !line.hasSuffix("…") {
      let isThere = recipe.contains(line)
      #expect(isThere, "\(words[1]) has no line “\(line)”")
    }
  }

  @Test("links in the documents lead to something", arguments: ["README.md", "CONTRIBUTING.md"])
  func links(_ document: String) throws {
    for part in try Self.text(document).split(separator: "](").dropFirst() {
      let target = part.prefix { $0 != ")" && $0 != "#" }
      guard !target.isEmpty, !target.contains("://") else { continue }
      let path = Self.repository.appendingPathComponent(String(target)).path
      #expect(FileManager.default.fileExists(atPath: path), "\(document) links to \(target)")
    }
  }
}
