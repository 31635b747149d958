import HostState
import Testing

@testable import HostAccess

/// A window that was armed at second 1000 of both clocks, for deploy, by somebody from 198.51.100.23.
private func window() -> ConfirmWindow {
  var window = ConfirmWindow(
    run: 3, administrators: ["deploy", "eva"], seconds: 300, command: "ssh deploy@192.0.2.7 sudo harden confirm",
    operatorAddress: "198.51.100.23")
  window.armed = ConfirmWindow.Moment(boot: "this", sinceBoot: 1000, monotonic: 1000)
  return window
}

private typealias Ancestor = FreshLogin.Ancestor

/// `ssh deploy@host sudo harden confirm` on Debian 13, where the sudo of a terminal is two processes.
private func login() -> FreshLogin {
  FreshLogin(
    ancestors: [
      Ancestor(process: 90, program: "/usr/bin/sudo", user: 0, start: 1012),
      Ancestor(process: 89, program: "/usr/bin/sudo", user: 1000, start: 1012),
      Ancestor(process: 88, program: "/usr/bin/bash", user: 1000, start: 1011),
      Ancestor(process: 80, program: "/usr/lib/openssh/sshd-session", user: 1000, start: 1010.4),
      Ancestor(process: 79, program: "/usr/lib/openssh/sshd-session", user: 0, start: 1010),
      Ancestor(process: 40, program: "/usr/sbin/sshd", user: 0, start: 5),
    ],
    session: FreshLogin.Session(
      name: "deploy", service: "sshd", isRemote: true, remoteHost: "198.51.100.23", start: 1010.5),
    hasSessions: true, names: [0: "root", 1000: "deploy", 1001: "mallory"], ownAddresses: ["127.0.0.1", "192.0.2.7"])
}

/// Why it is refused, as far as that differs; nil where it is not.
private func objection(_ login: FreshLogin, _ window: ConfirmWindow = window()) -> String? {
  let error: Diagnostic
  do throws(Diagnostic) {
    _ = try login.administrator(of: window)
    return nil
  } catch let refusal {
    error = refusal
  }
  let words = error.detail.split(separator: " you still get in, and ").last.map(String.init) ?? ""
  return words.replacing(". The window stays open. From another terminal:", with: "")
}

@Suite("Who may confirm")
struct FreshLoginTests {
  @Test("where sudo looks for commands is read from what it says itself")
  func securePath() {
    let said = """
      Matching Defaults entries for deploy on box:
          env_reset, mail_badpass,
          secure_path=/usr/sbin\\:/usr/bin\\:/bin, use_pty

      User deploy may run the following commands on box:
          (ALL : ALL) NOPASSWD: ALL

      """
    #expect(Executor.securePath(in: said) == ["/usr/sbin", "/usr/bin", "/bin"])
    #expect(Executor.securePath(in: "User deploy may run …") == nil)
    // Debian's own file says one, and a file of the owner's another: the last one holds.
    let later = said.replacing("use_pty", with: "use_pty, secure_path=/sbin\\:/bin")
    #expect(Executor.securePath(in: later) == ["/sbin", "/bin"])
    #expect(
      Executor.securePath(in: later.replacing("use_pty", with: "use_pty, !secure_path")) == ["/sbin", "/bin"])
    #expect(
      Executor.securePath(in: said.replacing("use_pty", with: "!secure_path"))
        == ["/usr/local/bin", "/usr/bin", "/bin"])
    let special = said.replacing(
      "User deploy",
      with: "Runas and Command-specific defaults for deploy:\n    Defaults!/bin/x secure_path=/x\n\nUser deploy")
    #expect(Executor.securePath(in: special) == ["/usr/sbin", "/usr/bin", "/bin"])
  }

  @Test("a fresh login of an administrator, with sudo, on both releases")
  func fresh() throws {
    #expect(try login().administrator(of: window()) == "deploy")
    // Debian 12: one program for both, and no terminal.
    var older = login()
    older.ancestors = [
      Ancestor(process: 89, program: "/usr/bin/sudo", user: 0, start: 1012),
      Ancestor(process: 80, program: "/usr/sbin/sshd", user: 1000, start: 1010.4),
      Ancestor(process: 79, program: "/usr/sbin/sshd", user: 0, start: 1010),
      Ancestor(process: 40, program: "/usr/sbin/sshd", user: 0, start: 5),
    ]
    #expect(try older.administrator(of: window()) == "deploy")
    // A root shell of sudo's.
    var shell = login()
    shell.ancestors.insert(Ancestor(process: 91, program: "/usr/bin/bash", user: 0, start: 1013), at: 0)
    #expect(try shell.administrator(of: window()) == "deploy")
  }

  @Test("the console, su, a job of systemd's, a process that was left behind")
  func noLogin() {
    var console = login()
    console.ancestors = [
      Ancestor(process: 50, program: "/usr/bin/bash", user: 0, start: 1010),
      Ancestor(process: 49, program: "/usr/bin/login", user: 0, start: 1009),
    ]
    #expect(objection(console) == "this is no login over SSH: harden ← bash ← login")
    var job = login()
    job.ancestors = []
    #expect(objection(job) == "this is no login over SSH: harden")
    var leftBehind = login()
    leftBehind.session = nil
    #expect(objection(leftBehind)?.hasPrefix("this runs outside of any login's session") == true)
  }

  @Test("su instead of sudo, and another account in between")
  func otherWaysToRoot() {
    var su = login()
    su.ancestors.replaceSubrange(0...1, with: [Ancestor(process: 89, program: "/usr/bin/su", user: 0, start: 1012)])
    #expect(
      objection(su) == "root was not reached with sudo: harden ← su ← bash ← sshd-session ← sshd-session ← sshd")
    var between = login()
    between.ancestors.insert(Ancestor(process: 87, program: "/usr/bin/bash", user: 1001, start: 1011), at: 2)
    #expect(objection(between)?.hasPrefix("between the login of deploy and this, somebody became mallory") == true)
    var beneath = login()
    beneath.ancestors.insert(Ancestor(process: 91, program: "/usr/bin/bash", user: 1001, start: 1013), at: 0)
    #expect(objection(beneath)?.hasPrefix("between the login of deploy and this, somebody became mallory") == true)
    // A sudo of one's own making.
    var fake = login()
    for index in 0...1 { fake.ancestors[index].program = "/home/deploy/sudo" }
    #expect(objection(fake)?.hasPrefix("root was not reached with sudo") == true)
  }

  @Test("another sudoer, and root itself")
  func anotherUser() {
    var other = login()
    for index in 1...3 { other.ancestors[index].user = 1001 }
    #expect(objection(other) == "this login is mallory's, and the plan relies on deploy, eva")
    var root = login()
    for index in 0...3 { root.ancestors[index].user = 0 }
    #expect(objection(root) == "this login is root's, and the plan relies on deploy, eva")
  }

  @Test("a connection from before: of its process, or of its session")
  func old() {
    var process = login()
    process.ancestors[4].start = 999.5
    #expect(objection(process)?.hasPrefix("this connection is 1 s older than the window") == true)
    var session = login()
    session.session?.start = 900
    #expect(objection(session)?.hasPrefix("this connection is 101 s older than the window") == true)
  }

  @Test("a session of another service, another name or this very host")
  func otherSession() {
    var cron = login()
    cron.session?.service = "cron"
    #expect(objection(cron) == "this is a session of deploy's by way of cron")
    var local = login()
    local.session?.remoteHost = "192.0.2.7"
    #expect(objection(local)?.hasPrefix("this login came from the host itself (192.0.2.7)") == true)
    // Where everybody comes through a tunnel that ends here, the operator did as well.
    var tunnel = window()
    tunnel.operatorAddress = "192.0.2.7"
    #expect(objection(local, tunnel) == nil)
  }

  @Test("behind a proxy, who comes past it is told from who comes through it")
  func proxy() {
    var window = window()
    (window.operatorAddress, window.operatorRelay) = ("127.0.0.1", "sslh")
    var through = login()
    through.session?.remoteHost = "127.0.0.1"
    through.relay = "sslh"
    #expect(objection(through, window) == nil)
    through.relay = "ssh"
    #expect(objection(through, window)?.hasPrefix("this login came from the host itself (127.0.0.1)") == true)
    through.relay = nil
    #expect(objection(through, window) == nil)
  }

  @Test("a session that cannot see itself, or that logind tells nothing of, is called that")
  func blind() {
    var blind = login()
    blind.ancestors[3].program = ""
    #expect(objection(blind)?.hasPrefix("what runs above this cannot be seen") == true)
    var mute = login()
    (mute.session, mute.sessionTrouble) = (nil, "Permission denied")
    #expect(objection(mute) == "logind could not be asked about this session: Permission denied")
  }

  @Test("an sshd of somebody's own")
  func foreignDaemon() {
    var foreign = login()
    foreign.ancestors[4].user = 1000
    #expect(objection(foreign)?.hasPrefix("the sshd above this is not the system's") == true)
    foreign.ancestors[3].program = "/home/deploy/sshd"
    foreign.ancestors[4].program = "/home/deploy/sshd"
    foreign.ancestors[5].program = "/home/deploy/sshd"
    #expect(objection(foreign)?.hasPrefix("this is no login over SSH") == true)
  }

  @Test("where no login has a session of logind's, the chain of processes decides")
  func noLogind() throws {
    var plain = login()
    (plain.session, plain.hasSessions) = (nil, false)
    #expect(try plain.administrator(of: window()) == "deploy")
    plain.visitor = "198.51.100.23"
    #expect(try plain.administrator(of: window()) == "deploy")
    plain.visitor = "192.0.2.7"
    #expect(objection(plain)?.hasPrefix("this login came from the host itself (192.0.2.7)") == true)
  }

  @Test("the session is the one that systemd's own cgroup names")
  func cgroup() {
    #expect(FreshLogin.sessionName(["0::/user.slice/user-1000.slice/session-c9.scope"]) == "c9")
    let hybrid = ["9:name=systemd:/user.slice/user-0.slice/session-7.scope", "8:pids:/session-1.scope", "0::/"]
    #expect(FreshLogin.sessionName(hybrid) == "7")
    #expect(FreshLogin.sessionName(["8:pids:/session-1.scope", "0::/system.slice/ssh.service"]) == nil)
    let output = "Name=deploy\nTimestampMonotonic=1010500000\nRemote=yes\nRemoteHost=198.51.100.23\nService=sshd\n"
    #expect(FreshLogin.parsed(output) == login().session)
    #expect(FreshLogin.asks(by: "ssh2", "port 22\npamservicename ssh2\nusepam yes\n"))
    #expect(!FreshLogin.asks(by: "ssh", "port 22\npamservicename ssh2\n") && !FreshLogin.asks(by: "su", "port 22\n"))
  }

  @Test("a process may bear any name")
  func processStatus() {
    let line = "90 (a) b (c)) S 79 90 90 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 1 1 1"
    let status = ProcessStatus.parsed(line, 90)
    #expect(status == ProcessStatus(process: 90, parent: 79, startTicks: 4711))
    #expect(ProcessStatus.parsed("90 (cut", 90) == nil)
    #expect(ProcessStatus.own?.isAlive == true)
  }
}
