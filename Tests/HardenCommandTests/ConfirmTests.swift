import HostState
import Testing

@testable import HardenCLI

@Test(
  "lengths of time as people type them",
  arguments: [
    ("90s", 90), ("5m", 300), ("1h", 3600), ("1h30m", 5400), ("2m5s", 125), ("5", nil), ("", nil), ("m", nil),
    ("5 m", nil), ("-5m", nil), ("0s", nil), ("5d", nil), ("1234567s", nil),
  ])
func timeSpan(_ text: String, _ seconds: Int?) {
  #expect(TimeSpan.seconds(text) == seconds)
}

@Test("and as they read them")
func timeSpanWords() {
  #expect(
    [1, 45, 60, 300, 260, 3600, 5400].map(TimeSpan.words) == [
      "1 second", "45 seconds", "1 minute", "5 minutes", "4 min 20 s", "1 hour", "90 minutes",
    ])
}

@Test("five minutes unless said otherwise, none with --no-confirm, never both")
func confirmWithin() throws {
  func parsed(_ words: String...) throws -> Int? { try Invocation(.apply, words).confirmWithin() }
  #expect(try parsed() == 300)
  #expect(try parsed("--confirm-within", "90s") == 90)
  #expect(try parsed("--no-confirm") == nil)
  for words in [["--confirm-within=5m", "--no-confirm"], ["--confirm-within", "1s"], ["--confirm-within", "2"]] {
    do throws(Failure) {
      _ = try Invocation(.apply, words).confirmWithin()
      Issue.record("\(words) was taken")
    } catch {
      #expect(error.code == .misused)
    }
  }
}

@Test("the line to copy names account, address and port, and asks for a terminal where sudo needs one")
func confirmCommand() {
  func text(_ port: UInt16, _ needsTerminal: Bool, _ program: String) -> String {
    ConfirmCommand.text(
      administrator: "deploy", address: "192.0.2.7", port: port, needsTerminal: needsTerminal, program: program)
  }
  #expect(text(22, false, "harden") == "ssh deploy@192.0.2.7 sudo harden confirm")
  #expect(
    text(2222, true, "/var/lib/harden/window/harden")
      == "ssh -t -p 2222 deploy@192.0.2.7 sudo /var/lib/harden/window/harden confirm")
}

@Test("the address is the one that the operator came to, unless it is good on their own link alone")
func confirmAddress() {
  func visitor(_ local: String?, from address: String = "198.51.100.23") -> Operator {
    Operator(user: "root", isRoot: true, address: address, localAddress: local, localPort: 22)
  }
  #expect(ConfirmCommand.address(visitor("192.0.2.7"), own: ["192.0.2.1"]) == "192.0.2.7")
  let near = visitor("fe80::2%host0", from: "fe80::1")
  #expect(ConfirmCommand.address(near, own: ["192.0.2.1", "2001:db8::2"]) == "192.0.2.1")
  #expect(ConfirmCommand.address(near, own: []) == "THE-ADDRESS-YOU-CAME-TO")
  #expect(ConfirmCommand.address(nil, own: []) == "HOST")
}

@Test("the port is the one that the operator came by, while sshd still listens there")
func confirmPort() {
  func sshd(_ port: UInt16) -> Listener { Listener(transport: "tcp", address: "*", port: port, process: "sshd") }
  let visitor = Operator(user: "root", isRoot: true, address: "198.51.100.23", localAddress: "192.0.2.7", localPort: 22)
  #expect(ConfirmCommand.port(visitor, [sshd(22), sshd(2222)]) == 22)
  #expect(ConfirmCommand.port(visitor, [sshd(2222)]) == 2222)
  #expect(ConfirmCommand.port(nil, [sshd(2222), sshd(22)]) == 22)
  #expect(ConfirmCommand.port(visitor, []) == 22)
  var behind = visitor
  behind.relay = Operator.Relay(process: "sslh", ports: [443])
  #expect(ConfirmCommand.port(behind, [sshd(22)]) == 443)
  let socket = Listener(transport: "tcp", address: "*", port: 2200, process: "systemd")
  #expect(ConfirmCommand.port(visitor, [socket]) == 2200)
}
