import HostState

/// What dpkg knows of packages: one `dpkg-query` for all of a round.
enum PackageReading {
  static func command(_ names: [String]) -> Command {
    // 1: some of the names are unknown, the others are told all the same.
    Command(
      "/usr/bin/dpkg-query", ["-W", "-f", "${Package}\t${db:Status-Status}\t${Version}\n", "--"] + names,
      accepted: [0, 1])
  }

  /// States by name. Unknown names are left out, and so are those that dpkg has merely heard of.
  static func states(_ outcome: ProcessRunner.Outcome) -> Reading<[String: PackageState]> {
    switch outcome.reading(of: command([])) {
    case .read(let text): .read(parse(text))
    case .absent: .unreadable("there is no dpkg-query: harden works on Debian and what descends from it")
    case .unreadable(let reason): .unreadable(reason)
    }
  }

  static func parse(_ text: String) -> [String: PackageState] {
    var states: [String: PackageState] = [:]
    for line in text.lines {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count == 3, fields[1] != "not-installed" else { continue }
      let name = String(fields[0])
      // One line for each architecture: the installed one counts.
      if states[name]?.isInstalled == true { continue }
      states[name] = PackageState(status: String(fields[1]), version: String(fields[2]))
    }
    return states
  }
}
