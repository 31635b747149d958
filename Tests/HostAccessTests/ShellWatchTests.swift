import Glibc
import HostState
import Testing

@testable import HostAccess

@Suite("A login at a terminal, watched")
struct ShellWatchTests {
  private func verdict(_ status: Int32, _ screen: String = "") -> (LoginRehearsal.Outcome, String?) {
    let result = CommandResult(status: status, output: screen)
    let verdict = LoginRehearsal.shellVerdict(
      .finished(result), .init("ana", keyType: "ed25519", withSudo: true))
    return (verdict.outcome, verdict.remark)
  }

  @Test("one that ends before it reads is refused; nothing else is")
  func verdicts() {
    #expect(verdict(0) == (.passed, nil))
    guard case .refused(let why) = verdict(64, "bye\n").0 else {
      Issue.record("let in")
      return
    }
    #expect(why.hasPrefix("ana gets in and may run commands, but a login at a terminal is over before it reads"))
    #expect(why.contains("(the last on the screen: “bye”)"))
    #expect(verdict(65, "Loading\n").0 == .passed)
    #expect(verdict(65, "Loading\n").1?.contains("was not seen to wait for input (the last") == true)
    #expect(verdict(66).1 == "Not rehearsed for ana: a login at a terminal.")
    #expect(verdict(125).1 == "Not rehearsed for ana: a login at a terminal.")
  }

  @Test("what was on the screen last, without a terminal's commands")
  func screen() {
    let prompt = "Hello\r\n\u{1B}]0;ana@box: ~\u{07}\u{1B}[?2004h\u{1B}[1;31mana@box\u{1B}[0m:~$ \r\n"
    #expect(ShellWatch.lastLine(of: Array(prompt.utf8)) == "ana@box:~$ ")
    #expect(ShellWatch.lastLine(of: Array("no\r\nDisconnected from user ana 192.0.2.1 port 4\r\n".utf8)) == "no")
    #expect(ShellWatch.lastLine(of: Array("bye\r\n \r\n".utf8)) == "bye")
    #expect(ShellWatch.lastLine(of: []).isEmpty)
  }

  @Test("what waits at a terminal: below the process, at another terminal, and in its foreground")
  func processes() throws {
    let ssh = try #require(TerminalProcess("10 (ssh) S 9 10 10 34816 10 0", 10))
    let daemon = try #require(TerminalProcess("11 (sshd) S 10 11 11 0 -1 0", 11))
    let shell = try #require(TerminalProcess("12 (a) b) S 11 12 12 34817 13 0", 12))
    let menu = try #require(TerminalProcess("13 (menu) R 12 13 12 34817 13 0", 13))
    let other = try #require(TerminalProcess("14 (bash) S 1 14 14 34818 14 0", 14))
    let all = [10: ssh, 11: daemon, 12: shell, 13: menu, 14: other] as [pid_t: TerminalProcess]
    #expect(Set(TerminalProcess.below(10, of: all)) == [shell, menu])
    #expect(shell.isAsleep && !menu.isAsleep && shell.group != shell.foreground)
    for name in ["wait_woken", "n_tty_read", "do_select", "poll_schedule_timeout.constprop.0", "ep_poll"] {
      #expect(TerminalProcess.waits(at: name))
    }
    for name in ["do_wait", "hrtimer_nanosleep", "pipe_read", "0"] { #expect(!TerminalProcess.waits(at: name)) }
  }
}
