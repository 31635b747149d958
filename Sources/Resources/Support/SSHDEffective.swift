/// What `sshd -T` printed: the settings in force for one connection.
package struct SSHDEffective: Hashable, Sendable {
  /// Values by keyword in lower case; several where sshd prints a line for each (`port`, `allowusers`, `hostkey`).
  package let settings: [String: [String]]

  package init(_ output: String) {
    var settings: [String: [String]] = [:]
    for line in output.utf8.split(separator: 0x0A) {
      let text = String(decoding: line, as: UTF8.self)
      guard let blank = text.firstIndex(of: " ") else { continue }
      settings[String(text[..<blank]), default: []].append(String(text[text.index(after: blank)...]))
    }
    self.settings = settings
  }

  /// The value of a keyword, nil when sshd does not print it.
  package subscript(_ keyword: String) -> String? {
    settings[keyword.lowercased()]?.joined(separator: " ")
  }

  /// Where it listens: `ListenAddress` may name a port of its own, and then `Port` says nothing (sshd_config(5)).
  package var ports: [UInt16] {
    let bound = (settings["listenaddress"] ?? []).compactMap { Self.port(of: $0) }
    return bound.isEmpty ? (settings["port"] ?? []).compactMap { UInt16($0) } : Set(bound).sorted()
  }

  /// The addresses that it binds, of which `AddressFamily` has its say, too: `0.0.0.0`, `::`, `203.0.113.5`.
  package var listenAddresses: [String] {
    (settings["listenaddress"] ?? []).map { line in
      var address = line.prefix { $0 != " " }
      if let port = Self.port(of: line) { address = address.dropLast("\(port)".utf8.count + 1) }
      return String(address.filter { $0 != "[" && $0 != "]" })
    }
  }

  /// The port that `ADDRESS:PORT` or `[ADDRESS]:PORT` names; nil for an address alone.
  static func port(of address: String) -> UInt16? {
    let parts = address.prefix { $0 != " " }.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 || address.hasPrefix("["), let last = parts.last else { return nil }
    return UInt16(last)
  }

  /// Where keys of an account are looked for, `%u`, `%h` and `%%` replaced.
  package func keyFiles(of account: Account) -> [Path] {
    let patterns = (self["authorizedkeysfile"] ?? ".ssh/authorized_keys").split(separator: " ").map(String.init)
    return patterns.filter { $0 != "none" }.map { Self.keyFile($0, of: account) }
  }

  private static func keyFile(_ pattern: String, of account: Account) -> Path {
    var text = ""
    var characters = Array(pattern)[...]
    while let character = characters.popFirst() {
      guard character == "%", let code = characters.popFirst() else {
        text.append(character)
        continue
      }
      switch code {
      case "u": text += account.name
      case "h": text += account.home.text
      case "U": text += account.uid.map { "\($0)" } ?? ""
      default: text.append(code)
      }
    }
    return text.hasPrefix("/") ? Path(text) : account.home / text
  }

  /// A value in one spelling: `prohibit-password` is printed as `without-password`, and the case does not matter.
  static func canonical(_ value: String) -> String {
    let value = value.lowercased()
    return value == "without-password" ? "prohibit-password" : value
  }
}

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
  static func own(of listeners: [Listener]) -> [Listener] {
    guard let line = judged(of: listeners).map(commandLine) else { return [] }
    return daemons(of: listeners).filter { commandLine(of: $0) == line }
  }

  /// `sshd: /usr/sbin/sshd -D `
  private static func commandLine(of listener: Listener) -> String {
    let title = listener.argv.joined(separator: " ")
    return String(title[..<(title.firstRange(of: "[listener]")?.lowerBound ?? title.endIndex)])
  }

  /// What a socket that it opens will be known by.
  static func title(of listeners: [Listener]) -> String {
    (judged(of: listeners).map(commandLine) ?? "sshd: /usr/sbin/sshd -D ") + "[listener]"
  }

  /// The main file that it reads.
  package static func mainFile(_ arguments: [String]) -> Path {
    guard let flag = arguments.firstIndex(of: "-f"), flag + 1 < arguments.count else { return "/etc/ssh/sshd_config" }
    return Path(arguments[flag + 1])
  }
}
