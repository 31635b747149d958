import Foundation
import HostAccess
import HostState
import RecipeDSL

/// Which recipe is meant, with all its inputs: what was typed, what a file says and what the host remembers.
struct RecipeChoice: Sendable {
  let type: any Recipe.Type
  let recipe: any Recipe
  /// Everything that differs from the recipe's own defaults, as it will be remembered.
  let inputs: [String: [String]]
  /// What differs from what the host remembers.
  let changedInputs: [Change]
  /// What is worth saying before the result.
  let notes: [String]

  var name: String { type.name }
  var memory: Memory { Memory(recipe: name, inputs: inputs) }
}

extension Tool {
  /// The recipe of this name.
  func recipeType(named name: String) throws(Failure) -> any Recipe.Type {
    guard let type = recipes.first(where: { $0.name == name }) else {
      throw .misuse(.unknownRecipe(name, known: recipes.map { $0.name }))
    }
    return type
  }

  /// Puts together the recipe that this command line means.
  func choose(_ invocation: Invocation, remembering: Bool = true) throws(Failure) -> RecipeChoice {
    try choose(invocation, named: invocation.argument(0), remembering: remembering)
  }

  /// The same where the verb's argument is not a recipe's name.
  ///
  /// - Parameter fixed: all inputs, where a saved plan has them already.
  func choose(
    _ invocation: Invocation, named name: String?, remembering: Bool = true, inputs fixed: [String: [String]]? = nil
  ) throws(Failure) -> RecipeChoice {
    let named: (any Recipe.Type)?
    if let name { named = try recipeType(named: name) } else { named = nil }
    let reading = remembering ? try remembered(invocation) : .nothing
    var notes = reading == .unreadable ? [Memory.hidden] : []
    var memory = reading.memory
    if let found = memory, let named, named.name != found.recipe {
      guard invocation.has(.replace) else { throw Failure(.anotherRecipe(named.name, remembered: found.recipe)) }
      let common = Set(named.inputs.map(\.name))
      memory = Memory(recipe: named.name, inputs: found.inputs.filter { common.contains($0.key) })
      let kept = memory?.inputs.keys.sorted().joined(separator: ", ") ?? ""
      notes.append(
        "The recipe \(named.name) takes the place of \(found.recipe)"
          + (kept.isEmpty ? "." : "; what was given for \(kept) stays, unless it is given anew."))
    }
    let type: any Recipe.Type
    if let named {
      type = named
    } else {
      guard let name = memory?.recipe else {
        let unknown = Diagnostic.noRecipe(
          invocation, known: recipes.map { $0.name }, isHidden: reading == .unreadable)
        // The words may be right, and root would know.
        if reading == .unreadable { throw Failure(unknown) }
        throw .misuse(unknown)
      }
      type = try recipeType(named: name)
    }
    let declared = type.inputs
    var inputs = memory?.inputs ?? [:]
    for name in inputs.keys.sorted() where !declared.contains(where: { $0.name == name }) {
      notes.append("The input \(name) is remembered, but \(type.name) has it no more; it was left out.")
      inputs[name] = nil
    }
    var failures: [Diagnostic] = []
    if let fixed {
      inputs = fixed
    } else {
      inputs.merge(try given(invocation, type, failures: &failures)) { _, new in new }
    }
    // What could not be read is not missing as well.
    let unread = failures.isEmpty ? [] : inputs.keys.filter { inputs[$0]?.isEmpty ?? false }
    switch fill(type, inputs, unread: Set(unread)) {
    case .failure(let others): throw Failure(failures + others.all, code: .misused)
    case .success(let recipe):
      guard failures.isEmpty else { throw Failure(failures, code: .misused) }
      return RecipeChoice(
        type: type, recipe: recipe, inputs: inputs,
        changedInputs: memory.map { changes(from: $0.inputs, to: inputs, of: declared) } ?? [], notes: notes)
    }
  }

  /// What the host remembers; a recorded one nothing.
  func remembered(_ invocation: Invocation) throws(Failure) -> Memory.Reading {
    guard !invocation.has(.recorded) else { return .nothing }
    return try diagnosed { () throws(Diagnostic) in try Memory.read(in: memoryDirectory) }
  }

  /// - Parameter failures: everything that is wrong with what was given, so that it can be mended at once.
  private func given(
    _ invocation: Invocation, _ type: any Recipe.Type, failures: inout [Diagnostic]
  ) throws(Failure) -> [String: [String]] {
    var texts: [String: [String]] = [:]
    let home = console.environment["HOME"] ?? NSHomeDirectory()
    if let file = invocation.value(.values) {
      let text = try valuesFile(file)
      let directory = file.hasPrefix("/") || file.contains("/") ? Path.directory(of: file) : nil
      let lines = InputTexts.parsed(valuesFile: text, named: file, failures: &failures)
      texts = InputTexts.readingFiles(lines, of: type, home: home, from: directory, failures: &failures)
    }
    let settings = InputTexts.parsed(invocation.values(.set), failures: &failures)
    let set = InputTexts.readingFiles(settings, of: type, home: home, failures: &failures)
    return texts.merging(set) { _, new in new }
  }

  private func valuesFile(_ file: String) throws(Failure) -> String {
    do throws(Diagnostic) {
      guard let text = try UserFiles.text(of: file) else { throw .noValuesFile(file) }
      return text
    } catch {
      throw .misuse(error)
    }
  }

  private func fill(
    _ type: any Recipe.Type, _ inputs: [String: [String]], unread: Set<String>
  ) -> Result<any Recipe, Diagnostics> {
    func filled<R: Recipe>(_ type: R.Type) -> Result<any Recipe, Diagnostics> {
      R.filled(with: inputs, unread: unread).map { $0 }
    }
    return filled(type)
  }

  private func changes(
    from old: [String: [String]], to new: [String: [String]], of declared: [InputDescription]
  ) -> [Change] {
    declared.compactMap { input in
      let before = old[input.name] ?? input.defaultTexts ?? []
      let after = new[input.name] ?? input.defaultTexts ?? []
      var (from, to) = (before.filter { !$0.isEmpty }, after.filter { !$0.isEmpty })
      guard from != to else { return nil }
      // Of a list of sentences only what goes and what comes, each key by its fingerprint.
      if input.isList, (from + to).contains(where: { $0.contains(" ") }), Set(from) != Set(to) {
        (from, to) = (from.filter { !to.contains($0) }, to.filter { !from.contains($0) })
        if input.form.takesFileAfterName { (from, to) = (from.map(Self.shortened), to.map(Self.shortened)) }
      }
      return Change(
        input.name, from: from.isEmpty ? nil : from.joined(separator: ", "),
        to: to.isEmpty ? nil : to.joined(separator: ", "))
    }
  }
}

extension Tool {
  /// An administrator's line with the key's fingerprint in place of the key.
  fileprivate static func shortened(_ text: String) -> String {
    guard let administrator = try? Administrator(text: text), let key = administrator.keys.first else { return text }
    return "\(administrator.name) \(key.shown)"
  }
}

extension Path {
  /// The part of a file name before its last slash.
  fileprivate static func directory(of file: String) -> String? {
    file.lastIndex(of: "/").map { String(file[..<$0]) }.map { $0.isEmpty ? "/" : $0 }
  }
}

extension Diagnostic {
  fileprivate static func unknownRecipe(_ name: String, known: [String]) -> Diagnostic {
    let meant = nearMiss(to: kebabCase(name), in: known).map { "Did you mean \($0)?" }
    return Diagnostic(
      "Unknown recipe",
      detail: "There is no recipe “\(name)”. \(meant ?? known.asThereAre)",
      fix: "harden recipes")
  }

  fileprivate static func noRecipe(_ invocation: Invocation, known: [String], isHidden: Bool) -> Diagnostic {
    let verb = invocation.verb.name
    let why =
      isHidden
      ? "What this host remembers is readable by root alone, so the recipe must be named."
      : "This host remembers none: harden was never applied here, or all of it was taken back."
    let fix =
      if isHidden { invocation.underSudo } else if verb == "secret set" { "harden apply RECIPE" } else {
        "harden \(verb) \(known.first ?? "RECIPE")"
      }
    return Diagnostic("Which recipe?", detail: "\(why) \(known.asThereAre)", fix: fix)
  }

  fileprivate static func anotherRecipe(_ name: String, remembered: String) -> Diagnostic {
    Diagnostic(
      "Another recipe",
      detail: "This host is kept by the recipe \(remembered). With \(name) in its place, what only \(remembered) "
        + "declares would go.",
      fix: "Add --replace if that is what you want.")
  }

  fileprivate static func noValuesFile(_ file: String) -> Diagnostic {
    Diagnostic(
      "File not found", detail: "There is no file “\(file)” to read inputs from.",
      fix: "harden init RECIPE --out \(Command.quoted(file))")
  }
}
