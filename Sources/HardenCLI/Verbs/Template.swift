import HostState
import RecipeDSL
import Templates

extension Verb {
  static let template = Verb(
    "template", arguments: ["[NAME]"], summary: "a file to put into a project, on standard output",
    discussion: [
      "harden writes nothing into a project of yours: you copy the file and keep it with your code. Without a name it "
        + "says which there are."
    ],
    flags: [], examples: ["harden template", "harden template django-settings > mysite/harden.py"]
  ) { invocation, tool throws(Failure) in
    guard let name = invocation.argument(0) else {
      tool.console.print(Help.table(templates.map { ($0.name, $0.summary) }) + "\n")
      return .done
    }
    guard let template = templates.first(where: { $0.name == name }) else {
      throw .misuse(.unknownTemplate(name, templates.map(\.name)))
    }
    tool.console.print(template.text)
    return .done
  }

  private struct Kind: Sendable {
    let name: String
    let summary: String
    let text: String
  }

  private static let templates = [
    Kind(
      name: "django-settings", summary: "harden.py, which a Django project's settings import in their last line",
      text: Template.djangoSettings)
  ]
}

extension Diagnostic {
  fileprivate static func unknownTemplate(_ name: String, _ known: [String]) -> Diagnostic {
    let meant = nearMiss(to: name, in: known).map { "Did you mean \($0)?" }
    return Diagnostic(
      "Unknown template",
      detail: "There is no template “\(name)”. \(meant ?? known.asThereAre)",
      fix: "harden template")
  }
}
