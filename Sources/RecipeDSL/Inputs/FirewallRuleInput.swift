/// As an input: `5432/tcp from 203.0.113.0/24 limit # the reporting server`.
extension FirewallRule: InputValue {
  public static var form: InputForm {
    InputForm(
      "PORT[/tcp|/udp] or PORT-PORT/tcp|/udp, then [from ADDRESS] [limit] [# COMMENT]",
      example: "5432/tcp from 203.0.113.0/24")
  }

  public init(text: String) throws(Diagnostic) {
    let halves = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let comment = halves.count == 2 ? trimmed(halves[1]) : ""
    let rule = trimmed(halves.first ?? "")
    try self.init(try String(text: comment.isEmpty ? rule : "\(rule) comment \(comment)"))
    if let fault { throw .malformed(text, Self.form, because: fault) }
  }
}
