import HostAccess
import HostState
import RecipeDSL

extension Verb {
  static let setSecret = Verb(
    "secret set", arguments: ["KEY"], summary: "put a value of your own into the site's file of secrets",
    discussion: [
      "The value comes from standard input, so that it stands in no argument, history or log; at a terminal it is asked "
        + "for and not shown. A last newline is not part of it.",
      "The file is the one that this host's recipe declares. Keys that the recipe itself decides are refused: the next "
        + "apply would take them back.",
    ],
    flags: [.secretsFile],
    examples: ["harden secret set DB_PASSWORD", "harden secret set DB_PASSWORD <password.txt"]
  ) { invocation, tool throws(Failure) in
    let key = invocation.arguments[0]
    guard isKey(key) else { throw .misuse(.notAKey(key)) }
    try tool.requireRoot(for: invocation)
    let choice = try tool.choose(invocation, named: nil)
    let file = try tool.secretsFile(of: choice, invocation.value(.secretsFile))
    guard !file.keys.contains(key) else { throw Failure(.decidedByRecipe(key, choice.name)) }
    guard let value = tool.console.readSecret("Value of \(key), not shown: ") else { throw Failure(.noValue) }
    guard !value.isEmpty else { throw Failure(.noValue) }
    guard !value.unicodeScalars.contains("\0") else { throw Failure(.valueWithNUL) }
    try diagnosed { () throws(Diagnostic) in
      try Executor().setSecret(key, to: value, in: file.path, mode: file.mode, owner: file.owner) { words, _ in
        tool.console.note("\(words)\n")
      }
    }
    tool.console.print("\(key) is set in \(file.path).\n")
    tool.console.note("What reads it only when it starts must be told:\n\n    sudo systemctl reload apache2\n")
    return .done
  }
}

/// Whether it is a name as programs look for one.
private func isKey(_ word: String) -> Bool {
  let isName = word.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "_.-".utf8.contains(byte)
    }
  }
  return isName && !word.isEmpty && word.count <= 128
}

extension Flag {
  static let secretsFile = Flag("--file", "FILE", "which file, where the recipe declares several")
}

extension Tool {
  /// The file of secrets that a recipe declares.
  fileprivate func secretsFile(of choice: RecipeChoice, _ wanted: String?) throws(Failure) -> SecretsFile {
    let files = choice.recipe.state.sections.flatMap(\.declarations).compactMap { $0.resource as? SecretsFile }
    let matching = files.filter { wanted == nil || $0.path == Path(wanted ?? "") }
    guard let file = matching.first else {
      throw Failure(.noSecretsFile(choice.name, wanted, files.map(\.path.text)))
    }
    guard matching.count == 1 else { throw .misuse(.severalSecretsFiles(files.map(\.path.text))) }
    return file
  }
}

extension Diagnostic {
  /// What stands behind a `=` may be the secret itself, so it is not said again.
  fileprivate static func notAKey(_ word: String) -> Diagnostic {
    let hint =
      word.contains("=")
      ? " The value is no part of it, and comes from standard input: what you typed may stand in your shell's history now."
      : ""
    return Diagnostic(
      "Not a key", detail: "A key is a word such as DB_PASSWORD: letters, digits, and . _ - between them.\(hint)",
      fix: "harden secret set DB_PASSWORD")
  }

  fileprivate static let valueWithNUL = Diagnostic(
    "Not a value", detail: "The value has a zero byte in it, which no program takes. The file is as it was.",
    fix: "Look at it with od -c: a text of two bytes a character (UTF-16) has them.")

  fileprivate static let noValue = Diagnostic(
    "No value", detail: "Nothing came from standard input, or no text. The file is as it was.")

  fileprivate static func decidedByRecipe(_ key: String, _ recipe: String) -> Diagnostic {
    Diagnostic(
      "Decided by the recipe",
      detail: "The recipe \(recipe) decides what \(key) is, and its next apply would take another value back.",
      fix: "harden show \(recipe)")
  }

  fileprivate static func noSecretsFile(_ recipe: String, _ wanted: String?, _ known: [String]) -> Diagnostic {
    let detail =
      known.isEmpty
      ? "The recipe \(recipe) declares no file of secrets."
      : "The recipe \(recipe) declares no file of secrets “\(wanted ?? "")”. It has \(known.joined(separator: ", "))."
    return Diagnostic("No file of secrets", detail: detail)
  }

  fileprivate static func severalSecretsFiles(_ known: [String]) -> Diagnostic {
    Diagnostic(
      "Which file?", detail: "The recipe declares several files of secrets: \(known.joined(separator: ", ")).",
      fix: "--file \(known.first ?? "FILE")")
  }
}
