import HostTesting
import Testing

@testable import Resources

@Suite("The sshd that a socket unit starts")
struct SSHDSocketStartTests {
  private func start(_ socket: String, units: [Question: String] = [:], defaults: String? = nil, _ title: String? = nil)
    -> SSHDSocketStart
  {
    var known = Observations()
    var answers: [Inquiry: Answer<Fact>] = [:]
    for (question, text) in units.merging([SSHDInquest.socketPorts: socket], uniquingKeysWith: { first, _ in first }) {
      answers[Inquiry(.output(question: question))] = .there(value: .output(CommandResult(status: 0, output: text)))
    }
    answers[Inquiry(.contents(path: "/etc/default/ssh"))] = defaults.map { .there(value: .text($0)) } ?? .absent
    known.learn(answers)
    let listener = Listener(
      transport: "tcp", address: "*", port: 22, process: "systemd", argv: title.map { [$0] } ?? ["/sbin/init"])
    return SSHDSocketStart([listener], isActive: true, known)
  }

  @Test("the one that has been started tells its options, else its unit does")
  func one() {
    let socket = "[::]:22 (Stream)\nno\n"
    let title = "sshd: /usr/sbin/sshd -D -f /etc/ssh/other [listener] 0 of 10-100 startups"
    #expect(start(socket, title).arguments == ["-f", "/etc/ssh/other"])
    let unit = "[Service]\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n"
    let told = start(socket, units: [SSHDInquest.plainService: unit], defaults: "SSHD_OPTS=\"-o UsePAM=no\"\n")
    #expect(told.arguments == ["-o", "UsePAM=no"])
    #expect(start(socket).arguments == nil)
  }

  @Test("one for each connection is another unit's, and there need be none")
  func each() {
    let socket = "[::]:22 (Stream)\nyes\n"
    func accepting(_ text: String) -> SSHDSocketStart {
      start(socket, units: [SSHDInquest.acceptingService: text])
    }
    let other = accepting("[Service]\nExecStart=-/usr/sbin/sshd -i -f /etc/ssh/other\n")
    #expect(other.arguments == ["-f", "/etc/ssh/other"] && other.obstacle == nil)
    #expect(accepting("").obstacle?.hasSuffix("and that starts no sshd") == true)
    #expect(accepting("ExecStart=-/usr/sbin/dropbear -i\n").obstacle?.hasSuffix("and that is dropbear") == true)
    #expect(start(socket).probes.contains(.output(question: SSHDInquest.acceptingService)))
  }

  @Test("of one for each connection nobody gets any while the socket is left to the one that served all")
  func notYet() {
    func start(_ state: String) -> SSHDSocketStart {
      let unit = "[Service]\nExecStart=-/usr/sbin/sshd -i\n"
      return self.start(
        "[::]:22 (Stream)\nyes\n", units: [SSHDInquest.socketState: state, SSHDInquest.acceptingService: unit])
    }
    #expect(start("running\n").obstacle?.contains("only once it is started anew") == true)
    #expect(start("listening\n").obstacle == nil)
    #expect(start("listening\n").arguments == [])
  }
}
