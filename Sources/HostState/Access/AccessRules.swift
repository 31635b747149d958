/// Files beside sshd's own that decide who gets in, judged for one login. The first rule that matches decides.
package struct AccessRules {
  package enum Verdict: Hashable { case admitted, refused(String), unknown(String) }

  package let user: String
  package let groups: Set<String>
  /// Nil when it is not known.
  package let address: String?

  private enum Match { case yes, no, maybe }

  package init(user: String, groups: Set<String>, address: String?) {
    (self.user, self.groups, self.address) = (user, groups, address)
  }
}

// MARK: pam_access

extension AccessRules {
  /// access.conf(5): `+ or - : users : origins`. Who is named nowhere is admitted.
  package func accessConf(_ text: String) -> Verdict {
    for line in lines(text) {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map { words(String($0)) }
      guard fields.count == 3, let permission = fields[0].first else { continue }
      let match = both(list(fields[1], one: isUser), list(fields[2], one: isOrigin))
      if match == .no { continue }
      if permission == "+" && match == .yes { return .admitted }
      let rule = "/etc/security/access.conf: \(line)"
      return match == .yes ? .refused(rule) : .unknown(rule)
    }
    return .admitted
  }

  private func isUser(_ word: String) -> Match {
    if word == "ALL" || word == user { return .yes }
    if word.hasPrefix("("), word.hasSuffix(")") {
      return groups.contains(String(word.dropFirst().dropLast())) ? .yes : .no
    }
    if word.contains("@") { return .maybe }
    // Without nodefgroup, a name that is no user's may be a group's.
    return groups.contains(word) ? .yes : .no
  }
}

// MARK: TCP wrappers

extension AccessRules {
  /// hosts_access(5): a match in hosts.allow admits, then one in hosts.deny refuses, and else everybody is admitted.
  package func wrappers(allow: String, deny: String) -> Verdict {
    var doubt: String?
    for (text, file, admits) in [(allow, "/etc/hosts.allow", true), (deny, "/etc/hosts.deny", false)] {
      for line in lines(text) {
        // An address of IPv6 stands in brackets, so that its colons part nothing.
        let fields = fields(line)
        guard fields.count >= 2 else { continue }
        let match = both(list(words(fields[0]), one: isDaemon), list(words(fields[1]), one: isOrigin))
        if match == .no { continue }
        // hosts_options(5): the last field may say otherwise.
        let option = fields.dropFirst(2).last?.filter { $0 != " " }.lowercased()
        let isRefusal = option == "deny" || option?.hasPrefix("twist") == true
        let isAdmitted = option == "allow" ? true : isRefusal ? false : admits
        let rule = "\(file): \(line)"
        switch (isAdmitted, match) {
        case (true, .yes): return .admitted
        case (true, _): doubt = doubt ?? rule
        // Whom a line before may have admitted, this one may not refuse.
        case (false, .yes): return doubt.map { .unknown($0) } ?? .refused(rule)
        case (false, _): return .unknown(rule)
        }
      }
    }
    return .admitted
  }

  private func isDaemon(_ word: String) -> Match {
    word == "ALL" || word == "sshd" ? .yes : word.hasPrefix("sshd@") ? .maybe : .no
  }

  private func fields(_ line: String) -> [String] {
    var fields = [""]
    var isBracketed = false
    for character in line {
      if character == "[" { isBracketed = true }
      if character == "]" { isBracketed = false }
      if character == ":" && !isBracketed { fields.append("") } else { fields[fields.count - 1].append(character) }
    }
    return fields
  }
}

// MARK: Both

extension AccessRules {
  private func isOrigin(_ word: String) -> Match {
    if word == "ALL" { return .yes }
    // Neither says anything of an address from outside: a name without a dot, a terminal.
    if word == "LOCAL" || word.hasPrefix("tty") || word.hasPrefix(":") || word.hasPrefix("cron") { return .no }
    guard let address else { return .maybe }
    let bare = word.filter { $0 != "[" && $0 != "]" }
    if let block = AddressRange(bare) ?? AddressRange(netmasked: bare),
      let source = AddressRange(NetworkAddress.plain(address))
    {
      return block.contains(source) ? .yes : .no
    }
    if bare.hasSuffix("."), bare.allSatisfy({ $0.isNumber || $0 == "." }) {
      return address.hasPrefix(bare) ? .yes : .no
    }
    return .maybe
  }

  /// `a b EXCEPT c`.
  private func list(_ words: [String], one: (String) -> Match) -> Match {
    guard let except = words.lastIndex(of: "EXCEPT") else {
      let matches = words.map(one)
      return matches.contains(.yes) ? .yes : matches.contains(.maybe) ? .maybe : .no
    }
    let match = list(Array(words[..<except]), one: one)
    guard match != .no else { return .no }
    switch list(Array(words[(except + 1)...]), one: one) {
    case .yes: return .no
    case .no: return match
    case .maybe: return .maybe
    }
  }

  private func both(_ left: Match, _ right: Match) -> Match {
    left == .no || right == .no ? .no : left == .yes && right == .yes ? .yes : .maybe
  }

  private func lines(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map { String($0.drop { $0 == " " || $0 == "\t" }) }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
  }

  private func words(_ text: String) -> [String] {
    text.split { $0 == " " || $0 == "\t" || $0 == "," }.map(String.init)
  }
}
