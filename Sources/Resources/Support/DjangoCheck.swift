/// What Django itself says of a project's settings: `manage.py check --deploy`.
///
/// It runs the project's own code, so never as root: as the web user, in the project's own environment, for a few
/// seconds at most. What it finds is for the owner of the code to mend.
struct DjangoCheck {
  let question: Question

  init(project: Path, python: Path, settings: String) {
    question = Question(
      Command(
        python,
        ["-B", (project / "manage.py").text, "check", "--deploy", "--fail-level", "WARNING", "--settings", settings],
        timeLimit: 20, accepted: [0, 1], user: "www-data"), reads: [])
  }

  static let findings = Parsed { Self.read($0) }

  /// `security.W012 SESSION_COOKIE_SECURE is not set to True`, one an issue; what keeps it from looking, where it could
  /// not. Lines such as `?: (security.W012) SESSION_COOKIE_SECURE is not set to True. Using …`.
  private static func read(_ result: CommandResult) -> [String] {
    guard result.status != 0 else { return [] }
    var found: [String] = []
    for line in (result.errors + "\n" + result.output).lines {
      guard let open = line.firstRange(of: ": ("), let close = line[open.upperBound...].firstIndex(of: ")") else {
        continue
      }
      let code = line[open.upperBound..<close]
      guard isCode(code) else { continue }
      let sentence = line[line.index(after: close)...].drop { $0 == " " }
      let end = sentence.firstRange(of: ". ")?.lowerBound ?? sentence.endIndex
      found.append("\(code) \(sentence[..<end].cut(to: 160))")
    }
    guard found.isEmpty else { return found }
    let last = result.errors.lines.last { !$0.allSatisfy { $0 == " " } }
    return ["it ended with exit code \(result.status): \(last.map { String($0).cut(to: 160) } ?? "no word")"]
  }

  /// `security.W012`, `models.W042`, `captcha.E001`.
  private static func isCode(_ text: Substring) -> Bool {
    guard let dot = text.lastIndex(of: "."), dot != text.startIndex else { return false }
    let number = text[text.index(after: dot)...]
    guard let kind = number.first, "CEWID".contains(kind), number.count > 1 else { return false }
    return number.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
      && text[..<dot].utf8.allSatisfy {
        $0.isLetterOrDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
      }
  }
}
