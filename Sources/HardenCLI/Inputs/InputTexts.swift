import HostAccess
import HostState
import RecipeDSL

/// Inputs as texts by name, from options, a values file and what the host remembers.
///
/// What is wrong on the way is collected: whoever mends one thing should not meet the next one only then.
enum InputTexts {
  /// Reads `--set NAME=VALUE`, several of them for a list.
  static func parsed(_ settings: [String], failures: inout [Diagnostic]) -> [String: [String]] {
    var texts: [String: [String]] = [:]
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        failures.append(.noEqualsSign(setting))
        continue
      }
      texts[kebabCase(trimmed(parts[0])), default: []].append(trimmed(parts[1]))
    }
    return texts
  }

  /// Reads a values file: `NAME = VALUE` on each line, `#` at the start of a line for comments.
  static func parsed(
    valuesFile text: String, named name: String, failures: inout [Diagnostic]
  ) -> [String: [String]] {
    if let kind = KeyFile(text) {
      failures.append(kind.fault(of: name, for: "The values file", setting: "NAME="))
      return [:]
    }
    var texts: [String: [String]] = [:]
    for (number, line) in lines(in: text) {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
      guard parts.count == 2, isName(parts[0]) else {
        failures.append(.notAValuesLine(SourceLine(file: name, line: number)))
        continue
      }
      texts[kebabCase(parts[0]), default: []].append(parts[1])
    }
    return texts
  }

  /// The lines that say something, by their numbers: neither empty nor a comment.
  private static func lines(in text: String) -> [(number: Int, text: String)] {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
      .map { (number: $0 + 1, text: trimmed($1)) }
      .filter { !$0.text.isEmpty && !$0.text.hasPrefix("#") }
  }

  /// Whether an input could be called so: `ssh-port`, `sshPort`.
  private static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "-_".contains($0) }
  }

  /// Puts the lines of a file in the place of `@FILE`, and of `NAME @FILE` where the input takes that.
  ///
  /// An input of which no file could be read has no text at all. What is wrong with a file's words is told by the
  /// number of the line, never by the words: with a wrong name it is another file, and may hold secrets.
  ///
  /// - Parameter directory: where a relative file name begins; the working directory when nil.
  static func readingFiles(
    _ texts: [String: [String]], of recipe: any Recipe.Type, home: String?, from directory: String? = nil,
    failures: inout [Diagnostic]
  ) -> [String: [String]] {
    let inputs = recipe.inputs
    var read: [String: [String]] = [:]
    for (name, values) in texts.sorted(by: { $0.key < $1.key }) {
      let input = inputs.first { $0.name == name }
      let takesName = input?.form.takesFileAfterName ?? false
      read[name] = []
      for value in values {
        guard let (prefix, file) = fileReference(in: value, afterName: takesName) else {
          read[name]?.append(value)
          continue
        }
        do throws(Diagnostic) {
          guard !file.isEmpty else { throw .noFileName(name, prefix) }
          let path = resolved(file, home: home, from: directory)
          let areKeys = takesName ? !prefix.isEmpty : input?.form == PublicKey.form
          let found = try lines(of: path, input: name, prefix: prefix, areKeys: areKeys)
          let values = found.map { prefix.isEmpty ? $0.text : "\(prefix) \($0.text)" }
          if let input, prefix.isEmpty {
            guard input.isList || Set(values).count == 1 else { throw .severalLines(path, name, found.count) }
            let wrong = found.filter { !recipe.takes($0.text, for: name) }
            if let first = wrong.first { throw .notOfForm(path, input, first.number, others: wrong.count - 1) }
          }
          read[name]? += values
        } catch {
          failures.append(error)
        }
      }
    }
    return read
  }

  private static func fileReference(in value: String, afterName: Bool) -> (prefix: String, file: String)? {
    if value.hasPrefix("@") { return ("", String(value.dropFirst())) }
    let words = value.split(separator: " ", maxSplits: 1).map(trimmed)
    guard afterName, words.count == 2, words[1].hasPrefix("@") else { return nil }
    return (words[0], String(words[1].dropFirst()))
  }

  private static func resolved(_ file: String, home: String?, from directory: String?) -> String {
    if let home, file.hasPrefix("~/") { return home + file.dropFirst(1) }
    if let directory, !file.hasPrefix("/") { return directory + "/" + file }
    return file
  }

  /// The lines that say something. Keys of another form are refused before a word of them goes anywhere, and so is a
  /// file of anything else where keys are wanted.
  private static func lines(
    of path: String, input: String, prefix: String, areKeys: Bool
  ) throws(Diagnostic) -> [(number: Int, text: String)] {
    guard let text = try UserFiles.text(of: path) else { throw .noFile(path, input) }
    if let kind = KeyFile(text) {
      throw kind.fault(of: path, for: input, setting: "\(input)=\(prefix.isEmpty ? "" : prefix + " ")")
    }
    let lines = lines(in: text)
    guard !lines.isEmpty else { throw .emptyFile(path, input) }
    if areKeys {
      let faults = lines.compactMap { line in PublicKey.fault(of: line.text).map { (line.number, $0.reason) } }
      if let (number, reason) = faults.first { throw .noKeys(path, input, number, reason, others: faults.count - 1) }
    }
    return lines
  }
}

extension Diagnostic {
  fileprivate static func noEqualsSign(_ setting: String) -> Diagnostic {
    Diagnostic("Input not understood", detail: "“\(setting)” is not of the form NAME=VALUE.", fix: "--set NAME=VALUE")
  }
  /// The line is not said again: in a file of another kind it may be a secret.
  fileprivate static func notAValuesLine(_ source: SourceLine) -> Diagnostic {
    Diagnostic(
      "Values file not understood", detail: "Line \(source.line) is not of the form NAME = VALUE.",
      fix: "Write NAME = VALUE, or begin the line with # to make it a comment.", source: source)
  }
  fileprivate static func noFileName(_ input: String, _ prefix: String) -> Diagnostic {
    let setting = "\(input)=\(prefix.isEmpty ? "" : prefix + " ")@FILE"
    return Diagnostic(
      "File name missing", detail: "\(input) is to be read from a file, and after the @ stands no name of one.",
      fix: "--set \(Command.quoted(setting))")
  }
  fileprivate static func noFile(_ path: String, _ input: String) -> Diagnostic {
    Diagnostic("File not found", detail: "\(input) is to be read from “\(path)”, which is not there.")
  }
  fileprivate static func emptyFile(_ path: String, _ input: String) -> Diagnostic {
    Diagnostic("File is empty", detail: "\(input) is to be read from “\(path)”, which says nothing.")
  }
  fileprivate static func noKeys(
    _ path: String, _ input: String, _ line: Int, _ reason: String, others: Int
  ) -> Diagnostic {
    Diagnostic(
      "Not a public key",
      detail: "\(input) is to be read from “\(path)”, and line \(line) of it is no OpenSSH public key: "
        + "\(reason).\(nor(others))",
      fix: "cat ~/.ssh/id_ed25519.pub", source: SourceLine(file: path, line: line))
  }
  fileprivate static func notOfForm(
    _ path: String, _ input: InputDescription, _ line: Int, others: Int
  ) -> Diagnostic {
    Diagnostic(
      "Input not understood",
      detail: "\(input.name) is to be read from “\(path)”, and line \(line) of it is not \(input.form.words)."
        + nor(others),
      fix: "--set \(input.name)=\(Command.quoted(input.form.example))", source: SourceLine(file: path, line: line))
  }
  fileprivate static func severalLines(_ path: String, _ input: String, _ count: Int) -> Diagnostic {
    Diagnostic(
      "Input given twice",
      detail: "\(input) takes one value, and “\(path)”, from which it is to be read, has \(count) lines.")
  }
  private static func nor(_ others: Int) -> String {
    others == 0 ? "" : others == 1 ? " Nor is another line of it." : " Nor are \(others) other lines of it."
  }
}
