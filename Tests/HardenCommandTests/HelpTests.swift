import Foundation
import HostState
import Testing

@testable import HardenCLI

/// What a page of help must say, from `Pages/`: written by `harden help VERB > Pages/VERB.txt` and read by a person.
private func page(_ name: String) throws -> String {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Pages")
  return try String(contentsOf: folder.appendingPathComponent("\(name).txt"), encoding: .utf8)
}

@Test("the list of verbs reads as it should")
func toolPage() throws {
  let wanted = try page("harden")
  #expect(Help.tool(Tool.verbs) == wanted)
}

@Test("each verb's help reads as it should", arguments: Tool.verbs.map(\.name))
func verbPage(_ name: String) throws {
  let verb = try #require(Tool.verbs.first { $0.name == name })
  let wanted = try page(name.split(separator: " ").joined(separator: "-"))
  #expect(Help.verb(verb) == wanted)
}

@Test("no line of help is longer than 100 columns, and no page is left over")
func width() throws {
  let pages = [Help.tool(Tool.verbs)] + Tool.verbs.map(Help.verb)
  let lines = pages.flatMap { $0.split(separator: "\n") }
  // Lines to copy are never broken.
  #expect(lines.allSatisfy { $0.count <= 100 || $0.hasPrefix("  harden ") })
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Pages").path
  #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == pages.count)
}

@Test("one change is asked about as one")
func question() {
  let change = Change("sshd", from: nil, to: "yes")
  #expect(Applying.question([change]) == "Make this change?")
  #expect(Applying.question([change, change]) == "Make these 2 changes?")
}

@Test("what there is to choose from is listed as a sentence")
func thereAre() {
  #expect(["vps"].asThereAre == "There is vps.")
  #expect(["a", "b"].asThereAre == "There are a and b.")
  #expect(["a", "b", "c"].asThereAre == "There are a, b and c.")
}
