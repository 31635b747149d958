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

  @Test("what stands in place of a plain key is said by its name")
  func others() {
    let options = diagnostic { try PublicKey(line: "from=\"10.0.0.0/8, 192.0.2.1\",no-pty \(Self.key)") }
    #expect(options?.detail.contains("options such as from=") == true)
    for type in ["ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com"] {
      #expect(diagnostic { try PublicKey(line: "\(type) AAAA me") }?.detail.contains("it is a certificate") == true)
    }
  }

  @Test("a quote within a key's options does not end them")
  func quotes() {
    let line = "command=\"echo \\\"a b\\\" c\",no-pty \(Self.key)"
    let entry = AuthorizedKeys(line + "\n").entries.first
    #expect(entry?.key?.comment == "ana, the laptop")
    #expect(entry?.options == "command=\"echo \\\"a b\\\" c\",no-pty" && entry?.opensShell == false)
  }
}
