import HostTesting
import Testing

@testable import Resources

@Suite("Certificates and programs that let in over SSH")
struct SSHDAuthoritiesTests {
  private let daemon = SSHDaemon(rootLogin: .never, passwords: false)

  private func host(_ change: (inout SimulatedHost) -> Void) -> SimulatedHost {
    var host = SimulatedHost.debian(12)
    host.addUser("admin", uid: 1000, password: .usable, groups: ["sudo"])
    change(&host)
    return host
  }

  @Test("names the authorities whose certificates let in, whom they let in as, and the line that says so")
  func authorities() throws {
    let fingerprint = try PublicKey(line: SimulatedHost.keyLine(7)).fingerprint
    let host = host { host in
      host.addUser("bob", uid: 1005)
      host.entries["/etc/ssh/sshd_config.d/20-ca.conf"] = .file("TrustedUserCAKeys /etc/ssh/ca.pub\n", 0o644)
      host.entries["/etc/ssh/ca.pub"] = .link(target: "keys/ca.pub")
      host.entries["/etc/ssh/keys/ca.pub"] = .file("# ours\n" + SimulatedHost.keyLine(7, comment: "ca") + "\n", 0o644)
    }
    func note(_ names: String) -> String {
      "whoever has a certificate signed by \(fingerprint) “ca” gets in as \(names): TrustedUserCAKeys /etc/ssh/ca.pub, "
        + "set by /etc/ssh/sshd_config.d/20-ca.conf:1. To close it: sed -i '1s/^/#/' "
        + "/etc/ssh/sshd_config.d/20-ca.conf; systemctl reload ssh"
    }
    #expect(try host.proposal(of: daemon).notes.contains(note("admin, bob")))
    let strict = SSHDaemon(rootLogin: .never, passwords: false, allowUsers: ["bob"])
    #expect(try host.proposal(of: strict).notes.contains(note("bob")))
    let keys = SSHDaemon(rootLogin: .keysOnly, passwords: false)
    #expect(try host.proposal(of: keys).notes.contains(note("admin, bob, root")))
    var principals = host
    principals.entries["/etc/ssh/sshd_config.d/20-ca.conf"] = .file(
      "TrustedUserCAKeys /etc/ssh/ca.pub\nAuthorizedPrincipalsFile /etc/ssh/names/%u\n", 0o644)
    #expect(
      try principals.proposal(of: strict).notes.contains {
        $0.contains(
          "gets in as bob, by the names of AuthorizedPrincipalsFile /etc/ssh/names/%u: TrustedUserCAKeys")
      })
    var gone = host
    gone.entries["/etc/ssh/keys/ca.pub"] = nil
    #expect(try !gone.proposal(of: daemon).notes.contains { $0.contains("certificate") })
    var locked = host
    for path in ["/etc/ssh/ca.pub", "/etc/ssh/keys/ca.pub"] as [Path] {
      locked.overrides[.contents(path: path)] = .unreadable(reason: "no")
    }
    #expect(
      try locked.proposal(of: strict).notes.contains {
        $0.hasPrefix("whoever has a certificate signed by an authority that could not be read gets in as bob: ")
      })
  }

  @Test("an authority for one account alone, by Match, is told with that account")
  func authorityOfOne() throws {
    let host = host { host in
      host.addUser("bob", uid: 1005)
      host.entries["/etc/ssh/sshd_config.d/20-ca.conf"] = .file(
        "Match User bob\nTrustedUserCAKeys /etc/ssh/ca.pub\n", 0o644)
      host.entries["/etc/ssh/ca.pub"] = .file(SimulatedHost.keyLine(7) + "\n", 0o644)
    }
    #expect(
      try host.proposal(of: daemon).notes.contains {
        $0.contains(
          " gets in as bob: TrustedUserCAKeys /etc/ssh/ca.pub, set by /etc/ssh/sshd_config.d/20-ca.conf:2. ")
      })
  }

  @Test("a program that tells sshd keys is a way in, too, wherever it was given")
  func keysCommand() throws {
    let host = host {
      $0.entries["/etc/ssh/sshd_config.d/20-keys.conf"] = .file("AuthorizedKeysCommand /usr/bin/keys %u\n", 0o644)
    }
    #expect(
      try host.proposal(of: daemon).notes.contains(
        "whoever “/usr/bin/keys %u” tells a key of gets in as admin: AuthorizedKeysCommand /usr/bin/keys %u, "
          + "set by /etc/ssh/sshd_config.d/20-keys.conf:1. To close it: sed -i '1s/^/#/' "
          + "/etc/ssh/sshd_config.d/20-keys.conf; systemctl reload ssh"))
    let option = self.host {
      $0.listeners = [
        Listener(
          transport: "tcp", address: "0.0.0.0", port: 22, process: "sshd",
          argv: ["sshd: /usr/sbin/sshd -D -o AuthorizedKeysCommand=/usr/bin/keys [listener] 0 of 10-100 startups"])
      ]
    }
    #expect(
      try option.proposal(of: daemon).notes.contains(
        "whoever “/usr/bin/keys” tells a key of gets in as admin: AuthorizedKeysCommand /usr/bin/keys, "
          + "set on the daemon's command line. Where it stands: grep SSHD_OPTS /etc/default/ssh; systemctl cat ssh.service"
      ))
  }

  @Test("a line of an account's own that names an authority is no key, and keys are found where sshd looks for them")
  func ownAuthorities() throws {
    let fingerprint = try PublicKey(line: SimulatedHost.keyLine(7)).fingerprint
    let host = host {
      $0.authorize("admin", lines: ["# mine", "cert-authority,principals=\"a,b\" " + SimulatedHost.keyLine(7)])
      $0.entries["/home/admin/.ssh/authorized_keys2"] = .file(SimulatedHost.keyLine(8, comment: "spare") + "\n", 0o600)
    }
    let notes = try host.proposal(of: daemon).notes
    #expect(
      notes.contains(
        "admin lets in whoever has a certificate signed by \(fingerprint): cert-authority,principals=\"a,b\" in "
          + "/home/admin/.ssh/authorized_keys:2. To close it: sed -i '2s/^/#/' /home/admin/.ssh/authorized_keys"))
    #expect(notes.contains { $0.hasPrefix("admin holds a key: SHA256:") && $0.hasSuffix("“spare”") })
  }
}
