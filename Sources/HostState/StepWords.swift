extension Action {
  /// The file, link or directory that it makes, changes or removes; of a tree its root. Nil for what names none.
  package var path: Path? {
    switch self {
    case .write(let path, _, _, _, _), .remove(let path, _), .makeDirectory(let path, _, _), .setMode(let path, _),
      .setOwner(let path, _), .link(let path, _):
      path
    case .settleTree(let rule): rule.root
    case .settleSecrets(let rule): rule.path
    case .updatePackageLists, .install, .run, .reload, .setUnit, .issueCertificate, .proveRenewal, .setSysctl: nil
    }
  }

  fileprivate var words: String {
    switch self {
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

extension Step {
  /// The unit that it reloads or restarts; nil for any other step.
  package var reloadedUnit: String? {
    if case .reload(let unit, _, _, _) = action { return unit }
    return nil
  }

  /// A few words for a step, for progress lines, lists and messages. Names in it are as they came from the host.
  package var words: String { title ?? action.words }
}
