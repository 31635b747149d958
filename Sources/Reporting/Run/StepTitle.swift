import HostState
import Planning

extension Report {
  /// A few words for a step, for progress lines and lists.
  package static func title(of step: Step) -> String { printable(step.words) }

  /// The same with the resource in front, except where the words name the file that the resource is.
  static func label(of planned: PlannedStep) -> String {
    let title = title(of: planned.step)
    guard !planned.address.hasPrefix("file:") else { return title }
    return "\(printable(planned.address)): \(title)"
  }
}
