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
    for file in AccountImages.files { try rewrite(file, wanted, staying.names(in: file)) }
    return staying.findings
  }

  /// What cannot leave since something still belongs to it, by name, and what that is.
  struct Staying {
    var users: [String: String] = [:]
    var groups: [String: String] = [:]

    func names(in file: String) -> Set<String> { Set((["group", "gshadow"].contains(file) ? groups : users).keys) }

    var findings: [UndoFinding] {
      users.sorted { $0.key < $1.key }.map { AccountRestorer.shut($0, $1) }
        + groups.sorted { $0.key < $1.key }.map { UndoFinding("group \($0)", .stays(why: $1)) }
    }
  }

  /// That an account is shut, and what ends it where only its processes keep it: an undo does not end its own login.
  ///
  /// systemd runs it, since it may be typed in one of those processes. Stopping the slice waits for the sessions to end,
  /// as `loginctl terminate-user` does not; userdel(8) refuses while a process is left, in no session perhaps.
  static func shut(_ name: String, _ why: String) -> UndoFinding {
    guard why.hasPrefix("process ") else { return UndoFinding("account \(name)", .shut(why: why)) }
    let finish =
      "systemd-run --wait sh -c 'systemctl stop \"user-$(id -u \(name)).slice\"; pkill -KILL -u \(name); "
      + "pidwait -u \(name); userdel \(name)'"
    return UndoFinding("account \(name)", .shut(why: why, finish: finish))
  }

  private func rewrite(_ file: String, _ wanted: [Restoration], _ staying: Set<String>) throws(Diagnostic) {
    let path = AccountImages.path(file)
    let edit = AccountFileEdit(file, wanted, staying: staying)
    guard !edit.isEmpty else { return }
    guard let descriptor = try? SafeFiles.handle(path), let status = descriptor.status(),
      let bytes = try SafeFiles.read(path)
    else { return }
    let text = edit.applied(to: bytes)
    guard text != bytes else { return }
    try SafeFiles.write(
      path, text, mode: status.permissions, user: status.st_uid, group: status.st_gid,
      attributes: SafeFiles.attributes(of: descriptor.number))
  }

  /// Ends the user managers that have nothing left to manage: logind keeps one for ten seconds after the last session
  /// (`UserStopDelaySec=`, logind.conf(5)), and an account is not taken away from a process.
  private func endIdleManagers(of users: [UInt32: String]) {
    let running = Self.running(users)
    for user in running.managed.subtracting(running.busy.keys).sorted() {
      _ = restorer.run(Command("/usr/bin/systemctl", ["stop", "user@\(user).service"], timeLimit: 20))
    }
  }

  /// Who has a process, the newest one, and who a user manager.
  private static func running(_ users: [UInt32: String]) -> (busy: [UInt32: pid_t], managed: Set<UInt32>) {
    var busy: [UInt32: pid_t] = [:]
    var managed: Set<UInt32> = []
    for process in Processes.all {
      var status = stat()
      guard lstat("/proc/\(process)", &status) == 0, users[status.st_uid] != nil else { continue }
      let group = SafeFiles.lines(of: Path("/proc/\(process)/cgroup")).joined()
      // The manager itself and its (sd-pam); whatever it has started lives in units of their own.
      if group.hasSuffix("/user@\(status.st_uid).service/init.scope") {
        managed.insert(status.st_uid)
      } else {
        busy[status.st_uid] = process
      }
    }
    return (busy, managed)
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
  ///
  /// - Parameter remains: what an undo that is still to come leaves; nil where it is at this point already.
  static func staying(_ wanted: [Restoration], after remains: UndoRemains? = nil) -> Staying {
    let (users, groups) = leaving(wanted)
    guard !users.isEmpty || !groups.isEmpty else { return Staying() }
    var staying = Staying()
    let running = running(users)
    // An idle manager is ended before.
    let kept = remains == nil ? running.managed.union(running.busy.keys) : Set(running.busy.keys)
    for (number, name) in users where kept.contains(number) {
      let process = running.busy[number]
      staying.users[name] =
        process.map { "process \($0) (\(Processes.name(of: $0))) still runs as it" }
        ?? "process of its manager still runs"
    }
    let search = OwnedFiles(users: Set(users.keys), groups: Set(groups.keys))
    if let remains { search.isGone = remains.isGone }
    search.look(in: remains?.roots ?? OwnedFiles.roots)
    for (number, path) in search.users {
      if let name = users[number] { staying.users[name] = "\(path) still belongs to it" }
    }
    for (number, path) in search.groups {
      if let name = groups[number] { staying.groups[name] = "\(path) still belongs to it" }
    }
    for name in groups.values where staying.users[name] != nil && staying.groups[name] == nil {
      staying.groups[name] = "it is account \(name)'s own"
    }
    return staying
  }
}

/// Looks for a file of certain users and groups on the file systems that keep files.
final class OwnedFiles {
  private(set) var users: [UInt32: String] = [:]
  private(set) var groups: [UInt32: String] = [:]
  /// Whether a path is not looked at, since it goes before, or to another owner.
  var isGone: (String) -> Bool = { _ in false }
  private let wantedUsers: Set<UInt32>
  private let wantedGroups: Set<UInt32>

  init(users: Set<UInt32>, groups: Set<UInt32>) { (wantedUsers, wantedGroups) = (users, groups) }

  /// Not the kernel's own, not what vanishes with the boot, not what another host serves.
  private static let kinds: Set<String> = [
    "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "overlay", "bcachefs",
  ]

  /// Where file systems that keep files are mounted.
  static var roots: [String] {
    var roots = ["/"]
    for line in SafeFiles.lines(of: "/proc/self/mounts") {
      let words = line.split(separator: " ").map { MountName.unescaped($0) }
      guard words.count > 2, kinds.contains(words[2]), words[1] != "/" else { continue }
      roots.append(words[1])
    }
    return roots
  }

  func look(in roots: [String]) {
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
      let isUsers = wantedUsers.contains(status.st_uid) && users[status.st_uid] == nil
      let isGroups = wantedGroups.contains(status.st_gid) && groups[status.st_gid] == nil
      if isUsers || isGroups {
        let text = path + "/" + ByteName.text(name)
        if !isGone(text) {
          if isUsers { users[status.st_uid] = text }
          if isGroups { groups[status.st_gid] = text }
        }
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
