import HostState

/// What may let somebody in by the address they come from, apart from sshd itself.
enum AddressJudges {
  /// The first that there is, by its file: `/etc/hosts.allow`, `pam_exec.so in /etc/pam.d/sshd`.
  static func first(below root: String = "") -> String? {
    for file in ["/etc/hosts.allow", "/etc/hosts.deny", "/etc/security/access.conf"] where hasRules(root + file) {
      return file
    }
    return module(in: "/etc/pam.d/sshd", below: root, depth: 0)
  }

  private static func hasRules(_ file: String) -> Bool {
    guard case .read(let text) = SmallFile.text(file) else { return false }
    return text.lines.contains { line in
      let rule = line.drop(while: \.isWhitespace)
      return !rule.isEmpty && !rule.hasPrefix("#")
    }
  }

  /// pam.d(5): `account required pam_access.so accessfile=…`, `@include common-account`, `auth substack other`.
  private static func module(in file: String, below root: String, depth: Int) -> String? {
    guard depth < 8, case .read(let text) = SmallFile.text(root + file) else { return nil }
    for line in text.lines {
      var words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
      if words.first == "@include", words.count > 1 {
        if let found = module(in: path(words[1]), below: root, depth: depth + 1) { return found }
        continue
      }
      guard let kind = words.first, ["auth", "account", "session"].contains(kind.drop { $0 == "-" }) else { continue }
      words.removeFirst()
      if words.count > 1, ["include", "substack"].contains(words[0]) {
        if let found = module(in: path(words[1]), below: root, depth: depth + 1) { return found }
        continue
      }
      // The control may be in brackets, with blanks: `[success=1 default=ignore]`.
      guard let module = words.first(where: { $0.hasSuffix(".so") })?.split(separator: "/").last.map(String.init),
        !blind.contains(module)
      else { continue }
      return "\(module) in \(file)"
    }
    return nil
  }

  private static func path(_ name: String) -> String { name.hasPrefix("/") ? name : "/etc/pam.d/" + name }

  /// Modules that do not care from where somebody comes, by their man pages. Any other one may.
  private static let blind = Set(
    [
      "cap", "cracklib", "debug", "deny", "echo", "ecryptfs", "env", "faildelay", "faillock", "fprintd",
      "gnome_keyring",
      "group", "issue", "keyinit", "krb5", "lastlog", "lastlog2", "ldap", "limits", "localuser", "loginuid", "mail",
      "mkhomedir", "mklocaluser", "motd", "mount", "namespace", "nologin", "passwdqc", "permit", "pwhistory",
      "pwquality",
      "rootok", "securetty", "selinux", "sss", "systemd", "systemd_home", "tally2", "time", "timestamp", "tmpdir",
      "umask", "unix", "userdb", "warn", "wheel", "winbind", "xauth",
    ].map { "pam_\($0).so" })
}
