import Glibc
import HostState

extension Preflight {
  static let accountFiles: [Path] = ["/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"]

  /// What settling a tree writes beside what lies in it: nothing where its root is there, and can be written to.
  static func written(by rule: TreeRule) -> [Path] {
    guard let root = rule.root.real else { return [rule.root] }
    return isReadOnly(root) ? [root] : []
  }

  static func isReadOnly(_ path: Path) -> Bool {
    var status = statvfs()
    return statvfs(path.text, &status) == 0 && status.f_flag & UInt(ST_RDONLY) != 0
  }

  /// Marks of what lies in trees and would be changed there; what fits its rule may be marked.
  static func marksInTrees(of steps: [Step]) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for step in steps {
      guard case .settleTree(let rule) = step.action else { continue }
      let marked = marked(in: rule)
      for mark in FileMark.allCases {
        if let paths = marked[mark] { found.append(.marked(paths.sorted(), mark, in: rule.root)) }
      }
    }
    return found
  }

  private static func marked(in rule: TreeRule) -> [FileMark: [Path]] {
    guard let root = (try? SafeFiles.openDirectory(rule.root)) ?? nil else { return [:] }
    let walk = TreeWalk(rule)
    let links = HardLinks(walk.judge)
    var marked: [FileMark: [Path]] = [:]
    walk.offence = { entry in
      let isSettled = entry.found.isFile || entry.found.isDirectory
      guard isSettled, !links.isForeign(entry.found, at: entry.place) else { return }
      let opened = openat(entry.directory, entry.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
      guard opened >= 0, let mark = FileMark(on: Descriptor(opened)) else { return }
      marked[mark, default: []].append(entry.isRoot ? rule.root : rule.root / ByteName.text(walk.path(entry.name)))
    }
    defer { walk.offence = { _ in } }
    // What cannot be walked through is for the step itself to say.
    try? walk.walk(root: root)
    for (components, _) in walk.judge.writableFolders where !SafeFiles.exists(components, in: root) {
      var above = components.dropLast()
      while !SafeFiles.exists(Array(above), in: root) { above = above.dropLast() }
      guard let folder = SafeFiles.descend(above, from: root), FileMark(on: folder) == .immutable else { continue }
      let path = Path(rule.root.text + "/" + ByteName.text(Array(above.joined(separator: [UInt8(ascii: "/")]))))
      if marked[.immutable]?.contains(path) != true { marked[.immutable, default: []].append(path) }
    }
    return marked
  }

  /// Account files that are links: useradd and its kin open them with O_NOFOLLOW (lib/commonio.c of shadow).
  static func accountLinks(of steps: [Step], files: [Path] = accountFiles) -> [Diagnostic] {
    guard steps.contains(where: { !$0.footprint.accounts.isEmpty }) else { return [] }
    return files.compactMap { path in
      FileReading.linkTarget(path.text).map { .accountLink(path, leadingTo: $0) }
    }
  }
}

extension Diagnostic {
  fileprivate static func accountLink(_ path: Path, leadingTo target: String) -> Diagnostic {
    let quoted = Command.quoted(path.text)
    return Diagnostic(
      "Link in place of an account file",
      detail: "\(path) is a symbolic link to \(target), and Debian's programs that change accounts follow none there.",
      fix: "cp -p --remove-destination \"$(realpath \(quoted))\" \(quoted)")
  }
}
