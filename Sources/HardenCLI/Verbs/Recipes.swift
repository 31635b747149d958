import HostAccess
import RecipeDSL

extension Verb {
  static let recipes = Verb(
    "recipes", summary: "what recipes there are",
    discussion: ["A recipe says how a server must be. Its own are compiled into this binary."],
    flags: [.json], examples: ["harden recipes", "harden show django-apache"]
  ) { invocation, tool throws(Failure) in
    if invocation.has(.json) {
      struct Line: Encodable {
        let name: String
        let summary: String
      }
      tool.console.print(try tool.json(tool.recipes.map { Line(name: $0.name, summary: $0.summary) }))
    } else {
      tool.console.print(Help.table(tool.recipes.map { ($0.name, $0.summary) }) + "\n")
    }
    return .done
  }
}

extension Tool {
  func json(_ value: some Encodable) throws(Failure) -> String {
    try diagnosed { () throws(Diagnostic) in try JSONText.of(value) }
  }
}
