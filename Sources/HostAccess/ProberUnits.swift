import HostState

/// What systemd knows of units: one `systemctl show` for all of a round.
enum UnitReading {
  struct Report: Equatable {
    /// Nil when systemd does not know the unit.
    var state: UnitState?
    /// When `ActiveState` last changed (a reload changes it twice), in microseconds since 1970. Survives a
    /// daemon-reload, which `ExecReload`'s times do not.
    var changed: Int?
  }

  static func command(_ units: [String]) -> Command {
    Command(
      "/usr/bin/systemctl",
      [
        "show", "--timestamp=us+utc",
        "--property=Id,LoadState,UnitFileState,ActiveState,StateChangeTimestamp,NextElapseUSecRealtime", "--",
      ] + units)
  }

  static func reports(_ outcome: ProcessRunner.Outcome, of units: [String]) -> Reading<[String: Report]> {
    switch outcome.reading(of: command([])) {
    case .read(let text):
      let blocks = parse(text, now: Executor.now)
      // An alias is answered under the name it stands for, so only the order tells which block is whose.
      guard blocks.count == units.count else {
        return .unreadable("systemctl answered for \(blocks.count) units of \(units.count)")
      }
      return .read(Dictionary(zip(units, blocks), uniquingKeysWith: { first, _ in first }))
    case .absent: return .unreadable("there is no systemctl on this host")
    case .unreadable(let reason): return .unreadable(reason)
    }
  }

  /// What `systemctl show` says without the last run of each command, which is another one after every start.
  ///
  /// `ExecStart={ path=… ; argv[]=… ; ignore_errors=no ; start_time=[…] ; stop_time=[…] ; pid=67 ; code=… ; status=… }`
  static func lasting(_ text: String, of command: Command) -> String {
    guard command.executable == "/usr/bin/systemctl", command.arguments.first == "show" else { return text }
    var left = text[...]
    var lasting = ""
    while let start = left.firstRange(of: " ; start_time=[")?.lowerBound,
      let end = left[start...].firstRange(of: " }")?.lowerBound
    {
      lasting += left[..<start]
      left = left[end...]
    }
    return lasting + left
  }

  /// One report a block; blocks are divided by empty lines.
  ///
  /// - Parameter now: in seconds since 1970.
  static func parse(_ text: String, now: Int = 0) -> [Report] {
    var reports: [Report] = []
    var block: [Substring: Substring] = [:]
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let equals = line.firstIndex(of: "=") {
        block[line[..<equals]] = line[line.index(after: equals)...]
      } else if !block.isEmpty {
        reports.append(report(block, now))
        block = [:]
      }
    }
    if !block.isEmpty { reports.append(report(block, now)) }
    return reports
  }

  /// The longest that a timer may let certificates wait, in seconds: a third of the shortest ones' life, six days.
  private static let longestWait = 2 * 86_400

  private static func report(_ block: [Substring: Substring], _ now: Int) -> Report {
    let activity = block["ActiveState"] ?? "inactive"
    var report = Report(changed: block["StateChangeTimestamp"].flatMap(microseconds))
    if block["LoadState"] != "not-found" || activity == "active" {
      let next = block["NextElapseUSecRealtime"].flatMap(microseconds).map { $0 / 1_000_000 }
      report.state = UnitState(
        enablement: String(block["UnitFileState"] ?? ""), activity: String(activity),
        isRare: next.flatMap { $0 - now > longestWait ? true : nil })
    }
    return report
  }

  /// `Tue 2026-11-24 22:58:35.123456 UTC` in microseconds since 1970.
  static func microseconds(_ stamp: Substring) -> Int? {
    let words = stamp.split(separator: " ")
    guard words.count == 4, words[3] == "UTC" else { return nil }
    // No wider than a calendar: what is multiplied below cannot overflow.
    let date = words[1].split(separator: "-").compactMap { UInt16($0) }.map { Int($0) }
    let clock = words[2].split(separator: ".", omittingEmptySubsequences: false)
    let hours = clock[0].split(separator: ":").compactMap { UInt8($0) }.map { Int($0) }
    guard date.count == 3, hours.count == 3, (1...12).contains(date[1]) else { return nil }
    var fraction = 0
    if clock.count == 2 {
      let digits = clock[1].prefix(6)
      guard var value = UInt32(digits).map({ Int($0) }) else { return nil }
      for _ in digits.count..<6 { value *= 10 }
      fraction = value
    }
    let days = daysSince1970(year: date[0], month: date[1], day: date[2])
    let seconds = days * 86_400 + hours[0] * 3600 + hours[1] * 60 + hours[2]
    return seconds * 1_000_000 + fraction
  }
}
