import Glibc
import HostState
import SystemCalls

extension TreeWalk {
  /// How many offences a report tells one by one.
  static let exampleLimit = 5
  static let untouchableLimit = 20

  /// The entries that break the rule: the answer of `Probe.tree`.
  package static func report(_ rule: TreeRule) -> Answer<Fact> {
    let root: Descriptor
    do throws(Diagnostic) {
      guard let opened = try SafeFiles.openDirectory(rule.root) else { return .absent }
      root = opened
    } catch {
      // A reason stands within a sentence.
      return .unreadable(reason: error.detail.hasSuffix(".") ? String(error.detail.dropLast()) : error.detail)
    }
    let walk = TreeWalk(rule)
    var reporter = TreeReporter(walk, rule)
    walk.offence = { reporter.add($0) }
    walk.skipped = { reporter.skip($0, $1) }
    defer { (walk.offence, walk.skipped) = ({ _ in }, { _, _ in }) }
    do {
      try walk.walk(root: root)
    } catch Failure.errno(let code) {
      return .unreadable(reason: "\(rule.root) / \(ByteName.text(walk.path(nil))): \(SafeFiles.words(code))")
    } catch {
      return .unreadable(reason: "\(error)")
    }
    reporter.lookForFolders(in: root)
    return .there(value: .tree(reporter.report(entries: walk.entries)))
  }
}

/// Gathers what a walk finds.
private struct TreeReporter {
  private let walk: TreeWalk
  private let rule: TreeRule
  private let links: HardLinks
  private var offences = 0
  private var examples: [(path: [UInt8], offence: TreeReport.Offence)] = []
  private var untouchable: [TreeReport.Offence] = []
  private var names: [UInt64: String] = [:]
  private var grants: [AccessGrant: (folder: [UInt8], folders: Int)] = [:]
  /// Names met of each file that has several, by inode: the walk keeps to one file system.
  private var linked: [ino_t: (path: [UInt8], missing: Int)] = [:]

  init(_ walk: TreeWalk, _ rule: TreeRule) {
    (self.walk, self.rule) = (walk, rule)
    links = HardLinks(walk.judge)
  }

  mutating func add(_ entry: TreeWalk.Entry) {
    let isForeign = links.isForeign(entry.found, at: entry.place)
    if isForeign {
      guard untouchable.count < TreeWalk.untouchableLimit else { return }
      let found = "\(entry.found.permissions) \(owner(entry.found.st_uid, entry.found.st_gid))"
      untouchable.append(
        .init(
          path: ByteName.text(walk.path(entry.name)), found: "\(found), \(entry.found.st_nlink) hard links",
          wanted: "left alone: another name of it may lie outside"))
      return
    }
    offences += 1
    let path = entry.isRoot ? [] : walk.path(entry.name)
    if entry.found.hasOtherNames {
      let known = linked[entry.found.st_ino] ?? (path, Int(entry.found.st_nlink))
      linked[entry.found.st_ino] = (min(path, known.path), known.missing - 1)
    }
    let given = entry.lacksACL ? DefaultACL.grants(of: entry.name, in: entry.directory) : []
    for grant in given {
      let known = grants[grant] ?? (path, 0)
      grants[grant] = (min(path, known.folder), known.folders + 1)
    }
    if examples.count == TreeWalk.exampleLimit, let last = examples.last,
      !path.lexicographicallyPrecedes(last.path)
    {
      return
    }
    insert(path, offence(entry, path, given))
  }

  mutating func skip(_ path: [UInt8], _ reason: String) {
    guard untouchable.count < TreeWalk.untouchableLimit else { return }
    untouchable.append(.init(path: ByteName.text(path), found: reason, wanted: "left alone"))
  }

  /// A writable folder that is not there breaks the rule as well: settling makes it.
  mutating func lookForFolders(in root: Descriptor) {
    for (components, place) in walk.judge.writableFolders {
      let path = Array(components.joined(separator: [UInt8(ascii: "/")]))
      guard !SafeFiles.exists(components, in: root) else { continue }
      offences += 1
      let mode = walk.judge.mode(isDirectory: true, found: 0, at: place)
      insert(
        path,
        .init(path: ByteName.text(path), found: "absent", wanted: "\(FileMode(UInt16(mode))) \(rule.owner)"))
    }
  }

  /// Those that have names elsewhere, or where the rule is kept.
  private var linkedFiles: TreeReport.LinkedFiles? {
    let paths = linked.values.filter { $0.missing > 0 }.map(\.path)
    guard let first = paths.first else { return nil }
    return .init(first: ByteName.text(paths.dropFirst().reduce(first, min)), files: paths.count)
  }

  private func min(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    left.lexicographicallyPrecedes(right) ? left : right
  }

  func report(entries: Int) -> TreeReport {
    let lost = grants.map { TreeReport.FolderGrant($0, in: ByteName.text($1.folder), folders: $1.folders) }
      .sorted { $0.grant.description < $1.grant.description }
    return TreeReport(
      entries: entries, offences: offences, examples: examples.map(\.offence), untouchable: untouchable,
      grants: lost.isEmpty ? nil : lost, linked: linkedFiles)
  }

  private mutating func insert(_ path: [UInt8], _ offence: TreeReport.Offence) {
    let index = examples.firstIndex { path.lexicographicallyPrecedes($0.path) } ?? examples.count
    examples.insert((path, offence), at: index)
    if examples.count > TreeWalk.exampleLimit { examples.removeLast() }
  }

  private mutating func offence(
    _ entry: TreeWalk.Entry, _ path: [UInt8], _ given: [AccessGrant]
  ) -> TreeReport.Offence {
    let found = entry.found
    let now = "\(found.permissions) \(owner(found.st_uid, found.st_gid))"
    guard let wanted = walk.judge.wanted(found, at: entry.place, isRoot: entry.isRoot) else {
      let acl = DefaultACL.text(mode: walk.judge.mode(isDirectory: true, found: 0, at: entry.place))
      let others = given.isEmpty ? "" : ", default ACL \(given.map(\.description).joined(separator: ","))"
      return .init(path: ByteName.text(path), found: now + others, wanted: "\(now), default ACL \(acl)")
    }
    let freeOwner = entry.place.isWritable && !entry.isRoot
    let user = freeOwner ? Owners.name(ofUser: found.st_uid) : rule.owner.user
    return .init(
      path: ByteName.text(path), found: now, wanted: "\(FileMode(UInt16(wanted.mode))) \(user):\(rule.owner.group)")
  }

  private mutating func owner(_ user: UInt32, _ group: UInt32) -> String {
    let key = UInt64(user) << 32 | UInt64(group)
    if let known = names[key] { return known }
    let name = Owners.owner(user, group).description
    names[key] = name
    return name
  }
}

/// Files with several names, one of which may lie where somebody put it to have a foreign file changed.
struct HardLinks {
  private let owner: UInt32
  /// The rule's owner, and whoever has the rule's group for a primary one: their files are theirs to lose.
  private let members: Set<UInt32>

  init(_ judge: TreeJudge) {
    owner = judge.user
    var members: Set<UInt32> = judge.user == 0 ? [] : [judge.user]
    for line in SafeFiles.lines(of: "/etc/passwd") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 7, let user = UInt32(fields[2]), let group = UInt32(fields[3]) else { continue }
      if group == judge.group && user != 0 { members.insert(user) }
    }
    self.members = members
  }

  /// Whether a file must be left alone: its inode could be `/etc/shadow`, linked into the tree by whoever can write there.
  func isForeign(_ status: stat, at place: TreeJudge.Place) -> Bool {
    guard status.hasOtherNames else { return false }
    if members.contains(status.st_uid) { return false }
    // In root's own tree only root can have made the link, but for the folders in which others write.
    return !(owner == 0 && status.st_uid == 0 && !place.isWritable)
  }
}
