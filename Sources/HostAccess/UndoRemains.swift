import Glibc
import HostState

/// What an undo that is still to come cannot take away: folders in which something lies, accounts to which something
/// belongs.
struct UndoRemains {
  static let folderStays = UndoFinding.Fate.stays(why: "something lies in it that harden did not make")

  private let restorations: [Restoration]
  /// Where files of accounts are looked for; nil for wherever files are kept.
  let roots: [String]?
  /// What goes, and what gets another owner, by full path; by the real one as well, under which files are met.
  private var gone: Set<String> = []
  private var handedOver: Set<String> = []
  private var fullFolders: Set<String> = []

  /// - Parameter restorations: newest step first, so that the last of them on each thing is how it ends up.
  init(_ restorations: [Restoration], lookingIn roots: [String]? = nil) {
    self.roots = roots
    let last = restorations.lastOnEach
    self.restorations = Array(last.values)
    for (item, restoration) in last {
      guard let path = item.fullPath else { continue }
      switch (item, restoration.target) {
      case (.path, .absent): gone.insert(path)
      case (_, .attributes), (_, .entry): handedOver.formUnion([path, item.realPath?.text ?? path])
      default: break
      }
    }
    let folders = last.values.filter { restoration in
      guard restoration.target == .absent, case .entry(let entry) = restoration.now else { return false }
      return entry.kind == .directory
    }
    // What lies deeper is looked at first: a folder that stays keeps the one around it.
    for path in folders.compactMap(\.item.fullPath).sorted(by: >) where !isEmptied(path) {
      gone.remove(path)
      fullFolders.insert(path)
    }
    for item in last.keys where item.fullPath.map(gone.contains) ?? false {
      if let real = item.realPath { gone.insert(real.text) }
    }
  }

  /// Whether nothing is left in a folder of what is there now.
  private func isEmptied(_ folder: String) -> Bool {
    guard let directory = try? SafeFiles.openDirectory(Path(folder)) else { return true }
    return ImageCamera.names(in: directory).allSatisfy { name in
      let text = ByteName.text(name)
      return gone.contains(folder + "/" + text) || Self.isMark(text, in: folder)
    }
  }

  /// Whether it is one of the marks that go with a home, or the folder of one that holds nothing else.
  private static func isMark(_ name: String, in folder: String) -> Bool {
    Restorer.marks(in: Path(folder)).contains { mark in
      let entry = Path(folder) / name
      return mark == entry || (mark.parent == entry && Processes.names(in: entry.text).count == 1)
    }
  }

  func isGone(_ path: String) -> Bool {
    if gone.contains(path) || handedOver.contains(path) { return true }
    let path = Path(path)
    return gone.contains(path.parent.text) && Self.isMark(path.name, in: path.parent.text)
  }

  /// The findings with what stays after all.
  ///
  /// - Parameter overwriting: whether what somebody else changed goes as well, as far as nothing keeps it.
  func told(of findings: [UndoFinding], overwriting: Bool = false) -> [UndoFinding] {
    var fates: [String: UndoFinding.Fate] = [:]
    for folder in fullFolders { fates[folder] = Self.folderStays }
    for finding in AccountRestorer.staying(restorations, after: self).findings { fates[finding.subject] = finding.fate }
    return findings.map { finding in
      guard finding.fate == .removed || (overwriting && finding.isConflict), let fate = fates[finding.subject] else {
        return finding
      }
      return UndoFinding(finding.subject, fate)
    }
  }
}
