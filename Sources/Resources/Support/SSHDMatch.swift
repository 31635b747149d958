/// The condition of one `Match` line.
extension SSHDMatch {
  /// Whether it holds for the connection; nil where only sshd can say.
  ///
  /// Used to name a line, never to judge what is in force.
  package static func holds(_ condition: String, for connection: SSHConnection) -> Bool? {
    var words = SSHDConfigFiles.words("match " + condition).dropFirst().map { $0 }
    var verdict: Bool? = true
    while let criterion = words.first {
      words.removeFirst()
      var name = criterion.lowercased()
      if name == "all" { continue }
      var pattern = ""
      if let equals = name.firstIndex(of: "=") {
        pattern = String(criterion.dropFirst(name.distance(from: name.startIndex, to: equals) + 1))
        name = String(name[..<equals])
      } else {
        guard let next = words.first else { return nil }
        pattern = next
        words.removeFirst()
      }
      let holds: Bool?
      switch name {
      case "user": holds = matches(pattern, [connection.user])
      case "group": holds = matches(pattern, Array(connection.groups))
      case "localport": holds = pattern.split(separator: ",").contains { $0 == "\(connection.localPort)" }
      case "address", "host": holds = addresses(pattern, connection.address)
      case "localaddress": holds = addresses(pattern, connection.localAddress)
      default: holds = nil
      }
      if holds == false { return false }
      if holds == nil { verdict = nil }
    }
    return verdict
  }
}

extension SSHDConfigFiles {
  /// The line that gives the keyword this value for the connection, as far as the text tells.
  package func line(deciding keyword: String, value: String, for connection: SSHConnection) -> SSHDConfigLine? {
    let setting = lines.filter { $0.keyword == keyword.lowercased() }
    let wanted = SSHDEffective.canonical(value)
    var maybe: SSHDConfigLine?
    for line in setting where !line.conditions.isEmpty {
      let verdicts = line.conditions.map { SSHDMatch.holds($0, for: connection) }
      if verdicts.contains(false) { continue }
      guard SSHDEffective.canonical(line.value) == wanted else { continue }
      if !verdicts.contains(nil) { return line }
      maybe = maybe ?? line
    }
    if let maybe { return maybe }
    let global = setting.filter(\.conditions.isEmpty)
    // Of this one alone the last value wins.
    if keyword.lowercased() == "maxstartups" { return global.last }
    return global.first { SSHDEffective.canonical($0.value) == wanted } ?? global.first
  }
}
