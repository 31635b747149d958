/// The modules that PAM asks whether an account may log in: pam.d(5).
package enum PAMStack {
  package static let files: [Path] = ["/etc/pam.d/sshd", "/etc/pam.d/common-account"]

  /// Names of the modules that have a say beside the account's own expiry.
  package static func modules(_ texts: [String]) -> [String] {
    texts.flatMap { $0.split(whereSeparator: \.isNewline) }.compactMap { line in
      let words = line.split { $0 == " " || $0 == "\t" }
      guard words.first == "account" || words.first == "-account" else { return nil }
      return words.first { $0.hasSuffix(".so") }.map(String.init)
    }
  }

  /// Those whose verdict hangs on what only a login itself shows.
  package static let unforeseeable: Set<String> = [
    "pam_exec.so", "pam_group.so", "pam_listfile.so", "pam_script.so", "pam_shells.so", "pam_succeed_if.so",
    "pam_tally2.so", "pam_time.so",
  ]
}
