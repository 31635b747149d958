import Glibc
import HostState

/// What reading something came to, before it is a probe's answer.
enum Reading<Value> {
  case read(Value)
  case absent
  case unreadable(String)

  /// The answer; a value that gives no fact is absent.
  func fact(_ fact: (Value) -> Fact?) -> Answer<Fact> {
    switch self {
    case .read(let value): fact(value).map { .there(value: $0) } ?? .absent
    case .absent: .absent
    case .unreadable(let reason): .unreadable(reason: reason)
    }
  }
}

extension ProcessRunner.Outcome {
  /// What the command wrote, when it ended with an exit code that it counts as success.
  func reading(of command: Command) -> Reading<String> {
    switch self {
    case .finished(let result) where command.accepted.contains(result.status): return .read(result.output)
    case .finished(let result):
      let last = result.errors.lines.last.map { ": \($0)" } ?? ""
      let words = Capabilities.missingWords().map { "\($0), and " } ?? ""
      return .unreadable("\(words)\(command.executable.name) ended with exit code \(result.status)\(last)")
    case .noProgram: return .absent
    case .outOfTime(let seconds, _): return .unreadable("\(command.executable) did not end within \(seconds) s")
    case .tooMuchOutput(let bytes, _): return .unreadable("\(command.executable) wrote more than \(bytes) bytes")
    case .notStarted(let reason): return .unreadable("\(command.executable) could not be started: \(reason)")
    }
  }
}

/// Small files that a reading needs whole.
enum SmallFile {
  /// The most that is taken for text, in bytes.
  static let limit = 1 << 20

  /// The bytes of a regular file. Never waits for a FIFO or a device.
  static func bytes(_ path: String, limit: Int = limit, followingLinks: Bool = true) -> Reading<[UInt8]> {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (followingLinks ? 0 : O_NOFOLLOW))
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR: return .absent
      case ELOOP: return .unreadable("it is a symbolic link")
      case let error: return .unreadable(String(cString: strerror(error)))
      }
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return .unreadable(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { return .unreadable("it is no regular file") }
    // Files of /proc have size 0, so the size says nothing of what is to come.
    var bytes: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &room, room.count)
      if count == 0 { return .read(bytes) }
      if count < 0 {
        if errno == EINTR { continue }
        return .unreadable(String(cString: strerror(errno)))
      }
      bytes.append(contentsOf: room[..<count])
      if bytes.count > limit { return .unreadable("it is larger than \(limit) bytes") }
    }
  }

  /// The text; what is no UTF-8 becomes U+FFFD.
  static func text(_ path: String) -> Reading<String> {
    switch bytes(path) {
    case .read(let bytes): .read(String(decoding: bytes, as: UTF8.self))
    case .absent: .absent
    case .unreadable(let reason): .unreadable(reason)
    }
  }

  /// The lines; none where it cannot be read.
  static func lines(_ path: String) -> [Substring] {
    guard case .read(let text) = text(path) else { return [] }
    return text.lines
  }

  /// `KEY=value` lines as a shell reads them: comments left out, quotes taken off.
  static func assignments(_ text: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in text.lines {
      let line = line.drop { $0 == " " || $0 == "\t" }
      guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
      var value = line[line.index(after: equals)...]
      while let last = value.last, last == " " || last == "\t" || last == "\r" { value.removeLast() }
      if value.count >= 2, let quote = value.first, quote == "\"" || quote == "'", value.last == quote {
        value = value.dropFirst().dropLast()
      }
      values[String(line[..<equals])] = String(value)
    }
    return values
  }
}
