import HostState

/// A password that an account has for one rehearsed login, in the overlay's accounts alone.
///
/// sudo is told it, so that all of its authentication, account, session and logging is done for real.
struct LentPassword: Codable, Hashable {
  let account: String
  let hash: String
  /// Files that stay on the host as they are, whatever is written to them in the overlay: what sudo and PAM remember of
  /// tries and of who was lectured.
  let shielded: [Path]
}

extension LentPassword {
  /// A text of letters and digits, by the kernel's random numbers.
  static func random() -> String {
    String((0..<24).compactMap { _ in "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789".randomElement() })
  }

  /// The hash of a password, by crypt(3).
  ///
  /// Perl, which is on every Debian (`perl-base` is essential), is told it on its standard input.
  static func hash(of password: String) -> String? {
    let command = Command(
      "/usr/bin/perl", ["-e", "chomp(my @words = <STDIN>); print crypt($words[0], $words[1])"],
      input: "\(password)\n$6$\(random().prefix(16))\n")
    guard case .finished(let result) = ProcessRunner().run(command), result.status == 0,
      Account.Password(field: result.output) == .usable
    else { return nil }
    return result.output
  }

  /// What faillock(8), lastly by `/etc/security/faillock.conf`, and sudo remember of accounts.
  static func memories(of names: [(name: String, number: UInt32?)], _ rules: [PAMRule], settings: String) -> [Path] {
    var folders: [Path] = []
    let locks = rules.filter { $0.module == "pam_faillock.so" }
    if !locks.isEmpty {
      folders = locks.flatMap(\.arguments).filter { $0.hasPrefix("dir=") }.map { Path(String($0.dropFirst(4))) }
      for line in settings.lines {
        let words = line.prefix { $0 != "#" }.split { $0 == "=" || $0.isWhitespace }
        if words.count == 2, words[0] == "dir" { folders.append(Path(String(words[1]))) }
      }
      folders.append("/run/faillock")
    }
    var paths = folders.flatMap { folder in names.map { folder / $0.name } }
    let lectured: Path = "/var/lib/sudo/lectured"
    // By name until sudo 1.9.15, by number since.
    for (name, number) in names { paths += [lectured / name] + (number.map { [lectured / String($0)] } ?? []) }
    return paths
  }
}
