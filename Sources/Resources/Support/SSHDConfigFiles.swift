/// One line of sshd's configuration, and the conditions of the `Match` blocks that it stands in.
package struct SSHDConfigLine: Hashable, Sendable {
  /// In lower case, as `sshd -T` prints it.
  package let keyword: String
  package let arguments: [String]
  package let file: Path
  package let number: Int
  /// What follows `Match`, outermost first; empty for a line that holds for everybody.
  package let conditions: [String]

  /// `/etc/ssh/sshd_config:12`
  package var place: String { "\(file):\(number)" }
  package var value: String { arguments.joined(separator: " ") }
}

/// The text that sshd reads, in the order in which it reads it: sshd_config(5).
///
/// `sshd -T` says what is in force, never which line decided it; this reader is there to name that line. For each
/// keyword the first value wins; a value within `Match` beats every global one, the first that matches before the rest.
/// `Include` patterns are read in the order of their bytes, and a `Match` ends with its file. Any bytes are accepted.
package struct SSHDConfigFiles: Sendable {
  package private(set) var lines: [SSHDConfigLine] = []
  /// What has to be read before the rest can be.
  package private(set) var missing: Set<Probe> = []
  package private(set) var unreadable: [Path] = []
  /// Files in the order of reading.
  package private(set) var files: [Path] = []
  /// Directories that an `Include` lists.
  package private(set) var listed: [Path] = []

  private let known: Observations

  package init(main: Path = "/etc/ssh/sshd_config", known: Observations) {
    self.known = known
    read(main, conditions: [], depth: 0)
  }

  /// `SERVCONF_MAX_DEPTH` of OpenSSH.
  private static let deepest = 16
  /// A file that includes itself twice would be read 65,536 times within that depth; sshd refuses it anyway.
  private static let most = 512

  private mutating func read(_ path: Path, conditions outer: [String], depth: Int) {
    guard depth <= Self.deepest, files.count < Self.most else { return }
    guard let (path, text) = text(of: path) else { return }
    files.append(path)
    var conditions = outer
    for (number, words) in Self.parsed[text] {
      guard let keyword = words.first?.lowercased() else { continue }
      let arguments = Array(words.dropFirst())
      switch keyword {
      case "match": conditions = outer + [arguments.joined(separator: " ")]
      case "include":
        for pattern in arguments { include(pattern, conditions: conditions, depth: depth) }
      default:
        lines.append(
          SSHDConfigLine(
            keyword: Self.modern[keyword] ?? keyword, arguments: arguments, file: path, number: number,
            conditions: conditions))
      }
    }
  }

  /// The text, and the file that holds it: sshd follows links.
  private mutating func text(of path: Path) -> (path: Path, text: String)? {
    switch LinkedText(of: path, known) {
    case .there(let text, let file): return (file, text)
    case .absent: break
    case .asks(let probe): missing.insert(probe)
    case .unreadable(let path): unreadable.append(path)
    }
    return nil
  }

  /// The lines that have words, and their numbers.
  private static let parsed = Parsed<String, [(number: Int, words: [String])]> { text in
    text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated().compactMap { index, line in
      let words = words(String(decoding: line, as: UTF8.self))
      return words.isEmpty ? nil : (index + 1, words)
    }
  }

  private mutating func include(_ pattern: String, conditions: [String], depth: Int) {
    let path = Path(pattern.hasPrefix("/") ? pattern : "/etc/ssh/" + pattern)
    var found: [Path] = ["/"]
    for part in path.text.split(separator: "/").map(String.init) {
      let isPattern = part.contains { "*?[".contains($0) }
      found = found.flatMap { folder in isPattern ? names(like: part, in: folder) : [folder / part] }
    }
    for file in found.sorted(by: { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }) {
      read(file, conditions: conditions, depth: depth + 1)
    }
  }

  /// As glob(7) has it: what begins with a dot is matched by a dot alone.
  private mutating func names(like pattern: String, in folder: Path) -> [Path] {
    let probe = Probe.names(directory: folder)
    listed.append(folder)
    guard let answer = known.answer(probe) else {
      missing.insert(probe)
      return []
    }
    guard case .there(.names(let names)) = answer else {
      if answer != .absent { unreadable.append(folder) }
      return []
    }
    return names.filter { $0.hasPrefix(".") == pattern.hasPrefix(".") && Wildcard(pattern).matches($0) }
      .map { folder / $0 }
  }

  /// Old names that sshd still takes.
  private static let modern = [
    "challengeresponseauthentication": "kbdinteractiveauthentication",
    "skeyauthentication": "kbdinteractiveauthentication",
    "dsaauthentication": "pubkeyauthentication", "pubkeyacceptedkeytypes": "pubkeyacceptedalgorithms",
  ]

  /// The words of a line: blanks and one `=` after the keyword part them, quotes hold them together, `#` ends them.
  static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word: [UInt8] = []
    var quote: UInt8?
    var isOpen = false
    var equalsSeen = false
    let bytes = Array(line.utf8)
    var index = 0
    func close(_ words: inout [String]) {
      if isOpen { words.append(String(decoding: word, as: UTF8.self)) }
      word = []
      isOpen = false
    }
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if let open = quote {
        if byte == open {
          quote = nil
        } else if byte == 0x5C, index < bytes.count, bytes[index] == open || bytes[index] == 0x5C {
          word.append(bytes[index])
          index += 1
        } else {
          word.append(byte)
        }
        continue
      }
      switch byte {
      case 0x20, 0x09, 0x0D, 0x0C: close(&words)
      case UInt8(ascii: "=") where !equalsSeen && (words.count == 1 && !isOpen || words.isEmpty && isOpen):
        equalsSeen = true
        close(&words)
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        quote = byte
        isOpen = true
      case UInt8(ascii: "#") where !isOpen: return words
      case 0x5C where index < bytes.count && [0x20, 0x22, 0x27, 0x5C].contains(bytes[index]):
        word.append(bytes[index])
        index += 1
        isOpen = true
      default:
        word.append(byte)
        isOpen = true
      }
    }
    close(&words)
    return words
  }
}
