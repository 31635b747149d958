/// One line that PAM goes by: pam.d(5).
package struct PAMRule: Hashable, Sendable {
  /// As `pam_unix.so`, without the folder that it may be named with.
  package let module: String
  package let arguments: [String]
}

extension PAMStack {
  /// The lines of one kind that PAM goes by for a service, with those that they include.
  ///
  /// - Parameters:
  ///   - kind: `auth`, `account`, `session` or `password`.
  ///   - reading: the text of a file; nil where it is not there.
  package static func rules(_ kind: String, of service: String, reading: (Path) -> String?) -> [PAMRule] {
    // A service without a file goes by that of all others.
    let isThere = text(of: service, reading) != nil
    return rules(kind, in: isThere ? service : "other", depth: 0, reading)
  }

  private static func text(of name: String, _ reading: (Path) -> String?) -> String? {
    name.hasPrefix("/") ? reading(Path(name)) : reading("/etc/pam.d" / name) ?? reading("/usr/lib/pam.d" / name)
  }

  private static func rules(
    _ kind: String, in name: String, depth: Int, _ reading: (Path) -> String?
  ) -> [PAMRule] {
    guard depth < 16, let text = text(of: name, reading) else { return [] }
    var rules: [PAMRule] = []
    for line in text.replacing("\\\n", with: " ").lines {
      let words = words(line.prefix { $0 != "#" })
      if words.first == "@include", words.count > 1 {
        rules += self.rules(kind, in: words[1], depth: depth + 1, reading)
      }
      guard words.count > 2, words[0].drop(while: { $0 == "-" }).lowercased() == kind else { continue }
      if ["include", "substack"].contains(words[1].lowercased()) {
        rules += self.rules(kind, in: words[2], depth: depth + 1, reading)
      } else {
        let module = words[2].split(separator: "/").last.map(String.init) ?? words[2]
        rules.append(PAMRule(module: module, arguments: Array(words[3...])))
      }
    }
    return rules
  }

  /// A control, or an argument, may be in brackets, with blanks: `[success=1 default=ignore]`.
  private static func words(_ line: some StringProtocol) -> [String] {
    var (words, word, isBracketed) = ([String](), "", false)
    for character in line {
      if character == "[" { isBracketed = true } else if character == "]" { isBracketed = false }
      if character.isWhitespace, !isBracketed {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    return word.isEmpty ? words : words + [word]
  }

  /// The first module that may let somebody through by something else than their Unix password, or keep them out without
  /// it: a second factor, another directory's password, an agent. Nil where none does.
  ///
  /// Known are those that ask nothing, and that one; any other may ask.
  package static func stranger(in rules: [PAMRule]) -> String? { rules.map(\.module).first { !familiar.contains($0) } }

  private static let familiar = Set(
    [
      "access", "cap", "deny", "env", "faildelay", "faillock", "group", "keyinit", "limits", "listfile", "localuser",
      "loginuid", "nologin", "permit", "rootok", "securetty", "selinux", "shells", "succeed_if", "time", "umask",
      "unix", "usertype", "warn", "wheel",
    ].map { "pam_\($0).so" })
}
