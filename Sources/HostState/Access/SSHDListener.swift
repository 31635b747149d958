/// How the daemon that listens was started.
package enum SSHDListener {
  /// The options of its command line that decide settings, from the title that sshd gives its process.
  ///
  /// sshd overwrites its arguments with `sshd: /usr/sbin/sshd -D -o A=b [listener] 0 of 10-100 startups`, so where one
  /// ends is told by what sshd's options are: sshd(8).
  package static func arguments(of listeners: [Listener]) -> [String] {
    guard let title = judged(of: listeners)?.argv.joined(separator: " ") else { return [] }
    var words = title.split(separator: " ").map(String.init)
    if words.first == "sshd:" { words.removeFirst() }
    if let end = words.firstIndex(of: "[listener]") { words.removeSubrange(end...) }
    words = Array(words.dropFirst())
    var arguments: [String] = []
    while let word = words.first {
      words.removeFirst()
      guard word.hasPrefix("-"), let letter = word.dropFirst().first else { continue }
      guard "bcCEfghkopu".contains(letter) else {
        if letter == "4" || letter == "6" { arguments.append("-\(letter)") }
        continue
      }
      var value = String(word.dropFirst(2))
      if value.isEmpty, let next = words.first {
        value = next
        words.removeFirst()
      }
      // The value of -o may hold blanks, which the title does not quote.
      while letter == "o", let next = words.first, !next.hasPrefix("-") {
        value += " " + next
        words.removeFirst()
      }
      if "fhopc".contains(letter) { arguments += ["-\(letter)", value] }
    }
    return arguments
  }

  /// Those of one that is started by a command line and does not run yet.
  package static func arguments(ofCommand line: String) -> [String] {
    arguments(of: [started(by: line, program: "sshd")])
  }

  /// A server that does not run yet, as if it listened.
  package static func started(
    by line: String, program: String, at address: String = "*", port: UInt16 = 0
  ) -> Listener {
    Listener(transport: "tcp", address: address, port: port, process: program, argv: ["sshd: \(line) [listener]"])
  }

  /// The sockets of the daemon itself, not those that its sessions forward.
  package static func daemons(of listeners: [Listener]) -> [Listener] {
    listeners.filter { listener in
      guard listener.transport == "tcp", listener.process == "sshd" else { return false }
      guard let title = listener.argv.first, title.hasPrefix("sshd:") else { return true }
      return listener.argv.joined(separator: " ").contains("[listener]")
    }
  }

  /// Units start it with -D; somebody who starts a second one by hand, often not.
  private static func judged(of listeners: [Listener]) -> Listener? {
    let daemons = daemons(of: listeners)
    return daemons.first { commandLine(of: $0).contains(" -D") } ?? daemons.first
  }

  /// The sockets of the daemon that is judged: others were started by another line.
  package static func own(of listeners: [Listener]) -> [Listener] {
    guard let line = judged(of: listeners).map(commandLine) else { return [] }
    return daemons(of: listeners).filter { commandLine(of: $0) == line }
  }

  /// `sshd: /usr/sbin/sshd -D `
  private static func commandLine(of listener: Listener) -> String {
    let title = listener.argv.joined(separator: " ")
    return String(title[..<(title.firstRange(of: "[listener]")?.lowerBound ?? title.endIndex)])
  }

  /// What a socket that it opens will be known by.
  package static func title(of listeners: [Listener]) -> String {
    (judged(of: listeners).map(commandLine) ?? "sshd: /usr/sbin/sshd -D ") + "[listener]"
  }

  /// The main file that it reads.
  package static func mainFile(_ arguments: [String]) -> Path {
    guard let flag = arguments.firstIndex(of: "-f"), flag + 1 < arguments.count else { return "/etc/ssh/sshd_config" }
    return Path(arguments[flag + 1])
  }
}
