import Glibc
import HostState

/// Who listens: one `ss` a round.
enum SocketTable {
  static let command = Command("/usr/bin/ss", ["-Htulnp"])

  struct Row: Hashable {
    var listener: Listener
    var identifier: pid_t?
  }

  static func rows(_ outcome: ProcessRunner.Outcome) -> Reading<[Row]> {
    switch outcome.reading(of: command) {
    case .read(let text):
      var rows = parse(text)
      for (index, row) in rows.enumerated() {
        if let identifier = row.identifier { rows[index].listener.argv = argumentVector(identifier) }
      }
      return .read(rows)
    case .absent: return .unreadable("there is no /usr/bin/ss (package iproute2)")
    case .unreadable(let reason): return .unreadable(reason)
    }
  }

  /// Each socket once, by transport, port and address; the argument vectors are still missing.
  static func parse(_ text: String) -> [Row] {
    var rows: Set<Row> = []
    for line in text.lines {
      // tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=3),("systemd",pid=1,fd=61))
      let fields = line.split(separator: " ", maxSplits: 6, omittingEmptySubsequences: true)
      guard fields.count >= 6, let colon = fields[4].lastIndex(of: ":"),
        let port = UInt16(fields[4][fields[4].index(after: colon)...])
      else { continue }
      var address = fields[4][..<colon]
      // A zone stands after the bracket: `[fe80::1]%eth0`.
      address.removeAll { $0 == "[" || $0 == "]" }
      let holders = fields.count > 6 ? Self.holders(fields[6]) : []
      // A socket that systemd made is systemd's, also while the daemon it started holds it too.
      let owner = holders.first { $0.identifier == 1 } ?? holders.first
      rows.insert(
        Row(
          listener: Listener(
            transport: String(fields[0]), address: String(address), port: port, process: owner?.name ?? ""),
          identifier: (holders.first { $0.identifier != 1 } ?? holders.first)?.identifier))
    }
    return rows.sorted { left, right in
      let (left, right) = (left.listener, right.listener)
      return (left.transport, left.port, left.address) < (right.transport, right.port, right.address)
    }
  }

  /// The processes that hold a socket, oldest number first: a daemon before its workers.
  private static func holders(_ text: Substring) -> [(name: String, identifier: pid_t)] {
    var holders: [(name: String, identifier: pid_t)] = []
    for part in text.split(separator: "(").dropFirst() {
      guard let closing = part.dropFirst().firstIndex(of: "\"") else { continue }
      let name = part[part.index(after: part.startIndex)..<closing]
      let digits = part[closing...].drop { !$0.isNumber }.prefix { $0.isNumber }
      if let identifier = pid_t(digits) { holders.append((String(name), identifier)) }
    }
    return holders.sorted { $0.identifier < $1.identifier }
  }

  /// `/proc/PID/cmdline`, as far as the daemon left it: sshd overwrites it with one string.
  static func argumentVector(_ process: pid_t) -> [String] {
    guard case .read(var bytes) = SmallFile.bytes("/proc/\(process)/cmdline") else { return [] }
    while bytes.last == 0 { bytes.removeLast() }
    if bytes.isEmpty { return [] }
    return bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
  }
}
