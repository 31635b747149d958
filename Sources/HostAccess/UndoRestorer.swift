import Glibc
import HostState
import SystemCalls

/// Puts items back as they were.
struct Restorer {
  let camera: ImageCamera
  let blobs: BlobStore
  /// Where what nobody asked to lose is moved; nil where only harden itself has changed things.
  let vault: Vault?
  /// Whether the host is just coming up, so that nothing runs yet that would have to be told.
  var isAtBoot = false
  let run: (Command) -> ProcessRunner.Outcome

  /// Carries out the restorations of one step, and says what had to stay after all.
  ///
  /// - Throws: a `Diagnostic` at the first that fails; the call may be repeated.
  func restore(_ restorations: [Restoration]) throws(Diagnostic) -> [UndoFinding] {
    var stayed: [UndoFinding] = []
    let ordered = restorations.sorted { $0.item < $1.item }
    for restoration in ordered where restoration.target != .absent {
      if case .path(let path) = restoration.item { try put(Path(path), restoration) }
    }
    // What lies in a directory goes before the directory.
    for restoration in ordered.reversed() where restoration.target == .absent {
      if case .path(let path) = restoration.item, !(try remove(Path(path), restoration)) {
        stayed.append(UndoFinding(path, UndoRemains.folderStays))
      }
    }
    for restoration in ordered {
      if case .attributes(let root, let path) = restoration.item { try setAttributes(Path(root), path, restoration) }
      if case .sysctl(let key) = restoration.item, case .text(let value) = restoration.target {
        try Sysctl.write(key, value)
      }
    }
    try restoreRules(ordered)
    stayed += try AccountRestorer(self).restore(ordered)
    try restoreUnits(ordered)
    return stayed
  }

  /// The same, each thing by itself where all together fail: one that cannot be put back keeps no other from it.
  ///
  /// - Throws: the first `Diagnostic`, once all has been tried.
  func restoreDoggedly(_ restorations: [Restoration]) throws(Diagnostic) -> [UndoFinding] {
    do throws(Diagnostic) { return try restore(restorations) } catch {}
    var first: Diagnostic?
    var stayed: [UndoFinding] = []
    let ordered = restorations.sorted { $0.item < $1.item }
    let gone = ordered.filter { $0.target == .absent }
    for restoration in ordered.filter({ $0.target != .absent }) + gone.reversed() {
      do throws(Diagnostic) { stayed += try restore([restoration]) } catch { first = first ?? error }
    }
    if let first { throw first }
    return stayed
  }

  private func put(_ path: Path, _ restoration: Restoration) throws(Diagnostic) {
    guard case .entry(let entry) = restoration.target else { return }
    try vault?.keep(path, restoration.now)
    switch entry.kind {
    case .file:
      guard let digest = entry.digest else { return }
      let bytes: [UInt8]
      if let merged = restoration.contents { bytes = merged } else { bytes = try blobs.bytes(digest) }
      try makeWay(path, restoration.now)
      try SafeFiles.write(
        path, bytes, mode: entry.mode, user: entry.user, group: entry.group,
        attributes: entry.attributes.compactMapValues(Hex.bytes), replacing: .fileOrLink)
    case .link:
      try makeWay(path, restoration.now)
      try SafeFiles.link(path, to: entry.target ?? "", user: entry.user, group: entry.group)
    case .directory:
      if restoration.now == .absent {
        try SafeFiles.makeDirectory(path, mode: entry.mode, user: entry.user, group: entry.group)
      }
      let handle = try SafeFiles.handle(path)
      guard harden_chown(handle.number, entry.user, entry.group) == 0,
        harden_chmod(handle.number, UInt32(entry.mode.rawValue)) == 0,
        SafeFiles.setAttributes(entry.attributes.compactMapValues(Hex.bytes), of: handle.number)
      else { throw .file("put back", path, errno) }
    case .other: break
    }
  }

  /// A directory that took a file's place goes, if it is empty.
  private func makeWay(_ path: Path, _ now: ImageValue) throws(Diagnostic) {
    if case .entry(let entry) = now, entry.kind == .directory { _ = try SafeFiles.removeDirectory(path) }
  }

  /// The marks that a first login or sudo leaves in a home; empty files that nobody made by hand.
  static func marks(in home: Path) -> [Path] {
    [".sudo_as_admin_successful", ".cache/motd.legal-displayed"].map { home / $0 }.filter(SafeFiles.isEmptyFile)
  }

  /// False when a directory holds something that harden did not make.
  private func remove(_ path: Path, _ restoration: Restoration) throws(Diagnostic) -> Bool {
    guard case .entry(let entry) = restoration.now else { return true }
    guard entry.kind == .directory else {
      try vault?.keep(path, restoration.now)
      try SafeFiles.remove(path)
      return true
    }
    for mark in Self.marks(in: path) {
      try SafeFiles.remove(mark)
      if mark.parent != path { _ = try SafeFiles.removeDirectory(mark.parent) }
    }
    return try SafeFiles.removeDirectory(path)
  }

  private func setAttributes(_ root: Path, _ path: String, _ restoration: Restoration) throws(Diagnostic) {
    guard case .attributes(let wanted) = restoration.target else { return }
    let full = path.isEmpty ? root : root / path
    // A link has neither mode nor ACL, and its owner is whoever laid it.
    guard let handle = try ImageCamera.open(root, path), handle.status()?.isLink == false else { return }
    var acl: [UInt8]?
    if let text = wanted.defaultACL { acl = Hex.bytes(text) }
    guard SafeFiles.chown(handle.number, wanted.user, wanted.group),
      harden_chmod(handle.number, UInt32(wanted.mode.rawValue)) == 0
    else { throw .file("put back", full, errno) }
    guard handle.status()?.isDirectory == true else { return }
    if let acl {
      guard harden_setxattr(handle.number, DefaultACL.attribute, acl, acl.count) == 0 else {
        throw .file("put back", full, errno)
      }
    } else if harden_removexattr(handle.number, DefaultACL.attribute) != 0 && errno != ENODATA && errno != ENOTSUP {
      throw .file("put back", full, errno)
    }
  }

  private func restoreRules(_ restorations: [Restoration]) throws(Diagnostic) {
    for restoration in restorations {
      guard case .rules(let family) = restoration.item, case .text(let text) = restoration.target else { continue }
      var command = Command(Path("/usr/sbin/\(family)-restore"))
      command.input = text
      try demand(command)
    }
    for restoration in restorations {
      guard case .table(let name) = restoration.item, restoration.target == .absent else { continue }
      // Only one that holds nothing any more: others' rules survive.
      let words = name.split(separator: " ").map(String.init)
      guard words.count == 2, ["ip", "ip6"].contains(words[0]) else { continue }
      let family = words[0] == "ip" ? "iptables" : "ip6tables"
      guard let saved = run(Command(Path("/usr/sbin/\(family)-save"), ["-t", words[1]])).result, saved.status == 0,
        FilterRules.parsed(saved.output).allSatisfy(\.table.isEmpty)
      else { continue }
      let error = FilterTables.remove(name)
      guard error == 0 || error == ENOENT else { throw .tableStays(name, error) }
    }
  }

  private func restoreUnits(_ restorations: [Restoration]) throws(Diagnostic) {
    guard !isAtBoot else { return }
    let folders: [Path] = ["/etc/systemd", "/etc/init.d", "/etc/rc2.d"]
    let hasUnitFiles = restorations.contains { restoration in
      guard case .path(let path) = restoration.item else { return false }
      return folders.contains { Path(path).isWithin($0) }
    }
    if hasUnitFiles { try demand(Command(UnitVerbs.systemctl, ["daemon-reload"])) }
    if restorations.contains(where: { $0.item == .path(path: "/etc/hostname") && $0.target != .absent }) {
      try demand(Command("/usr/bin/hostname", ["-F", "/etc/hostname"]))
    }
    for restoration in restorations {
      guard case .activity(let unit) = restoration.item, case .text(let state) = restoration.target else { continue }
      try UnitVerbs(run: run).tell(unit, to: state == "active" ? "start" : "stop")
    }
  }

  func demand(_ command: Command) throws(Diagnostic) {
    _ = try run(command).accepted(of: command)
  }
}

extension Diagnostic {
  fileprivate static func tableStays(_ name: String, _ code: Int32) -> Diagnostic {
    Diagnostic(
      "Table of the packet filter not removed",
      detail: "“\(name)” was not there before and holds no rule any more: \(SafeFiles.words(code)).",
      fix: "sudo nft delete table \(name)")
  }
}
