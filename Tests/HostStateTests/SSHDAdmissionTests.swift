import HostState
import Testing

@Suite("Whom sshd lets in")
struct SSHDAdmissionTests {
  private static let root = Account(
    name: "root", uid: 0, group: "root", home: "/root", shell: "/bin/bash", password: .usable)
  private static let ana = Account(
    name: "ana", uid: 1000, group: "ana", home: "/home/ana", shell: "/bin/bash", password: .usable)

  private func admission(of account: Account, _ lines: String...) -> SSHDAdmission {
    let accounts = Accounts(users: [account.name: account], groups: ["ops": [account.name]], today: 20_000)
    let effective = SSHDEffective((["permitrootlogin yes"] + lines).joined(separator: "\n"))
    return SSHDAdmission(of: account, accounts, effective, from: "198.51.100.23")
  }

  private func isRefused(_ verdict: SSHDAdmission.Verdict) -> Bool {
    if case .refused = verdict { return true }
    return false
  }

  @Test("a key of root's opens no shell where root may only run what a key names")
  func rootByKey() {
    let accounts = Accounts(users: ["root": Self.root], groups: [:], today: 20_000)
    for (value, refuses) in [
      ("yes", false), ("prohibit-password", false), ("no", true), ("forced-commands-only", true),
    ] {
      let effective = SSHDEffective("permitrootlogin \(value)\n")
      let admission = SSHDAdmission(of: Self.root, accounts, effective, from: nil)
      #expect(isRefused(admission.byKey) == refuses, "\(value)")
    }
    #expect(admission(of: Self.ana, "permitrootlogin no").byKey == .admitted)
  }

  @Test("lists of users and groups, with what they except")
  func lists() {
    for (line, refuses) in [
      ("denyusers ana", true), ("denyusers b* a*@203.0.113.*", false), ("denyusers a*@198.51.100.0/24", true),
      ("denyusers ana@!198.51.100.23,198.51.100.*", false), ("denyusers ana@!198.51.100.23,198.51.100.0/24", false),
      ("allowusers ana@198.51.100.0/24,!198.51.100.23", true), ("allowusers root", true), ("denygroups ops", true),
      ("denygroups staff", false), ("allowgroups staff", true), ("allowgroups o*", false),
    ] {
      #expect(isRefused(admission(of: Self.ana, line).lists) == refuses, "\(line)")
    }
  }

  @Test(
    "settings that give no shell",
    arguments: [
      "forcecommand internal-sftp", "chrootdirectory /srv", "maxsessions 0", "persourcemaxstartups 0",
      "refuseconnection yes",
    ])
  func shell(_ line: String) {
    #expect(isRefused(admission(of: Self.ana, line).shell))
    #expect(admission(of: Self.ana, "forcecommand none", "chrootdirectory none", "maxsessions 10").shell == .admitted)
  }

  @Test("an account is closed from the day on which it expires")
  func expiry() {
    var ana = Self.ana
    for (day, isClosed) in [(19_999, true), (20_000, true), (20_001, false)] {
      ana.expires = day
      #expect((ana.closure(on: 20_000) != nil) == isClosed, "\(day)")
    }
  }

  @Test("a key helps nobody who must choose a password first, nor, without PAM, a locked account")
  func objections() {
    var ana = Self.ana
    #expect(ana.objectionToKeys(usesPAM: false) == nil)
    ana.password = .locked
    #expect(ana.objectionToKeys(usesPAM: false) != nil && ana.objectionToKeys(usesPAM: true) == nil)
    ana.password = .none
    #expect(ana.objectionToKeys(usesPAM: false) == nil)
    ana.passwordExpired = true
    #expect(ana.objectionToKeys(usesPAM: true) != nil)
  }
}
