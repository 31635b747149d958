import Glibc
import HostState

/// Who runs harden, and where they came from.
enum OperatorReading {
  static func answer(statedAddress: String?) -> Answer<Fact> {
    let user = geteuid()
    let names = AccountNames.read()
    var visitor = Operator(user: names.users[user] ?? String(user), isRoot: user == 0, login: login(names))
    let connection = Self.connection().flatMap { found in parse(found.text).map { (parts: $0, source: found.source) } }
    // What somebody says comes first: the environment of a terminal that was left open tells of an older login.
    if let (parts, source) = connection, statedAddress.map({ $0 == parts.address }) ?? true {
      visitor.address = parts.address
      visitor.addressSource = source
      visitor.localAddress = parts.localAddress
      visitor.localPort = parts.localPort
      visitor.relay = RelayReading.relay(of: parts)
      if !visitor.isOfThisHost { visitor.tunnel = TunnelReading.tunnel(to: parts.address) }
    } else if let statedAddress {
      visitor.address = statedAddress
      visitor.addressSource = "--from"
      visitor.tunnel = TunnelReading.tunnel(to: statedAddress)
    }
    return .there(value: .operator(visitor))
  }

  /// sudo(8) says who called it; else the kernel knows who logged in (`/proc/self/loginuid`, unset: 4294967295).
  private static func login(_ names: AccountNames) -> String? {
    if let caller = getenv("SUDO_USER") { return String(cString: caller) }
    guard case .read(let text) = SmallFile.text("/proc/self/loginuid"), let number = uid_t(text.filter(\.isNumber)),
      number != uid_t.max
    else { return nil }
    return names.users[number]
  }

  /// sudo takes `SSH_CONNECTION` away and sshd's own processes overwrite their environment, so the nearest ancestor
  /// that still has it counts.
  static func connection() -> (text: String, source: String)? {
    if let own = getenv("SSH_CONNECTION") { return (String(cString: own), "SSH_CONNECTION") }
    return connection(of: getpid())
  }

  /// The same for another process.
  static func connection(of process: pid_t) -> (text: String, source: String)? {
    var process = process
    while process > 1 {
      if let found = variable("SSH_CONNECTION", of: process) { return (found, "an ancestor's SSH_CONNECTION") }
      guard let parent = ProcessStatus.of(process)?.parent else { return nil }
      process = parent
    }
    return nil
  }

  private static func variable(_ name: String, of process: pid_t) -> String? {
    guard case .read(let bytes) = SmallFile.bytes("/proc/\(process)/environ") else { return nil }
    let start = Array((name + "=").utf8)
    guard let entry = bytes.split(separator: 0).first(where: { $0.starts(with: start) }) else { return nil }
    return String(decoding: entry.dropFirst(start.count), as: UTF8.self)
  }

  /// Client address and port, server address and port (ssh(1)).
  static func parse(_ connection: String) -> Connection? {
    let words = connection.split(separator: " ").map(String.init)
    guard words.count == 4, let port = UInt16(words[1]), let localPort = UInt16(words[3]) else { return nil }
    return Connection(address: words[0], port: port, localAddress: words[2], localPort: localPort)
  }

  struct Connection: Hashable {
    var address: String
    var port: UInt16
    var localAddress: String
    var localPort: UInt16
  }
}
