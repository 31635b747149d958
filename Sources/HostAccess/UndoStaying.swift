import Glibc
import HostState

extension RestorationPlanner {
  /// Why an item that is not as before cannot be put back, whoever wants it; nil where nothing keeps it from that.
  ///
  /// A package that was purged takes with it what a run had changed of it, and whoever moved a file and laid a link to it
  /// did so on purpose: neither is done again nor done over.
  func reasonToStay(_ item: ImageItem, before: ImageValue, now: ImageValue) throws(Diagnostic) -> String? {
    if now.isSame(as: before) { return nil }
    switch item {
    // Of an interface that went away, say.
    case .sysctl where now == .absent: return "the kernel does not have it any more"
    case .sysctl(let key) where !Sysctl.isWritable(key): return "it cannot be written here"
    case .attributes(let root, let path) where now == .absent:
      let isLink = try ImageCamera.open(Path(root), path)?.status()?.isLink ?? false
      return isLink ? "a link of somebody else's lies there now" : "it is not there any more"
    case .path:
      guard case .entry(let entry) = before else { return nil }
      if entry.kind == .directory, case .entry(let found) = now, found.kind != .directory {
        return "a \(found.kind == .link ? "link" : "file") of somebody else's lies there now"
      }
      guard now == .absent, let folder = try missingFolder(of: item) else { return nil }
      return "\(folder) is not there any more"
    case .activity(let unit) where before.isRunning && !now.isRunning:
      return camera.runner.isGone(unit) ? "it is not there any more" : nil
    case .rules(let family) where access("/usr/sbin/\(family)-restore", X_OK) != 0:
      return "\(family) is not there any more"
    default: return nil
    }
  }

  /// The folder that a file would have to lie in, where it is gone and this undo does not bring it back.
  private func missingFolder(of item: ImageItem) throws(Diagnostic) -> Path? {
    guard case .path(let path) = item else { return nil }
    let folder = Path(path).parent
    guard try SafeFiles.openDirectory(folder) == nil else { return nil }
    let foreseen = foreseen.value(of: .path(path: folder.text), found: .absent)
    return foreseen == nil || foreseen == .absent ? folder : nil
  }
}

extension JournaledStep {
  /// Whether what a file held before the step was kept, and is not there any more.
  func hasLost(_ before: ImageValue) -> Bool {
    guard case .entry(let entry) = before, entry.kind == .file, let digest = entry.digest, let blobs else {
      return false
    }
    return (try? blobs.bytes(digest)) == nil
  }

  /// The account that the step made, under the name that somebody else gave it since.
  var renamedAccount: (from: String, to: String)? {
    guard let after else { return nil }
    for (item, value) in after.values {
      guard case .line("passwd", let name) = item, before[item] == .absent, case .text(let line) = value else {
        continue
      }
      let made = AccountImages.fields(line[...])
      let lines = SafeFiles.lines(of: AccountImages.path("passwd")).map(AccountImages.fields)
      guard made.count == 7, !lines.contains(where: { $0[0] == name }) else { continue }
      if let heir = lines.first(where: { $0.count == 7 && $0[2] == made[2] }) { return (name, heir[0]) }
    }
    return nil
  }

  /// Whether the item lies in the home of an account that the step made: what changes there is its owner's doing.
  func isInHomeItMade(_ item: ImageItem) -> Bool {
    guard case .path(let path) = item, let after else { return false }
    return after.values.contains { item, value in
      guard case .line("passwd", _) = item, before[item] == .absent, case .text(let line) = value else { return false }
      let fields = AccountImages.fields(line[...])
      return fields.count == 7 && fields[5].hasPrefix("/") && Path(path).isWithin(Path(fields[5]))
    }
  }
}
