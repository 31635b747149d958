import HostState
import Resources

/// Folders that come about on the way to what a step makes: a plan names all of them, whichever resource it is that asks
/// for what lies beneath.
extension Observations {
  /// What has to be known of the folders above what the step makes.
  func probes(above action: Action) -> Set<Probe> { Set(folders(above: action).map { .file(path: $0) }) }

  /// Steps that make the folders which are not there by then, as the executor would by itself; the outermost first.
  func foldersMissing(above step: Step) -> [Step] {
    folders(above: step.action).filter { folder in
      answer(.file(path: folder)) == .absent && !step.requires.contains { willBring(folder, $0) }
    }.map { Step(.makeDirectory(path: $0, mode: 0o755, owner: .root), requires: step.requires.filter(\.isPackage)) }
  }

  private func folders(above action: Action) -> [Path] {
    var folder: Path
    switch action {
    case .makeDirectory(let path, _, _) where !(answer(.file(path: path))?.isThere ?? false): folder = path.parent
    case .settleTree(let rule) where answer(.tree(rule: rule)) == .absent: folder = rule.root.parent
    default: return []
    }
    var folders: [Path] = []
    while folder != "/", !folder.isOwn {
      folders.insert(folder, at: 0)
      folder = folder.parent
    }
    return folders
  }
}

extension Proposal {
  /// Tells of a folder that a step makes, where no change does so yet.
  ///
  /// One that is an account's is told of with the account.
  mutating func name(_ action: Action, on host: Observations) {
    guard case .makeDirectory(let path, let mode, let owner) = action, owner.user == "root", !path.isOwn,
      host.answer(.file(path: path)) == .absent,
      !changes.contains(where: { $0.subject == path.text || $0.property == path.text })
    else { return }
    let change = Change(path.text, from: nil, to: "directory \(mode) \(owner)")
    changes.insert(change, at: changes.firstIndex { $0.subject.contains(path.text) } ?? changes.count)
  }
}

extension Path {
  /// Whether it is of harden's own memory, which apply makes before the first step.
  fileprivate var isOwn: Bool { isWithin("/etc/harden") }
}

extension Requirement {
  fileprivate var isPackage: Bool { if case .package = self { true } else { false } }
}
