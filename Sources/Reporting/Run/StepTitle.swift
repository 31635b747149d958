import HostState
import Planning

extension Report {
  /// A few words for a step, for progress lines and lists.
  package static func title(of step: Step) -> String {
    if let title = step.title { return printable(title) }
    return printable(words(for: step.action))
  }

  /// The same with the resource in front, except where the words name the file that the resource is.
  static func label(of planned: PlannedStep) -> String {
    let title = title(of: planned.step)
    guard !planned.address.hasPrefix("file:") else { return title }
    return "\(printable(planned.address)): \(title)"
  }

  private static func words(for action: Action) -> String {
    switch action {
    case .write(let path, _, _, _, _): "write \(path)"
    case .remove(let path, _): "remove \(path)"
    case .makeDirectory(let path, let mode, let owner): "make directory \(path), \(mode) \(owner)"
    case .setMode(let path, let mode): "set mode of \(path) to \(mode)"
    case .setOwner(let path, let owner): "set owner of \(path) to \(owner)"
    case .link(let path, let target): "link \(path) to \(target)"
    case .settleTree(let rule): "set owners and modes beneath \(rule.root)"
    case .settleSecrets(let rule): "fill \(rule.path)"
    case .updatePackageLists: "update the package lists"
    case .install(let packages): "install \(packages.joined(separator: " "))"
    case .run(let command): "run \(command)"
    case .reload(let unit, let restart, _, _): "\(restart ? "restart" : "reload") \(unit)"
    case .setUnit(let unit, let enabled, let active):
      [enabled.map { $0 ? "enable" : "disable" }, active.map { $0 ? "start" : "stop" }].compactMap { $0 }
        .joined(separator: " and ") + " \(unit)"
    case .issueCertificate(let order): "order a certificate for \(order.names.joined(separator: ", "))"
    case .proveRenewal(let order): "try a renewal of \(order.name) without keeping it"
    case .setSysctl(let key, let value): "set \(key) to \(value) in the kernel"
    }
  }
}
