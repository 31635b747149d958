import HostState
import HostTesting
import Resources
import Testing

@testable import Planning

/// A chain on a host as it is: no resource mends first what it would break by.
@Suite("An administrator's way in, link by link")
struct AccessChainTests {
  private let key: PublicKey

  init() throws { key = try PublicKey(line: SimulatedHost.keyLine(7, comment: "laptop")) }

  private func verdict(_ change: (inout SimulatedHost) -> Void = { _ in }) -> AccessChain.Verdict? {
    var host = SimulatedHost.debian(12)
    host.addUser("deploy", uid: 1000)
    host.authorize("deploy", lines: [key.line])
    host.packages["sudo"] = host.packages["openssh-server"]
    host.entries["/etc/sudoers"] = .file("@includedir /etc/sudoers.d\n", 0o440)
    host.entries["/etc/sudoers.d/deploy"] = .file("deploy ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440)
    change(&host)
    var known = Observations()
    for _ in 0..<40 {
      var chain = AccessChain(in: known)
      if let verdict = chain.verdict(on: Grants.Administrator(name: "deploy", keys: [key])) { return verdict }
      known.learn(Dictionary(uniqueKeysWithValues: chain.needs.map { ($0, host.answer($0)) }))
    }
    return nil
  }

  private func sudo(_ result: CommandResult) -> AccessChain.Verdict? {
    verdict { host in
      host.asking { question, _ in question == UserSudo.question("deploy") ? .there(value: result) : nil }
    }
  }

  @Test("whole where all links hold")
  func whole() {
    #expect(verdict() == .whole(key: key.fingerprint))
  }

  @Test("what StrictModes refuses: somebody else's folder, and one that others write")
  func strictModes() {
    let home: Path = "/home/deploy"
    func why(_ path: Path, _ entry: PlannedEntry) -> String {
      guard case .broken("key", let why)? = verdict({ $0.entries[path] = entry }) else { return "let in" }
      return why
    }
    #expect(why(home / ".ssh", .directory(0o755, Owner("ana", "ana"))) == "/home/deploy/.ssh belongs to ana")
    #expect(
      why(home, .directory(0o777, Owner("deploy", "deploy")))
        == "/home/deploy is writable by others than deploy (0777 deploy:deploy)")
    let lax = verdict { host in
      host.entries[home] = .directory(0o777, Owner("deploy", "deploy"))
      host.entries["/etc/ssh/sshd_config.d/10-lax.conf"] = .file("StrictModes no\n")
    }
    #expect(lax == .whole(key: key.fingerprint))
  }

  @Test("a list of revoked keys that only sshd can read proves nothing")
  func revoked() {
    let verdict = verdict { host in
      host.entries["/etc/ssh/sshd_config.d/10-own.conf"] = .file("RevokedKeys /etc/ssh/revoked\n")
      host.entries["/etc/ssh/revoked"] = .file("SSHKRL\n\u{1}")
    }
    #expect(verdict == .unknown(why: "RevokedKeys /etc/ssh/revoked is a binary list"))
  }

  @Test("sudo that gives everything and makes no administrator, or says nothing")
  func futileSudo() {
    let head = "User deploy may run the following commands on box:\n"
    let barren = sudo(CommandResult(status: 0, output: head + "    (ALL : ALL) NOEXEC: NOPASSWD: ALL\n"))
    guard case .broken("sudo", let why)? = barren else {
      Issue.record("\(String(describing: barren))")
      return
    }
    #expect(why.contains("noexec"))
    let silent = sudo(CommandResult(status: 1, output: "", errors: "sudo: sorry, you must have a tty to run sudo\n"))
    #expect(
      silent == .unknown(why: "sudo does not answer: sudo: sorry, you must have a tty to run sudo"))
  }

  @Test("sudo's program, which not everybody may run, or which makes nobody root")
  func sudoProgram() {
    func verdict(_ mode: FileMode, _ group: String, member: Bool = false) -> AccessChain.Verdict? {
      self.verdict { host in
        host.entries["/usr/bin/sudo"] = .file("", mode, Owner("root", group))
        if member { host.accounts.groups["sudo", default: []].append("deploy") }
      }
    }
    #expect(verdict(0o4755, "root") == .whole(key: key.fingerprint))
    #expect(verdict(0o4750, "sudo", member: true) == .whole(key: key.fingerprint))
    guard case .broken("sudo", let why)? = verdict(0o4750, "sudo") else {
      Issue.record("let in")
      return
    }
    #expect(why.hasPrefix("/usr/bin/sudo is 4750 root:sudo, and deploy is not in group sudo: add deploy to it"))
    guard case .broken("sudo", let bare)? = verdict(0o755, "root") else {
      Issue.record("let in")
      return
    }
    #expect(bare.contains("only root's own with the setuid bit makes root"))
  }

  @Test("a socket that listens today and not after a boot")
  func socket() {
    func verdict(_ enablement: String) -> AccessChain.Verdict? {
      self.verdict { host in
        host.serveBySocket()
        host.units["ssh.socket"]?.enablement = enablement
      }
    }
    #expect(verdict("enabled") == .whole(key: key.fingerprint))
    guard case .broken("port", let why)? = verdict("disabled") else {
      Issue.record("let in")
      return
    }
    #expect(why.hasPrefix("ssh.socket listens now, but is not enabled"))
  }
}
