import HostState
import Planning

extension Report {
  /// Whether the host still is as the recipe wants it: one sentence, or what drifted.
  package static func text(ofVerification plan: Plan, style: Style) -> String {
    guard plan.isSettled && plan.changes.isEmpty else {
      return text(of: plan, style: style, closing: "The host has drifted; harden apply brings it back.")
    }
    let resources = plan.sections.reduce(0) { $0 + $1.items.count }
    let text =
      "Verified: \(hostName(of: plan)) is as \(printable(plan.recipe)) wants it "
      + "(\(counted(resources, "resource")))."
    let waiting = plan.waiting.flatMap { self.text(of: $0, style: style) }
    return joined([paragraph(text, width: style.width).map { style.paint($0, .green) } + waiting])
  }
}
