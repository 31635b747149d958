import HostState
import RecipeDSL

extension Verb {
  static let show = Verb(
    "show", arguments: ["RECIPE"], summary: "a recipe's inputs, and what it declares",
    discussion: [
      "Prints the inputs with their defaults. With --set or --values it also prints every resource that the recipe "
        + "then declares, with the line that declares it; --json does so in full."
    ],
    flags: [.set, .values, .json],
    examples: ["harden show vps", "harden show vps --set administrators='deploy @~/.ssh/id_ed25519.pub' --json"]
  ) { invocation, tool throws(Failure) in
    let type = try tool.recipeType(named: invocation.arguments[0])
    let isFilled = invocation.has(.set) || invocation.has(.values) || type.inputs.allSatisfy { !$0.isRequired }
    let sections = isFilled ? try tool.choose(invocation, remembering: false).recipe.state.sections : nil
    if invocation.has(.json) {
      tool.console.print(try tool.json(ShownRecipe(type, sections)))
    } else {
      tool.console.print(text(of: type, sections))
    }
    return .done
  }

  private static func text(of type: any Recipe.Type, _ sections: [SectionState]?) -> String {
    var parts = ["\(type.name): \(type.summary)", "Inputs, given as --set NAME=VALUE or in a file with --values:"]
    parts.append(Help.table(type.inputs.map { ($0.name, explanation(of: $0)) }))
    if let sections {
      for section in sections {
        let rows = section.declarations.map { ("  " + $0.resource.address, $0.source.description) }
        let why = section.why.map { " · \($0)" } ?? ""
        parts.append("\(section.name)\(why)\n\(Help.table(rows))")
      }
    } else {
      parts.append("harden init \(type.name) writes a file with all of them and its best guesses.")
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// What it is; on a second line what it takes, and what leaving it out means.
  static func explanation(of input: InputDescription) -> String {
    var words = "\(Help.sentence(input.summary))\n\(input.form.words)"
    if input.isList { words += "; several may be given" }
    if input.isRequired { return words + "; must be given" }
    guard let texts = input.defaultTexts, !texts.isEmpty else { return words + "; may be left out" }
    return words + "; \(texts.joined(separator: ", ")) if left out"
  }
}

/// A recipe as `show --json` prints it.
private struct ShownRecipe: Encodable {
  struct Input: Encodable {
    let name: String
    let summary: String
    let takes: String
    let example: String
    let isList: Bool
    let isRequired: Bool
    let `default`: [String]?
  }
  struct Section: Encodable {
    let name: String
    let why: String?
    let resources: [Declared]
  }
  struct Declared: Encodable {
    let address: String
    let kind: String
    let source: SourceLine
    let resource: AnyEncodable
  }
  let name: String
  let summary: String
  let inputs: [Input]
  let sections: [Section]?

  init(_ type: any Recipe.Type, _ sections: [SectionState]?) {
    (name, summary) = (type.name, type.summary)
    inputs = type.inputs.map {
      Input(
        name: $0.name, summary: $0.summary, takes: $0.form.words, example: $0.form.example, isList: $0.isList,
        isRequired: $0.isRequired, default: $0.defaultTexts)
    }
    self.sections = sections?.map { section in
      Section(
        name: section.name, why: section.why,
        resources: section.declarations.map {
          Declared(
            address: $0.resource.address, kind: "\(Swift.type(of: $0.resource))", source: $0.source,
            resource: AnyEncodable(value: $0.resource))
        })
    }
  }
}

private struct AnyEncodable: Encodable {
  let value: any Encodable
  func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
