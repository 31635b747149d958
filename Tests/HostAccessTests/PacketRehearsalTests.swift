import HostState
import Testing

@testable import HostAccess

private let begin = """
  trace id 1 inet harden_trace begin rule iifname "host0" tcp dport 22 meta nftrace set 1 (verdict continue)
  trace id 1 inet harden_trace begin policy accept
  trace id 1 ip filter INPUT packet: iif "host0" ip saddr 203.0.113.9 tcp dport 22
  trace id 1 ip filter INPUT rule counter packets 0 bytes 0 jump ufw-user-input (verdict jump ufw-user-input)

  """

@Test("a packet that a rule accepts, and that reaches the end, is let in by it")
func letIn() {
  let trace =
    begin + """
      trace id 1 ip filter ufw-user-input rule tcp dport 22 counter packets 0 bytes 0 accept (verdict accept)
      trace id 1 inet harden_trace end packet: iif "host0" ip saddr 203.0.113.9 tcp dport 22
      """
  #expect(PacketRehearsal.outcome(ofTrace: trace) == .letIn(by: "ip filter ufw-user-input: tcp dport 22 accept"))
}

@Test("a drop after an accept in another table is what counts")
func dropped() {
  let policy = PacketRehearsal.outcome(ofTrace: begin + "trace id 1 ip filter INPUT policy drop \n")
  #expect(policy == .dropped(by: "ip filter INPUT: policy drop"))
  let other = PacketRehearsal.outcome(
    ofTrace: begin + """
      trace id 1 ip filter ufw-user-input rule tcp dport 22 accept (verdict accept)
      trace id 1 inet f2b input rule ip saddr 203.0.113.9 drop (verdict drop)
      """)
  #expect(other == .dropped(by: "inet f2b input: ip saddr 203.0.113.9 drop"))
}

@Test("what could not be tried is said, and no trace is no verdict")
func impossible() {
  #expect(PacketRehearsal.outcome(ofTrace: "obstacle: no veth\n") == .impossible(why: "no veth"))
  #expect(PacketRehearsal.outcome(ofTrace: "") == .impossible(why: "the kernel traced nothing"))
  #expect(PacketRehearsal.outcome(ofTrace: begin) == .elsewhere)
}
