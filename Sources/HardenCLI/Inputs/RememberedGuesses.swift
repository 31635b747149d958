import RecipeDSL

extension Guesses {
  /// What the host remembers goes before what it shows: a plan with the file as it is written changes nothing.
  func guess(for input: InputDescription, of recipe: String) -> Guess {
    var guess = guess(for: input)
    guard let memory else { return guess }
    if let texts = memory.inputs[input.name], !texts.isEmpty {
      let remark =
        memory.recipe == recipe ? "This host remembers it so." : "So it was given for the recipe \(memory.recipe)."
      return Guess(values: texts, remark: remark)
    }
    guard memory.recipe == recipe, !input.isRequired else { return guess }
    // It was left out, and the recipe's own value is in force.
    guess.suggestions = guess.values + guess.suggestions
    guess.values = []
    return guess
  }
}
