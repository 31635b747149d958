import HostTesting
import Testing

@testable import Resources

@Suite("Public keys")
struct PublicKeyTests {
  private static let key = SimulatedHost.keyLine(7, comment: "ana, the laptop")

  @Test("a comment may be anything but another key")
  func comment() throws {
    #expect(try PublicKey(line: Self.key).comment == "ana, the laptop")
    // Taken for a comment, the second person would be left without a key, and nobody would know.
    let error = diagnostic { try PublicKey(line: "\(Self.key), ben \(SimulatedHost.keyLine(8))") }
    #expect(error?.detail.contains("another key follows") == true)
  }
}
