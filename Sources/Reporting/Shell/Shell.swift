import HostState

/// Words and lines that bash reads back as exactly what was meant.
enum Shell {
  static func word(_ path: Path) -> String { word(path.text) }

  /// Quoted where needed; with `$'…'` where something in it would act on the terminal that shows it.
  static func word(_ text: String) -> String {
    guard !text.unicodeScalars.allSatisfy(isPlain) else { return Command.quoted(text) }
    var quoted = "$'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": quoted += "\\n"
      case "\\": quoted += "\\\\"
      case "'": quoted += "\\'"
      case _ where isPlain(scalar): quoted.unicodeScalars.append(scalar)
      default: quoted += escaped(scalar)
      }
    }
    return quoted + "'"
  }

  /// setfacl(1) is in a package that Debian does not install by itself.
  static let bringingSetfacl = "[ -x /usr/bin/setfacl ] || apt-get install -y acl"

  /// Whether it can be shown as it is; a line break and a tab can.
  static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\n" || scalar == "\t" || !isUnprintable(scalar)
  }

  /// Its UTF-8 bytes, three octal digits each, which never run into what follows.
  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    String(scalar).utf8.map { byte in
      let digits = String(byte, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }.joined()
  }

  /// A program call with its environment, user and standard input.
  static func lines(_ command: Command) -> [String] {
    let variables = command.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\(word($0.value))" }
    var words: [String] = []
    if let user = command.user {
      words = ["runuser -u \(word(user)) --"] + (variables.isEmpty ? [] : ["env"] + variables)
    } else {
      words = variables
    }
    words += ([command.executable.name] + command.arguments).map(word)
    let line = words.joined(separator: " ")
    guard let input = command.input, !input.isEmpty else { return [line] }
    return ["printf %s \(word(input)) | \(variables.isEmpty || command.user != nil ? line : "env " + line)"]
  }
}
