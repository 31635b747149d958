import Glibc
import HostState
import SystemCalls

/// Puts lines of the account files back, under the lock that useradd and passwd take; never by `userdel`.
struct AccountRestorer {
  private let restorer: Restorer

  init(_ restorer: Restorer) { self.restorer = restorer }

  /// Says which accounts stayed because something still belongs to them.
  func restore(_ restorations: [Restoration]) throws(Diagnostic) -> [UndoFinding] {
    let wanted = restorations.filter { restoration in
      switch restoration.item {
      case .line, .member: true
      default: false
      }
    }
    guard !wanted.isEmpty else { return [] }
    endIdleManagers(of: Self.leaving(wanted).users)
    let staying = Self.staying(wanted)
    guard harden_lock_accounts() == 0 else { throw .accountsLocked() }
    defer { harden_unlock_accounts() }
    for file in AccountImages.files { try rewrite(file, wanted, staying) }
    return staying.sorted { $0.key < $1.key }.map { name, why in
      UndoFinding("account \(name)", .stays(why: "\(why); it is shut: expired and locked"))
    }
  }

  private func rewrite(_ file: String, _ wanted: [Restoration], _ staying: [String: String]) throws(Diagnostic) {
    let path = AccountImages.path(file)
    var lines: [String: (now: ImageValue, target: ImageValue)] = [:]
    var members: [String: [(user: String, isMember: Bool)]] = [:]
    for restoration in wanted {
      switch restoration.item {
      case .line(file, let name): lines[name] = (restoration.now, restoration.target)
      case .member(file, let group, let user):
        members[group, default: []].append((user, restoration.target != .absent))
      default: break
      }
    }
    guard !lines.isEmpty || !members.isEmpty || file == "shadow" && !staying.isEmpty else { return }
    guard let descriptor = try? SafeFiles.handle(path), let status = descriptor.status(),
      let bytes = try SafeFiles.read(path)
    else { return }
    var output: [String] = []
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
      var fields = AccountImages.fields(line)
      let name = fields[0]
      if let change = lines.removeValue(forKey: name) {
        if change.target == .absent {
          if staying[name] == nil { continue }
        } else if case .text(let text) = change.target {
          let held = fields
          fields = AccountImages.fields(text[...])
          if AccountImages.hasMembers(file), held.count > AccountImages.memberField, fields.count > 3 {
            fields[AccountImages.memberField] = held[AccountImages.memberField]
          }
        }
      }
      if let changes = members[name], fields.count > AccountImages.memberField {
        fields[AccountImages.memberField] = Self.changed(fields[AccountImages.memberField], changes)
      }
      if file == "shadow", staying[name] != nil, fields.count > 7 {
        // The day 1 lies in the past; a password that begins with ! matches nothing.
        fields[7] = "1"
        if !fields[1].hasPrefix("!") { fields[1] = "!" + fields[1] }
      }
      output.append(fields.joined(separator: ":"))
    }
    // A line that is gone and was there before: it goes before the empty rest that the last line feed leaves.
    for (name, change) in lines.sorted(by: { $0.key < $1.key }) {
      guard case .text(let text) = change.target else { continue }
      var fields = AccountImages.fields(text[...])
      if AccountImages.hasMembers(file), fields.count > AccountImages.memberField {
        fields[AccountImages.memberField] = Self.changed("", members[name] ?? [])
      }
      output.insert(fields.joined(separator: ":"), at: output.last == "" ? output.count - 1 : output.count)
    }
    let text = Array(output.joined(separator: "\n").utf8)
    guard text != bytes else { return }
    try SafeFiles.write(
      path, text, mode: status.permissions, user: status.st_uid, group: status.st_gid,
      attributes: SafeFiles.attributes(of: descriptor.number))
  }

  private static func changed(_ field: String, _ changes: [(user: String, isMember: Bool)]) -> String {
    var users = AccountImages.members(field)
    for change in changes {
      users.removeAll { $0 == change.user }
      if change.isMember { users.append(change.user) }
    }
    return users.joined(separator: ",")
  }

  /// Ends the user managers that have nothing left to manage: logind keeps one for ten seconds after the last session
  /// (`UserStopDelaySec=`, logind.conf(5)), and an account is not taken away from a process.
  private func endIdleManagers(of users: [UInt32: String]) {
    var busy: Set<UInt32> = []
    var managed: Set<UInt32> = []
    for process in Processes.all {
      var status = stat()
      guard lstat("/proc/\(process)", &status) == 0, users[status.st_uid] != nil else { continue }
      let group = SafeFiles.lines(of: Path("/proc/\(process)/cgroup")).joined()
      // The manager itself and its (sd-pam); whatever it has started lives in units of their own.
      if group.hasSuffix("/user@\(status.st_uid).service/init.scope") {
        managed.insert(status.st_uid)
      } else {
        busy.insert(status.st_uid)
      }
    }
    for user in managed.subtracting(busy).sorted() {
      _ = restorer.run(Command("/usr/bin/systemctl", ["stop", "user@\(user).service"], timeLimit: 20))
    }
  }

  /// Users and groups whose lines go.
  private static func leaving(_ wanted: [Restoration]) -> (users: [UInt32: String], groups: [UInt32: String]) {
    var users: [UInt32: String] = [:]
    var groups: [UInt32: String] = [:]
    for restoration in wanted where restoration.target == .absent {
      guard case .line(let file, let name) = restoration.item, case .text(let line) = restoration.now else { continue }
      let fields = AccountImages.fields(line[...])
      guard fields.count > 2, let number = UInt32(fields[2]) else { continue }
      if file == "passwd" { users[number] = name }
      if file == "group" { groups[number] = name }
    }
    return (users, groups)
  }

  /// Those of them to whom a file or process still belongs, and which one.
  private static func staying(_ wanted: [Restoration]) -> [String: String] {
    let (users, groups) = leaving(wanted)
    guard !users.isEmpty || !groups.isEmpty else { return [:] }
    var staying: [String: String] = [:]
    for process in Processes.all {
      var status = stat()
      guard lstat("/proc/\(process)", &status) == 0, let name = users[status.st_uid] else { continue }
      staying[name] = "process \(process) (\(Processes.name(of: process))) still runs as it"
    }
    let search = OwnedFiles(users: Set(users.keys), groups: Set(groups.keys))
    search.look()
    for (number, path) in search.users { if let name = users[number] { staying[name] = "\(path) still belongs to it" } }
    for (number, path) in search.groups {
      if let name = groups[number] { staying[name] = staying[name] ?? "\(path) still belongs to it" }
    }
    // A user that stays keeps the primary group of its name.
    return staying
  }
}

/// Looks for a file of certain users and groups on the file systems that keep files.
final class OwnedFiles {
  private(set) var users: [UInt32: String] = [:]
  private(set) var groups: [UInt32: String] = [:]
  private let wantedUsers: Set<UInt32>
  private let wantedGroups: Set<UInt32>

  init(users: Set<UInt32>, groups: Set<UInt32>) { (wantedUsers, wantedGroups) = (users, groups) }

  /// Not the kernel's own, not what vanishes with the boot, not what another host serves.
  private static let kinds: Set<String> = [
    "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "overlay", "bcachefs",
  ]

  func look() {
    var roots = ["/"]
    for line in SafeFiles.lines(of: "/proc/self/mounts") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count > 2, Self.kinds.contains(words[2]), words[1] != "/" else { continue }
      roots.append(words[1])
    }
    for root in roots {
      let opened = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard opened >= 0 else { continue }
      let directory = Descriptor(opened)
      if let status = directory.status() { walk(directory, root == "/" ? "" : root, status.st_dev, 0) }
    }
  }

  private func walk(_ directory: Descriptor, _ path: String, _ device: dev_t, _ depth: Int) {
    guard depth < TreeWalk.deepest else { return }
    for name in ImageCamera.names(in: directory) {
      var status = stat()
      guard name.withCName({ fstatat(directory.number, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else { continue }
      if wantedUsers.contains(status.st_uid), users[status.st_uid] == nil {
        users[status.st_uid] = path + "/" + ByteName.text(name)
      }
      if wantedGroups.contains(status.st_gid), groups[status.st_gid] == nil {
        groups[status.st_gid] = path + "/" + ByteName.text(name)
      }
      guard status.isDirectory, status.st_dev == device else { continue }
      let opened = name.withCName { openat(directory.number, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
      guard opened >= 0 else { continue }
      walk(Descriptor(opened), path + "/" + ByteName.text(name), device, depth + 1)
    }
  }
}

extension Diagnostic {
  fileprivate static func accountsLocked() -> Diagnostic {
    Diagnostic(
      "Accounts locked",
      detail: "Another program holds /etc/.pwd.lock, so /etc/passwd and its companions are not changed.",
      fix: "fuser -v /etc/.pwd.lock")
  }
}
