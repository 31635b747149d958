import Testing

@testable import HostState

@Suite("Rules of TCP wrappers and pam_access")
struct AccessRulesTests {
  private let rules = AccessRules(user: "deploy", groups: ["deploy", "ops"], address: "198.51.100.23")

  @Test(
    "hosts.allow before hosts.deny",
    arguments: [
      ("", "", .admitted),
      ("", "ALL: ALL", .refused("/etc/hosts.deny: ALL: ALL")),
      ("sshd: 198.51.100.", "ALL: ALL", .admitted),
      ("sshd: 198.51.100.0/255.255.255.0", "ALL: ALL", .admitted),
      ("sshd: 198.51.100.0/255.255.255.240", "ALL: ALL", .refused("/etc/hosts.deny: ALL: ALL")),
      ("sshd: 198.51.100.0/255.0.255.0", "ALL: ALL", .unknown("/etc/hosts.allow: sshd: 198.51.100.0/255.0.255.0")),
      ("sshd: .example.test", "ALL: ALL", .unknown("/etc/hosts.allow: sshd: .example.test")),
      ("sshd: .example.test\nsshd: 198.51.100.", "ALL: ALL", .admitted),
      ("sshd: .example.test", "", .admitted),
      ("sshd: ALL EXCEPT 198.51.100.0/24", "sshd: ALL", .refused("/etc/hosts.deny: sshd: ALL")),
      ("sshd: [2001:db8::]/32", "sshd: ALL", .refused("/etc/hosts.deny: sshd: ALL")),
      ("", "# sshd: ALL\nvsftpd: ALL", .admitted),
      ("", "sshd: .example.test", .unknown("/etc/hosts.deny: sshd: .example.test")),
      ("sshd: ALL: DENY", "", .refused("/etc/hosts.allow: sshd: ALL: DENY")),
      ("sshd: ALL: twist /bin/echo no", "", .refused("/etc/hosts.allow: sshd: ALL: twist /bin/echo no")),
      ("sshd: ALL: spawn /bin/true", "ALL: ALL", .admitted),
      ("", "ALL: ALL EXCEPT .example.test", .unknown("/etc/hosts.deny: ALL: ALL EXCEPT .example.test")),
    ] as [(String, String, AccessRules.Verdict)])
  func wrappers(allow: String, deny: String, verdict: AccessRules.Verdict) {
    #expect(rules.wrappers(allow: allow, deny: deny) == verdict)
  }

  @Test(
    "the first line of access.conf that matches decides",
    arguments: [
      ("# nothing\n", .admitted),
      ("-:ALL EXCEPT root:ALL", .refused("/etc/security/access.conf: -:ALL EXCEPT root:ALL")),
      ("+ : deploy : ALL\n- : ALL : ALL", .admitted),
      ("+:(ops):198.51.100.0/24\n-:ALL:ALL", .admitted),
      ("+:deploy:203.0.113.0/24\n-:ALL:ALL", .refused("/etc/security/access.conf: -:ALL:ALL")),
      ("-:ALL EXCEPT root:LOCAL", .admitted),
      ("+:deploy:.example.test\n-:ALL:ALL", .unknown("/etc/security/access.conf: +:deploy:.example.test")),
      ("-:deploy:.example.test", .unknown("/etc/security/access.conf: -:deploy:.example.test")),
    ] as [(String, AccessRules.Verdict)])
  func accessConf(text: String, verdict: AccessRules.Verdict) {
    #expect(rules.accessConf(text) == verdict)
  }

  @Test("without a known address, a rule about one is not judged")
  func console() {
    let rules = AccessRules(user: "deploy", groups: [], address: nil)
    #expect(rules.accessConf("-:ALL:10.0.0.0/8") == .unknown("/etc/security/access.conf: -:ALL:10.0.0.0/8"))
    #expect(
      rules.wrappers(allow: "sshd: 10.0.0.0/8", deny: "ALL: ALL") == .unknown("/etc/hosts.allow: sshd: 10.0.0.0/8"))
  }

  @Test("modules of the account stack alone count")
  func modules() {
    let text =
      "# account required pam_time.so\nauth required pam_exec.so\naccount  required\tpam_access.so nodefgroup\n"
    #expect(PAMStack.modules([text]) == ["pam_access.so"])
  }
}
