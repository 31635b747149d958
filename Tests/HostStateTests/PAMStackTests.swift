import Testing

@testable import HostState

@Suite("What PAM goes by")
struct PAMStackTests {
  private func modules(_ files: [Path: String], of service: String = "sudo") -> [String] {
    PAMStack.rules("auth", of: service) { files[$0] }.map(\.module)
  }

  @Test("lines of one kind, with what they include")
  func rules() {
    let files: [Path: String] = [
      "/etc/pam.d/sudo": "#%PAM-1.0\nsession required pam_limits.so\n@include common-auth\n"
        + "-auth optional pam_x.so # y\n",
      "/etc/pam.d/common-auth": "auth\t[success=1 default=ignore]\t/lib/security/pam_unix.so nullok\n"
        + "AUTH required \\\n pam_deny.so\nauth substack more\nauth include /etc/own\naccount required pam_no.so\n",
      "/usr/lib/pam.d/more": "auth required pam_listfile.so item=user file=[/a b]\n",
      "/etc/own": "auth required pam_env.so\n@include /etc/own\n",
    ]
    let all = modules(files)
    #expect(all.prefix(4) == ["pam_unix.so", "pam_deny.so", "pam_listfile.so", "pam_env.so"] && all.last == "pam_x.so")
    let rules = PAMStack.rules("auth", of: "sudo") { files[$0] }
    #expect(rules.first?.arguments == ["nullok"] && rules[2].arguments == ["item=user", "file=[/a b]"])
  }

  @Test("a service without a file goes by that of all others")
  func other() {
    let files: [Path: String] = ["/etc/pam.d/other": "auth required pam_deny.so\n"]
    #expect(modules(files) == ["pam_deny.so"])
    #expect(modules(["/etc/pam.d/sudo": ""]).isEmpty && modules([:]).isEmpty)
  }

  @Test(
    "a module that may ask for something else than the password is a stranger",
    arguments: [
      ("pam_unix.so pam_deny.so pam_permit.so pam_cap.so pam_faillock.so pam_listfile.so", nil),
      ("pam_unix.so pam_u2f.so", "pam_u2f.so"), ("pam_oath.so pam_unix.so", "pam_oath.so"),
      ("pam_ssh_agent_auth.so pam_unix.so", "pam_ssh_agent_auth.so"), ("pam_sss.so", "pam_sss.so"),
      ("pam_exec.so", "pam_exec.so"),
    ] as [(String, String?)])
  func strangers(_ modules: String, _ stranger: String?) {
    let rules = modules.split(separator: " ").map { PAMRule(module: String($0), arguments: []) }
    #expect(PAMStack.stranger(in: rules) == stranger)
  }
}
