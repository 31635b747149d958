import Glibc
import Testing

@testable import HostAccess
@testable import HostState

// Messages of the kernel, as 6.18 sent them: see `TraceEvent`.
private func attribute(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
  let length = UInt16(4 + value.count)
  let bytes = [UInt8(length & 0xFF), UInt8(length >> 8), UInt8(type & 0xFF), UInt8(type >> 8)] + value
  return bytes + Array(repeating: 0, count: (4 - value.count % 4) % 4)
}
private func big(_ number: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) } }

private func message(
  family: UInt8 = 2, table: String = "filter", chain: String, type: UInt32, handle: UInt8 = 0, verdict: UInt32,
  packet: UInt32 = 7
) -> [UInt8] {
  var body: [UInt8] = [family, 0, 0, 0]
  body += attribute(1, Array(table.utf8) + [0]) + attribute(2, Array(chain.utf8) + [0])
  body += attribute(4, big(type)) + attribute(6, big(packet))
  if type == 3 { body += attribute(3, [0, 0, 0, 0, 0, 0, 0, handle]) + attribute(0x8005, attribute(1, big(verdict))) }
  if type == 1 { body += attribute(16, big(verdict)) }
  let length = UInt16(16 + body.count)
  return [UInt8(length & 0xFF), UInt8(length >> 8), 0, 0, 17, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] + body
}

@Suite("What is tried of a plan") struct RehearsalTests {
  @Test("a trace is read: table, chain, rule and verdict") func events() {
    let bytes =
      message(chain: "INPUT", type: 3, handle: 4, verdict: 0xFFFF_FFFD)
      + message(chain: "ufw-user-input", type: 3, handle: 12, verdict: 1)
      + message(family: 1, table: "strict", chain: "input", type: 1, verdict: 0)
    let events = TraceEvent.all(in: bytes)
    #expect(events.map(\.family) == ["ip", "ip", "inet"])
    #expect(events.map(\.chain) == ["INPUT", "ufw-user-input", "input"])
    #expect(events.map(\.kind) == [.rule(handle: 4), .rule(handle: 12), .policy])
    #expect(events.map(\.verdict) == [.other, .accept, .drop])
  }

  @Test("messages that are cut short, or of another kind, are no events", arguments: [0, 3, 16, 19, 24, 40, 70])
  func cut(_ length: Int) {
    let whole = message(chain: "INPUT", type: 1, verdict: 1)
    #expect(TraceEvent.all(in: Array(whole.prefix(min(length, whole.count - 1)))).isEmpty)
    var other = whole
    other[4] = 16
    #expect(TraceEvent.all(in: other).isEmpty)
  }

  @Test("a drop anywhere decides; else the last rule that accepts, before a policy") func verdicts() {
    let accept = message(chain: "ufw-user-input", type: 3, handle: 12, verdict: 1)
    let policy = message(family: 1, table: "f2b", chain: "input", type: 1, verdict: 1)
    let drop = message(family: 1, table: "strict", chain: "input", type: 3, handle: 5, verdict: 0)
    #expect(TracedVerdict(TraceEvent.all(in: accept + policy))?.decisive.chain == "ufw-user-input")
    #expect(TracedVerdict(TraceEvent.all(in: policy))?.decisive.table == "f2b")
    #expect(TracedVerdict(TraceEvent.all(in: accept + policy + drop))?.decisive.table == "strict")
    // The answer's way out is a packet of its own.
    let out = message(chain: "OUTPUT", type: 1, verdict: 0, packet: 8)
    #expect(TracedVerdict(TraceEvent.all(in: accept + out))?.isDrop == true)
    #expect(TracedVerdict([]) == nil)
  }

  @Test("a rule is named as nft has it, without its counter") func rule() {
    let listing = """
      table ip filter {
      \tchain ufw-user-input { # handle 9
      \t\tip protocol tcp tcp dport 80 counter packets 3 bytes 180 accept # handle 11
      \t\tip protocol tcp tcp dport { 22, 2222 } counter packets 1 bytes 60 accept # handle 12
      \t}
      }
      """
    #expect(
      TracedVerdict.rule(12, in: listing)
        == "ip protocol tcp tcp dport { 22, 2222 } accept")
    #expect(TracedVerdict.rule(2, in: listing) == nil)
  }

  @Test("the way to a visitor is read as ip route tells it") func route() {
    let found = Route(parsing: "198.51.100.23 via 10.0.0.1 dev eth0 src 10.0.0.2 uid 0 \\    cache ")
    #expect(found?.interface == "eth0" && found?.address == "10.0.0.2")
    let six = Route(
      parsing: "2001:db8::9 from :: via fe80::1 dev wg-1.2 proto ra src 2001:db8::2 metric 100 pref medium\n")
    #expect(six?.interface == "wg-1.2" && six?.address == "2001:db8::2")
    let asymmetric = Route(parsing: "198.51.100.23 from 10.0.0.3 via 10.0.0.1 dev eth1 uid 0", address: "10.0.0.3")
    #expect(asymmetric?.interface == "eth1" && asymmetric?.address == "10.0.0.3")
    #expect(Route(parsing: "unreachable 198.51.100.23") == nil)
    #expect(Route(parsing: "1.2.3.4 dev a\"b src 10.0.0.2") == nil)
  }

  @Test("what the ssh client prints says whether the key was taken") func offers() {
    let head = "OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.15\ndebug1: Connecting to 10.0.0.2\n"
    let offer = head + "debug1: Offering public key: /dev/stdin ED25519 SHA256:x explicit\n"
    #expect(
      KeyOffer.judge(
        offer + "debug1: Server accepts key: /dev/stdin ED25519 SHA256:x explicit\n"
          + "Load key \"/dev/stdin\": invalid format\ndeploy@10.0.0.2: Permission denied (publickey).\n")
        == .passed(by: nil))
    #expect(
      KeyOffer.judge(offer + "deploy@10.0.0.2: Permission denied (publickey).\n")
        == .refused(why: "sshd does not take it"))
    #expect(
      KeyOffer.judge(head + "deploy@10.0.0.2: Permission denied (password).\n")
        == .refused(why: "sshd lets nobody in by key alone"))
    let log = """
      Connection from 10.0.0.1 port 4 on 10.0.0.2 port 22 rdomain ""\r
      Authentication refused: bad ownership or modes for directory /home/deploy [preauth]\r
      Failed publickey for deploy from 10.0.0.1 port 4 ssh2\r
      Connection closed by authenticating user deploy 10.0.0.1 port 4 [preauth]\r

      """
    #expect(
      KeyOffer.judge(offer + "deploy@10.0.0.2: Permission denied (publickey).\n", daemon: log)
        == .refused(
          why: "sshd does not take it: “Authentication refused: bad ownership or modes for directory /home/deploy”"))
    #expect(
      KeyOffer.judge(
        head + "kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.2 port 22\n")
        == .refused(why: "sshd ends the connection: “Connection closed by 10.0.0.2 port 22”"))
    #expect(
      KeyOffer.judge("ssh: connect to host 10.0.0.2 port 22: Network is unreachable\n")
        == .notTried(why: "ssh says “ssh: connect to host 10.0.0.2 port 22: Network is unreachable”"))
  }

  @Test(
    "a login that fails is told in the words of what made it fail",
    arguments: [
      (
        "User ana from 192.0.2.7 not allowed because not listed in AllowUsers\r\n"
          + "Connection closed by invalid user ana 192.0.2.7 port 4 [preauth]\r\nana@rehearsal: Permission denied (publickey).\r\n",
        "", "sshd does not let ana in: “User ana from 192.0.2.7 not allowed because not listed in AllowUsers”"
      ),
      (
        "ana@rehearsal: Permission denied (publickey).\r\n", "",
        "sshd does not let ana in: “ana@rehearsal: Permission denied (publickey).”"
      ),
      (
        "Accepted publickey for ana from 192.0.2.7 port 4 ssh2\r\nsudo: a password is required\n"
          + "Received disconnect from 192.0.2.7 port 4:11: disconnected by user\r\nDisconnected from user ana 192.0.2.7 port 4\r\n",
        "ana\n", "ana gets in, but sudo does not make root: “sudo: a password is required”"
      ),
      (
        "", "Choose: \n",
        "ana gets in, but the shell ends with exit code 1 before it runs anything (it says “Choose: ”): a forced command, "
          + "or a file that it reads when it starts (.bashrc and the like), may end it"
      ),
    ])
  func loginRefused(_ errors: String, _ output: String, _ why: String) {
    // ssh(1): 255 is its own.
    let result = CommandResult(status: output.isEmpty ? 255 : 1, output: output, errors: errors)
    let login = LoginRehearsal.Login("ana", keyType: "ed25519", withSudo: true)
    #expect(LoginRehearsal.judge(.finished(result), login) == .refused(why: why))
  }

  @Test(
    "where sudo wants a password, it must get as far as to ask for it",
    arguments: [
      ("sudo: a password is required\n", nil), ("sudo: sorry, you must have a tty to run sudo\n", nil),
      (
        "sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set\n",
        "ana gets in, but sudo does not make root: “sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set”"
      ),
    ])
  func sudoByPassword(_ errors: String, _ why: String?) {
    let result = CommandResult(status: 1, output: "ana\n", errors: errors)
    let login = LoginRehearsal.Login("ana", keyType: "ed25519", withSudo: false)
    #expect(LoginRehearsal.judge(.finished(result), login) == why.map { .refused(why: $0) } ?? .passed)
  }

  @Test("sudo with a password of the rehearsal's: only root is a yes, and the password is in no words")
  func byPassword() {
    let login = LoginRehearsal.Login("ana", keyType: "ed25519", withSudo: false)
    func judge(_ status: Int32, _ output: String, _ errors: String) -> LoginRehearsal.Outcome {
      let result = CommandResult(status: status, output: output, errors: errors)
      return LoginRehearsal.judge(.finished(result), login, with: "hush")
    }
    let start = "ana gets in, but sudo does not make root, though it was given the right password (one of the "
    #expect(judge(0, "\nana\n0\n", "") == .passedByPassword)
    #expect(judge(0, "hush\r\nhush\r\n\r\nana\r\nWe trust you\r\n0\r\n", "") == .passedByPassword)
    #expect(
      judge(1, "\nana\n", "Sorry, try again.\nsudo: 3 incorrect password attempts\n")
        == .refused(why: start + "rehearsal's own): “sudo: 3 incorrect password attempts”"))
    #expect(
      judge(1, "\nana\n", "sudo: a password is required\n")
        == .refused(why: start + "rehearsal's own): “sudo: a password is required”"))
    #expect(
      judge(1, "\nana\n", "sudo: PAM account management error: Permission denied\nsudo: a password is required\n")
        == .refused(why: start + "rehearsal's own): “sudo: PAM account management error: Permission denied”"))
    #expect(judge(1, "\nana\n", "what: hush\n") == .refused(why: start + "rehearsal's own): “what: ”"))
    func wants(_ output: String, _ errors: String) -> Bool {
      LoginRehearsal.wantsPassword(.finished(CommandResult(status: 1, output: output, errors: errors)))
    }
    #expect(wants("ana\n", "sudo: a password is required\n") && wants("ana\r\nsudo: a password is required\r\n", ""))
    #expect(!wants("ana\n0\n", "") && !wants("ana\n", "sudo: sorry, you must have a tty to run sudo\n"))
  }

  @Test("what a lent password would leave on the host: tries that are counted, and who was lectured")
  func memories() {
    let names: [(name: String, number: UInt32?)] = [("ana", 1000), ("root", nil)]
    let lectured: [Path] = [
      "/var/lib/sudo/lectured/ana", "/var/lib/sudo/lectured/1000", "/var/lib/sudo/lectured/root",
    ]
    #expect(LentPassword.memories(of: names, [], settings: "dir = /srv\n") == lectured)
    let rules = [PAMRule(module: "pam_faillock.so", arguments: ["preauth", "dir=/var/a"])]
    #expect(
      LentPassword.memories(of: names, rules, settings: "# dir = /no\ndir=/srv # x\ndeny = 3\n")
        == ["/var/a/ana", "/var/a/root", "/srv/ana", "/srv/root", "/run/faillock/ana", "/run/faillock/root"] + lectured)
  }

  @Test("a lent password is another one each time, and its hash one that crypt knows")
  func lent() {
    let password = LentPassword.random()
    #expect(password.utf8.count == 24 && password != LentPassword.random())
    #expect(LentPassword.hash(of: password)?.hasPrefix("$6$") == true)
  }

  @Test("a shell that ends at once, and sudo that runs nothing further, are told from an sshd that lets nobody in")
  func afterLogin() {
    func judge(_ status: Int32, _ output: String, _ errors: String) -> LoginRehearsal.Outcome {
      let result = CommandResult(status: status, output: output, errors: errors)
      return LoginRehearsal.judge(.finished(result), .init("ana", keyType: "ed25519", withSudo: true))
    }
    #expect(
      judge(0, "", "")
        == .refused(
          why: "ana gets in, but the shell ends with exit code 0 before it runs anything: a forced command, or a file "
            + "that it reads when it starts (.bashrc and the like), may end it"))
    #expect(judge(255, "", "") == .refused(why: "sshd does not let ana in, and says nothing"))
    #expect(
      judge(126, "ana\n", "env: 'id': Permission denied\n")
        == .refused(
          why: "ana gets in, but what sudo runs may run nothing itself (noexec): “env: 'id': Permission denied”"))
    #expect(
      judge(126, "ana\n", "env: 'sudo': Permission denied\n")
        == .refused(
          why: "ana gets in, but may not run sudo (ls -l /usr/bin/sudo): “env: 'sudo': Permission denied”"))
    #expect(judge(0, "ana\r\n0\r\n", "") == .passed)
  }

  @Test("what harden itself could not do is not put down to sshd, and leaves the login untried")
  func notTried() {
    func judge(_ errors: String) -> LoginRehearsal.Outcome {
      let result = CommandResult(status: 255, output: "", errors: errors)
      return LoginRehearsal.judge(.finished(result), .init("ana", keyType: "ed25519", withSudo: true))
    }
    #expect(
      judge("harden: listening on 192.0.2.7: Invalid argument\nConnection closed by UNKNOWN port 65535\n")
        == .notTried(why: "harden cannot come to its own sshd from there: listening on 192.0.2.7: Invalid argument"))
    #expect(
      judge("Failed to connect to system scope bus via local transport: No such file or directory\n")
        == .notTried(why: "Failed to connect to system scope bus via local transport: No such file or directory"))
    let near = VisitorConnection(from: "fe80::1%eth0", to: "fe80::2%eth0", port: 22)
    #expect(near.obstacle == "fe80::1 is an address of one link alone")
    #expect(VisitorConnection(from: "2001:db8::1", to: "2001:db8::2", port: 22).obstacle == nil)
  }

  @Test("the key of a rehearsal is taken whatever key files a Match of the host's names")
  func keyFiles() {
    let files = LoginRehearsal.files(over: "/etc/ssh/other")
    // Of several a Match that fits, the one that is read first has the last word (sshd_config(5)).
    #expect(
      files.map(\.lines) == [
        ["Match all", "AuthorizedKeysFile .ssh/authorized_keys /run/harden-rehearsal/key.pub"],
        ["Include /run/harden-rehearsal/first", "Include \"/etc/ssh/other\""],
      ])
    #expect(files.map(\.path) == ["/run/harden-rehearsal/first", LoginRehearsal.settings])
  }

  @Test("a service is asked of systemd over D-Bus, and by its own socket where there is none")
  func service() throws {
    func words(_ channel: TransientService.Channel) -> [String] {
      TransientService(channel: channel, helper: "/proc/7/exe")
        .command(["/bin/id", "-u"], properties: ["NoExecPaths=/srv"], timeLimit: 30, ending: "/run/x/ended")
    }
    #expect(
      words(.bus) == [
        "/usr/bin/systemd-run", "--quiet", "--collect", "--pipe", "--wait", "--property=NoExecPaths=/srv",
        "--property=RuntimeMaxSec=30", "--setenv=LC_ALL=C", "--", "/bin/id", "-u",
      ])
    #expect(
      words(.ownSocket) == [
        "/proc/7/exe", "__service", "--property=NoExecPaths=/srv",
        "--property=ExecStopPost=+/usr/bin/ln -sfn ${EXIT_STATUS} /run/x/ended", "--property=TimeoutStartSec=30",
        "--setenv=LC_ALL=C", "--", "/bin/id", "-u",
      ])
    #expect(words(.none) == ["/bin/id", "-u"])
  }

  @Test("what a service ended with is what it left behind, where systemd-run does not say")
  func ended() throws {
    let folder = try TemporaryFolder()
    let ending = (folder.path / "ended").text
    let told = ProcessRunner.Outcome.finished(CommandResult(status: 1, output: "ana\n", errors: "so\n"))
    func status(_ channel: TransientService.Channel) -> ProcessRunner.Outcome {
      TransientService(channel: channel, helper: "/proc/7/exe").ended(told, ending: ending)
    }
    #expect(status(.bus) == told)
    #expect(status(.ownSocket) == .notStarted(reason: "so"))
    for (left, code) in [("7", Int32(7)), ("KILL", 255)] {
      unlink(ending)
      #expect(symlink(left, ending) == 0)
      #expect(status(.ownSocket) == .finished(CommandResult(status: code, output: "ana\n", errors: "so\n")))
    }
  }

  @Test("what confines ssh.service is read as it was written") func sandbox() {
    let text = """
      # /usr/lib/systemd/system/ssh.service
      [Unit]
      Requires=x
      [Service]
      EnvironmentFile=-/etc/default/ssh
      ExecStart=/usr/sbin/sshd -D $SSHD_OPTS
      KillMode=process
      Restart=on-failure
      RestartPreventExitStatus=255
      RuntimeDirectory=sshd

      # /etc/systemd/system/ssh.service.d/x.conf
      [Service]
      NoExecPaths = /usr/local
      SystemCallFilter=~@mount \\
        @swap
      PrivateTmp=yes
      [Install]
      UserX=1
      """
    let sandbox = ServiceSandbox(text)
    #expect(sandbox.settings.map(\.name) == ["NoExecPaths", "SystemCallFilter"])
    #expect(sandbox.settings.map(\.value) == ["/usr/local", "~@mount  @swap"])
    #expect(sandbox.words == "NoExecPaths=, SystemCallFilter=" && !sandbox.hasSpecifiers)
    #expect(ServiceSandbox(String(text.prefix(260))).isEmpty)
  }

  @Test("a table that belongs to a process is loaded as one that does not") func owner() {
    let text = "inet firewalld { # progname firewalld\n\tflags owner,persist\n\tset a {\n\t\tflags interval\n\t}\n}"
    #expect(
      PacketTrial.ownerless(text) == "inet firewalld { # progname firewalld\n\tset a {\n\t\tflags interval\n\t}\n}")
  }
}
