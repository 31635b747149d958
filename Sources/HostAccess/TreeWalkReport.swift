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
      return .unreadable(reason: error.detail)
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
          wanted: "left alone: the same file has another name elsewhere"))
      return
    }
    offences += 1
    let path = entry.isRoot ? [] : walk.path(entry.name)
    if examples.count == TreeWalk.exampleLimit, let last = examples.last,
      !path.lexicographicallyPrecedes(last.path)
    {
      return
    }
    insert(path, offence(entry, path))
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

  func report(entries: Int) -> TreeReport {
    TreeReport(entries: entries, offences: offences, examples: examples.map(\.offence), untouchable: untouchable)
  }

  private mutating func insert(_ path: [UInt8], _ offence: TreeReport.Offence) {
    let index = examples.firstIndex { path.lexicographicallyPrecedes($0.path) } ?? examples.count
    examples.insert((path, offence), at: index)
    if examples.count > TreeWalk.exampleLimit { examples.removeLast() }
  }

  private mutating func offence(_ entry: TreeWalk.Entry, _ path: [UInt8]) -> TreeReport.Offence {
    let found = entry.found
    let now = "\(found.permissions) \(owner(found.st_uid, found.st_gid))"
    guard let wanted = walk.judge.wanted(found, at: entry.place, isRoot: entry.isRoot) else {
      let acl = DefaultACL.text(mode: walk.judge.mode(isDirectory: true, found: 0, at: entry.place))
      return .init(path: ByteName.text(path), found: now, wanted: "\(now), default ACL \(acl)")
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
    guard status.isFile && status.st_nlink > 1 else { return false }
    if members.contains(status.st_uid) { return false }
    // In root's own tree only root can have made the link, but for the folders in which others write.
    return !(owner == 0 && status.st_uid == 0 && !place.isWritable)
  }
}
