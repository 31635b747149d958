/// sudoers(5) as a whole: one file with a fault would make every write beside it fail, so it is said beforehand.
package enum SudoersCheck {
  static let command = Command("/usr/sbin/visudo", ["-cf", "/etc/sudoers"])
  /// As it is today, whatever is planned: each planned write has a check of its own.
  package static let question = Question(
    Command(command.executable, command.arguments, accepted: [0, 1]), reads: [], package: "sudo")

  /// Asked only where a file is about to be added: a settled host pays nothing.
  static func probes(before file: Path, _ known: Observations) -> Set<Probe> {
    known.answer(.file(path: file)) == .absent ? [.output(question: question)] : []
  }

  /// - Throws: a `Diagnostic` with visudo's words, which name file and line.
  static func require(before steps: [Step], on host: Observations) throws(Diagnostic) {
    guard !steps.isEmpty, case .there(.output(let result))? = host.answer(.output(question: question)),
      result.status != 0
    else { return }
    let words = (result.errors + result.output).split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }
    // Sudo 1.9.5 and later say it in one line, `FILE:LINE:COLUMN: syntax error`, and show the place beneath.
    let fault = words.first { $0.contains("error") || $0.contains("expected") } ?? words.first ?? "no reason given"
    // Whoever may not read the rules learns nothing of them, and adds none either.
    guard !fault.hasSuffix("Permission denied") else { return }
    throw .unsound(String(fault.prefix(200)))
  }
}

extension Diagnostic {
  fileprivate static func unsound(_ fault: String) -> Diagnostic {
    Diagnostic(
      "sudo's rules have a fault",
      detail:
        "visudo says “\(fault)”. While that is so, no rule that is added can be tried, and harden adds none untried.",
      fix: "visudo -c")
  }
}
