import HostState
import RecipeDSL

/// A values file as `harden init` writes it: every input explained, with a best guess.
enum ValuesFile {
  static func text(for type: any Recipe.Type, _ guesses: Guesses) -> String {
    var text = """
      # Inputs of the recipe \(type.name): \(type.summary).
      #
      # NAME = VALUE on a line; a further line with the same NAME adds to a list. Lines that begin with # are comments.
      # Then look at what would change:
      #     harden plan \(type.name) --values FILE

      """
    for input in type.inputs {
      text += "\n" + comment(Help.sentence(input.summary))
      var takes = Help.sentence(input.form.words + (input.isList ? "; a line for each" : ""))
      if !input.isRequired {
        let value = input.defaultTexts?.joined(separator: ", ") ?? ""
        takes += value.isEmpty ? " May be left out." : " \(value) if left out."
      }
      text += comment(takes)
      let guess = guesses.guess(for: input, of: type.name)
      if let remark = guess.remark { text += comment(remark) }
      for line in guess.values { text += "\(input.name) =\(line.isEmpty ? "" : " " + line)\n" }
      for line in guess.suggestions { text += "# \(input.name) = \(line)\n" }
      if guess.values.isEmpty && guess.suggestions.isEmpty {
        text += input.isRequired ? "\(input.name) =\n" : "# \(input.name) = \(example(of: input))\n"
      }
    }
    return text
  }

  private static func example(of input: InputDescription) -> String {
    guard let texts = input.defaultTexts, let first = texts.first, !first.isEmpty else { return input.form.example }
    return input.form.separator == nil ? first : texts.joined(separator: ", ")
  }

  private static func comment(_ words: String) -> String {
    Help.wrapped(words, indent: 0).lines.map { "# \($0)\n" }.joined()
  }
}

/// What a values file says of one input.
struct Guess: Hashable, Sendable {
  /// In force unless the owner edits them.
  var values: [String] = []
  /// Commented out.
  var suggestions: [String] = []
  /// Where they come from.
  var remark: String?
}
