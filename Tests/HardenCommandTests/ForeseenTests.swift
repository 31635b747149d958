import Foundation
import HostState
import Testing

@testable import HardenCLI

@Suite("The questions that a run remembers")
struct ForeseenTests {
  @Test("fewer questions than the file has are known, a further one is not")
  func known() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "harden-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "questions.json").path
    #expect(!Foreseen([.accounts]).isKnown(in: file))
    try Foreseen([.accounts, .packetFilter]).write(to: file)
    #expect(Foreseen([.accounts, .packetFilter]).isKnown(in: file))
    #expect(Foreseen([.accounts]).isKnown(in: file))
    #expect(!Foreseen([.accounts, .listeners]).isKnown(in: file))
  }
}
