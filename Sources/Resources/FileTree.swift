/// A directory tree whose every entry has the owner and mode that it should, and whose new entries get them too.
///
///     FileTree("/srv/django", owner: "deploy", group: "www-data", directories: 0o2750, files: 0o640,
///       writable: ["logs", "media"], relaxed: ["venv", "static"])
///
/// File modes are masks, as `chmod u=rwX,g=rX,o=` means them: `x` stays where the owner has it. Directories carry a
/// default ACL (`acl(5)`), so that what the owner makes later fits, whatever the umask. Folders in `writable` are made
/// and belong to the group; in `relaxed` ones tools may let others read, who cannot enter the root. Symbolic links are
/// not followed; a hard link to somebody else's file is named and left alone.
public struct FileTree: Resource {
  let rule: TreeRule

  public init(
    _ root: Path, owner: String, group: String, directories: FileMode = 0o2750, files: FileMode = 0o640,
    writable: [String] = [], relaxed: [String] = [], excluding: [String] = [".git"]
  ) {
    rule = TreeRule(
      root: root, owner: Owner(owner, group), directories: directories, files: files, writable: writable,
      relaxed: relaxed, excluding: excluding)
  }

  public var address: String { "tree:\(rule.root)" }

  public static var examples: [FileTree] {
    [
      FileTree("/srv/django", owner: "root", group: "www-data", writable: ["logs", "media", "db"], relaxed: ["venv"]),
      FileTree("/var/www/site", owner: "root", group: "www-data", directories: 0o755, files: 0o644),
    ]
  }

  public func probes(given known: Observations) -> Set<Probe> { [.tree(rule: rule)] }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    try check()
    let subject = "tree \(rule.root)"
    let wanted = "directories \(rule.directories), files \(rule.files), \(rule.owner)\(folders)"
    let step = Step(
      .settleTree(rule: rule), requires: [.account(rule.owner.user), .group(rule.owner.group)])
    switch try host.tree(rule) {
    case .moved:
      let change = Change(subject, from: "as a planned step leaves it", to: wanted, isForecast: true)
      return Proposal(changes: [change], steps: [step])
    case .absent: return Proposal(changes: [Change(subject, from: nil, to: wanted)], steps: [step])
    case .unreadable(let reason): throw .unreadableTree(rule.root, reason)
    case .there(let report):
      var notes: [String] = []
      for entry in report.untouchable.prefix(5) {
        notes.append("\(rule.root): \(entry.path) is \(entry.found); \(entry.wanted)")
      }
      let more = report.untouchable.count - notes.count
      if more > 0 { notes.append("\(rule.root): \(more) more such entries") }
      guard report.offences > 0 else { return Proposal(notes: notes) }
      let examples = report.examples.prefix(3).map {
        "\(rule.root): \($0.path.isEmpty ? "the root itself" : $0.path)  \($0.found) → \($0.wanted)"
      }
      if let linked = report.linked {
        let others = linked.files > 1 ? " and \(grouped(linked.files - 1)) more" : ""
        let path = (rule.root / linked.first).text
        notes.append(
          "\(rule.root): other names (hard links) of \(linked.first)\(others) get the same mode and owner: "
            + "find / -xdev -samefile \(Command.quoted(path))")
      }
      // What is put there later, these do not get any more.
      let lost = (report.grants ?? []).map { lost in
        let others = lost.folders > 1 ? " and \(grouped(lost.folders - 1)) more" : ""
        let folder = lost.folder.isEmpty ? "the root itself" : lost.folder
        return Change(subject, "default ACL", from: "\(lost.grant) on \(folder)\(others)", to: nil)
      }
      return Proposal(
        changes: [Change(subject, from: report.words, to: wanted)] + lost, steps: [step], notes: examples + notes)
    }
  }

  private var folders: String {
    let (writable, relaxed) = (rule.writable.joined(separator: ", "), rule.relaxed.joined(separator: ", "))
    return (writable.isEmpty ? "" : "; \(rule.owner.group) writes in \(writable)")
      + (relaxed.isEmpty ? "" : "; others may read in \(relaxed)")
  }

  private func check() throws(Diagnostic) {
    let root = rule.root
    guard Self.canBe(root) else { throw .notOneProject(root) }
    for folder in rule.writable + rule.relaxed {
      let parts = folder.split(separator: "/", omittingEmptySubsequences: false)
      guard !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
        throw .notAFolder(folder, root)
      }
    }
    for name in rule.excluding where name.isEmpty || name.contains("/") { throw .notAName(name) }
  }

  /// Not the system's own trees, whose modes Debian's packages set, nor the folders that hold many people's things.
  package static func canBe(_ root: Path) -> Bool {
    let shared: Set<Path> = [
      "/", "/home", "/media", "/mnt", "/opt", "/srv", "/tmp", "/var", "/var/lib", "/var/log", "/var/spool",
      "/var/cache",
    ]
    let system: [Path] = [
      "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/root", "/run", "/sbin", "/sys", "/usr",
      "/var/lib/dpkg", "/var/lib/apt",
    ]
    return !shared.contains(root) && !system.contains { root.isWithin($0) }
  }
}

extension Diagnostic {
  fileprivate static func unreadableTree(_ root: Path, _ reason: String) -> Diagnostic {
    Diagnostic(
      "Tree not readable",
      detail: "The entries of \(root) could not be looked at: \(reason). Whether their modes fit is not known.",
      fix: .remedy(forUnreadable: reason), kind: .unreadable)
  }

  fileprivate static func notOneProject(_ root: Path) -> Diagnostic {
    Diagnostic(
      "Not a tree of one project",
      detail: "\(root) belongs to the system or holds the things of many. One owner and one mode for everything in it "
        + "would break the host.",
      fix: "Name the project's own folder, such as /srv/django.")
  }

  fileprivate static func notAFolder(_ folder: String, _ root: Path) -> Diagnostic {
    Diagnostic(
      "Not a folder of the tree",
      detail: "“\(folder)” is not a path below \(root): write it without slashes at its ends and without “..”.",
      fix: "writable: [\"media\", \"var/cache\"]")
  }

  fileprivate static func notAName(_ name: String) -> Diagnostic {
    Diagnostic(
      "Not a name to leave out",
      detail: "“\(name)” must be the bare name of an entry: it is left alone wherever it stands in the tree.",
      fix: "excluding: [\".git\"]")
  }
}
