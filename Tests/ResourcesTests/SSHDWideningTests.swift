import HostTesting
import Testing

@testable import Resources

@Suite("sshd, one way in beside another")
struct SSHDWideningTests {
  private let dropIn: Path = "/etc/ssh/sshd_config.d/00-harden.conf"

  private func daemon(port: UInt16? = nil, _ users: [String]? = nil) -> SSHDaemon {
    SSHDaemon(rootLogin: .never, passwords: false, port: port, allowUsers: users)
  }

  /// The host once this many of the daemon's steps are done, sshd having loaded what they wrote.
  private func after(_ count: Int, of daemon: SSHDaemon, on start: SimulatedHost) throws -> SimulatedHost {
    var host = start
    for step in try start.proposal(of: daemon).steps.prefix(count) {
      switch step.action {
      case .write(let path, let contents, let mode, let owner, _):
        host.entries[path] = .file(contents: contents, mode: mode, owner: owner)
      case .reload(_, _, _, let ports):
        let title = "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"
        host.listeners = ports.map {
          Listener(transport: "tcp", address: "0.0.0.0", port: $0, process: "sshd", argv: [title])
        }
      default: Issue.record("\(step)")
      }
    }
    return host
  }

  private func texts(_ steps: [Step]) -> [String] {
    steps.compactMap { if case .write(_, let text, _, _, _) = $0.action { text } else { nil } }
  }

  @Test("a new port is opened beside the old one, which goes in steps of its own", arguments: [12, 13])
  func port(release: Int) throws {
    let host = SimulatedHost.debian(release)
    let trial = try host.trial(of: daemon(port: 2222))
    let steps = trial.first.steps
    #expect(steps.map(\.risk) == [.opens, .opens, .closes, .closes])
    #expect(texts(steps)[0].hasSuffix("(5).\nPort 22\nPort 2222\n"))
    #expect(texts(steps)[1].contains("\nPort 2222\n") && !texts(steps)[1].contains("Port 22\n"))
    guard case .reload("ssh.service", false, _, [22, 2222]) = steps[1].action,
      case .reload("ssh.service", false, _, [2222]) = steps[3].action
    else {
      Issue.record("\(steps)")
      return
    }
    #expect(
      trial.first.changes.first { $0.property == "Port" }?.warning
        == "first 22 and 2222, until the new way in is proved"
    )
    #expect(trial.second.isSettled)
    let halfway = try after(2, of: daemon(port: 2222), on: host).trial(of: daemon(port: 2222))
    #expect(halfway.first.steps.map(\.risk) == [.closes, .closes])
    #expect(halfway.second.isSettled)
  }

  @Test("a port that is declared no longer stays the one that sshd listens on", arguments: [12, 13])
  func portLeftOut(release: Int) throws {
    let host = try after(4, of: daemon(port: 2222), on: .debian(release))
    #expect(try host.trial(of: daemon()).first.isSettled)
    let trial = try host.trial(of: daemon(["anna"]))
    #expect(texts(trial.first.steps).allSatisfy { $0.contains("\nPort 2222\n") } && !trial.first.isSettled)
    #expect(trial.second.isSettled)
    var both = host
    both.entries["/etc/ssh/sshd_config.d/50-mine.conf"] = .file(contents: "Port 22\n", mode: 0o644, owner: .root)
    #expect(try both.trial(of: daemon()).second.isSettled)
  }

  @Test("an account that takes another's place is admitted beside it first")
  func account() throws {
    let host = try after(2, of: daemon(["anna"]), on: .debian(12))
    let trial = try host.trial(of: daemon(["berta"]))
    let steps = trial.first.steps
    #expect(steps.map(\.risk) == [.opens, .opens, .closes, .closes])
    // Once for all, and once under Match all, which beats it; nothing else differs from the file as it was.
    let before = try #require(host.text(of: dropIn))
    #expect(texts(steps)[0] == before.replacing("AllowUsers anna", with: "AllowUsers anna berta"))
    #expect(texts(steps)[1] == before.replacing("AllowUsers anna", with: "AllowUsers berta"))
    #expect(trial.second.isSettled)
    let halfway = try after(2, of: daemon(["berta"]), on: host).trial(of: daemon(["berta"]))
    #expect(halfway.first.steps.map(\.risk) == [.closes, .closes])
  }

  @Test("who is added, or goes while another stays, needs no such detour")
  func plain() throws {
    let host = try after(2, of: daemon(["anna"]), on: .debian(13))
    #expect(try host.proposal(of: daemon(["anna", "berta"])).steps.count == 2)
    let both = try after(2, of: daemon(["anna", "berta"]), on: host)
    #expect(try both.proposal(of: daemon(["berta"])).steps.count == 2)
    #expect(try host.proposal(of: daemon(["anna"])).isSettled)
  }

  @Test("behind ssh.socket the socket listens on both first")
  func socket() throws {
    var host = SimulatedHost.debian(13)
    host.serveBySocket()
    let trial = try host.trial(of: daemon(port: 2222))
    let restarts = trial.first.steps.compactMap { step -> [UInt16]? in
      if case .reload("ssh.socket", true, _, let ports) = step.action { return ports }
      return nil
    }
    #expect(restarts == [[22, 2222], [2222]])
    #expect(Set(trial.first.steps).count == trial.first.steps.count)
    #expect(trial.second.isSettled)
  }

  @Test("a socket that holds another port than systemd read since is started again")
  func staleSocket() throws {
    var host = SimulatedHost.debian(13)
    host.units["ssh.socket"] = UnitState(enablement: "enabled", activity: "active")
    host.listeners = [Listener(transport: "tcp", address: "*", port: 22, process: "systemd")]
    host.asking { question, _ in
      guard question.command.arguments.last == "ssh.socket" else { return nil }
      return .there(value: CommandResult(status: 0, output: "[::]:2222 (Stream)\n"))
    }
    let trial = try host.trial(of: daemon(port: 2222))
    #expect(trial.first.changes.contains { $0.subject == "ssh.socket" && $0.before == "22" })
    #expect(trial.second.isSettled)
  }
}
