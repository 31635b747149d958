/// Whom a connection to sshd is for, from where and to where: what `sshd -T -C` is asked about.
package struct SSHConnection: Hashable, Sendable {
  package var user: String
  package var groups: Set<String>
  package var address: String
  package var localAddress: String
  package var localPort: UInt16

  package init(user: String, groups: Set<String> = [], address: String, localAddress: String, localPort: UInt16) {
    self.user = user
    self.groups = groups
    self.address = address
    self.localAddress = localAddress
    self.localPort = localPort
  }
}

/// The condition of one `Match` line.
package enum SSHDMatch {
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

  /// The same for addresses, among which `10.0.0.0/8` is a block; nil where one cannot be read.
  package static func addresses(_ list: String, _ address: String) -> Bool? {
    guard list.contains("/") else { return matches(list, [address]) }
    guard let own = AddressRange(address) else { return nil }
    var found = false
    for pattern in list.split(separator: ",") {
      let isNegated = pattern.hasPrefix("!")
      let text = String(isNegated ? pattern.dropFirst() : pattern)
      let holds: Bool
      if text.contains("/") {
        guard let block = AddressRange(text) else { return nil }
        holds = block.contains(own)
      } else {
        holds = Wildcard(text).matches(address)
      }
      if holds && isNegated { return false }
      found = found || holds
    }
    return found
  }

  /// A pattern list of ssh_config(5): one that is negated and matches decides against all others.
  package static func matches(_ list: String, _ names: [String]) -> Bool {
    var found = false
    for pattern in list.split(separator: ",") {
      let negated = pattern.hasPrefix("!")
      let wildcard = Wildcard(String(negated ? pattern.dropFirst() : pattern))
      guard names.contains(where: wildcard.matches) else { continue }
      if negated { return false }
      found = true
    }
    return found
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
