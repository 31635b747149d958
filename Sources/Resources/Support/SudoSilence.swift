/// Why sudo tells nothing of an account's rights.
struct SudoSilence {
  /// Says where sudo looks for its rules: nsswitch.conf(5), sudoers.ldap(5).
  static let switches: Path = "/etc/nsswitch.conf"

  private let complaint: String
  private let cause: Cause

  private enum Cause {
    /// `Defaults requiretty` concerns root, too.
    case terminal
    /// The line of `/etc/nsswitch.conf` by which it asks SSSD, and its number.
    case directory(line: String, number: Int)
    case rootIsShut(today: Int)
    case unknown
  }

  /// Nil where it tells them.
  init?(_ result: CommandResult, _ host: Observations) {
    guard let complaint = SudoRights.complaint(result) else { return nil }
    self.complaint = complaint
    let accounts = (try? host.accounts())?.value
    if complaint.contains("tty") {
      cause = .terminal
    } else if ["libsss_sudo", "SSS source"].contains(where: result.errors.contains), let line = Self.line(host) {
      cause = .directory(line: line.text, number: line.number)
    } else if let accounts, accounts.users["root"]?.refusesSudo(on: accounts.today) == true {
      cause = .rootIsShut(today: accounts.today)
    } else {
      cause = .unknown
    }
  }

  private static func line(_ host: Observations) -> (text: String, number: Int)? {
    guard let text = (try? host.contents(switches))?.value else { return nil }
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
      if words.first == "sudoers:", words.contains("sss") { return (words.joined(separator: " "), index + 1) }
    }
    return nil
  }

  func diagnostic(about name: String) -> Diagnostic {
    let (why, fix) = explanation(name)
    return Diagnostic(
      "sudo does not answer", detail: "What \(name) may do with sudo cannot be asked: “\(complaint)”. \(why)", fix: fix,
      address: "user:\(name)")
  }

  private func explanation(_ name: String) -> (why: String, fix: String) {
    switch cause {
    case .terminal:
      return (
        "A tty is wanted where sudoers says “Defaults requiretty”, and then no script and no tool can use sudo over SSH "
          + "either.", "grep -rn requiretty /etc/sudoers /etc/sudoers.d"
      )
    case .directory(let line, let number):
      return (
        "\(Self.switches):\(number) says “\(line)”: sudo is to ask SSSD for its rules, what it needs for that is not "
          + "installed, and without it sudo does nothing for anybody.",
        "sed -i '\(number)s/.*/sudoers: files/' \(Self.switches)   # or, if SSSD is meant: apt-get install libsss-sudo"
      )
    case .rootIsShut(let today):
      return (
        "That is said of root, whose account has expired or whose password is over age, and it tells nothing of "
          + "\(name). With root's account open in a mount namespace sudo told nothing either, or this host allows none.",
        "chage -d \(civilDate(daysSince1970: today)) -E -1 root   # or, for a new password: passwd root"
      )
    case .unknown:
      return (
        "Root itself is refused, so whether \(name) could become root cannot be told.", "sudo -l -U \(name)"
      )
    }
  }
}
