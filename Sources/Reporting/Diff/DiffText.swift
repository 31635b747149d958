import HostState
import Planning

extension Report {
  /// What the plan makes of the text of each file, as unified diffs in the order of doing.
  ///
  /// A file whose text of today is not known is shown whole. Files of secrets are named, never shown.
  package static func diff(of plan: Plan, style: Style) -> String {
    var texts = plan.textsBefore
    var blocks: [[String]] = []
    for planned in plan.steps {
      switch planned.step.action {
      case .write(let path, let contents, let mode, let owner, _):
        let before = texts[path.text]
        texts[path.text] = contents
        let diff = UnifiedDiff(from: before ?? "", to: contents)
        guard before == nil || !diff.lines.isEmpty else { continue }
        let from = before == nil ? "/dev/null" : printable(path.text)
        blocks.append(lines(diff, from: from, to: "\(printable(path.text))  \(mode) \(owner)", style: style))
      case .remove(let path, _):
        let before = texts.removeValue(forKey: path.text)
        let diff = UnifiedDiff(from: before ?? "", to: "")
        blocks.append(lines(diff, from: printable(path.text), to: "/dev/null", style: style))
      case .settleSecrets(let rule):
        blocks.append(["# \(printable(rule.path.text)): filled on the host, its values are not shown"])
      default: continue
      }
    }
    guard !blocks.isEmpty else { return "No file's text changes.\n" }
    return joined(blocks)
  }

  private static func lines(_ diff: UnifiedDiff, from: String, to: String, style: Style) -> [String] {
    [style.paint("--- " + from, .bold), style.paint("+++ " + to, .bold)]
      + diff.lines.map { line in
        switch line {
        case .hunk(let text): style.paint(text, .dim)
        case .same(let text): " " + shownLine(text)
        case .old(let text): style.paint("-" + shownLine(text), .red)
        case .new(let text): style.paint("+" + shownLine(text), .green)
        case .noNewline: "\\ No newline at end of file"
        }
      }
  }

  /// Tabs stay as they are; everything else that is not plain text is escaped.
  private static func shownLine(_ text: String) -> String {
    text.split(separator: "\t", omittingEmptySubsequences: false).map { printable(String($0)) }
      .joined(separator: "\t")
  }
}
