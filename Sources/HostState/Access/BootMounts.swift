/// Whether a boot mounts what is mounted now, where something lies: a key, or a way back.
///
/// What is mounted now is the kernel's word, what a boot mounts that of `/etc/fstab` as it is by now, and of systemd's
/// units: systemd.mount(5).
package struct BootMounts: Sendable {
  package let table: MountTable
  package let lines: FileSystemTable
  /// What systemd says of units; empty where it was not asked, and then nothing is said of them.
  package var units: [String: [String: String]] = [:]
  /// systemd in a container leaves out what `/etc/fstab` says of devices: there are none in it.
  package var isContainer = false
  /// Where folders and devices that are mounted really are, of those that are there.
  package var real: [Path: Path] = [:]

  package init(table: MountTable, lines: FileSystemTable) { (self.table, self.lines) = (table, lines) }

  /// Whoever made a container mounts what lies outside of it, before its systemd begins.
  package static let container: Path = "/run/systemd/container"

  private static let properties = [
    "Id", "LoadState", "UnitFileState", "FragmentPath", "SourcePath", "ActiveState", "WantedBy", "RequiredBy",
    "ActiveEnterTimestampMonotonic",
  ]

  /// What is to be asked of systemd about these paths.
  package func question(about paths: [Path]) -> Command {
    var points: Set<Path> = []
    for path in paths {
      points.formUnion(Self.leading(to: path))
      if let point = table.holders(of: path).last?.point { points.insert(point) }
    }
    points.remove("/")
    let names = points.sorted().flatMap { [MountName.mount($0), MountName.automount($0)] }
    return Command(
      "/usr/bin/systemctl", ["show", "--property=\(Self.properties.joined(separator: ","))", "--", "-.mount"] + names)
  }

  /// Whether the answer is another one with every login: a session has the folder of its own mounted, and wants its home.
  package static func isOfTheMoment(_ probe: Probe) -> Bool {
    switch probe {
    case .contents(let path): [MountTable.path, MountTable.hostPath].contains(path)
    case .output(let question): question.command.arguments.contains("-.mount")
    default: false
    }
  }

  /// `Name=value`, a line for each, and an empty one between units: systemctl(1).
  package mutating func learn(_ output: String) {
    for block in output.split(separator: "\n\n").map(\.properties) {
      if let id = block["Id"] { units[id] = block }
    }
  }

  /// What `/etc/fstab` mounts at or above a path.
  package func lines(above path: Path) -> [FileSystemTable.Line] {
    lines.lines.filter { $0.point != "/" && path.isWithin($0.point) && isAtBoot($0) }
  }

  /// Why what is at this path is not there after a boot; the path has no links in it.
  package func objection(to path: Path) -> String? { objection(to: path, depth: 0) }

  private func objection(to path: Path, depth: Int) -> String? {
    let holders = table.holders(of: path)
    guard let holder = holders.last, !units.isEmpty, depth < 4 else { return nil }
    let isBrought = isAtBoot(holder.point)
    if let objection = objection(to: holder, isBrought: isBrought, holders) { return objection }
    for point in Self.leading(to: path) where !holders.contains(where: { $0.point == point }) {
      // What is mounted within it is mounted after it.
      if isBrought, holder.point != point, holder.point.isWithin(point) { continue }
      if let objection = covering(point) { return objection }
    }
    for line in lines(above: path) {
      guard let source = line.bound.flatMap({ real[$0] }), !source.isWithin(line.point) else { continue }
      if let objection = objection(to: source, depth: depth + 1) { return objection }
    }
    return nil
  }

  // MARK: What is mounted now

  /// Why what lies on a mount is gone after a boot, whoever mounts it.
  package static func emptied(_ mount: MountTable.Mount) -> String? {
    // Where all of the host lies in memory, its hardening goes with it.
    guard mount.point != "/", ["tmpfs", "ramfs"].contains(mount.kind) else { return nil }
    return "\(mount.point) is a \(mount.kind), which a reboot empties"
  }

  private func objection(to holder: MountTable.Mount, isBrought: Bool, _ holders: [MountTable.Mount]) -> String? {
    // ZFS has its own word for where it is mounted, and an automounter mounts what is beneath it when it is looked at.
    guard holder.point != "/", holder.kind != "zfs", !holders.contains(where: { $0.kind == "autofs" })
    else { return nil }
    let point = holder.point
    let unit = units[MountName.mount(point)]
    guard unit?["ActiveState"] == "active" else { return nil }
    let here = holders.filter { $0.point == point }
    if let lower = here.first(where: { $0.device != holder.device || $0.root != holder.root }) {
      return "\(shown(holder)) was mounted at \(point) over \(shown(lower)), and a boot mounts one of them: umount it"
    }
    if wasThere(unit) { return nil }
    guard isBrought else { return unbrought(point, unit) }
    for line in lines(above: point) where line.point == point && isOther(line, holder) {
      return "\(shown(holder)) is mounted at \(point) now, and by /etc/fstab a boot mounts \(line.what) there: make "
        + "the two the same"
    }
    return nil
  }

  private func unbrought(_ point: Path, _ unit: [String: String]?) -> String {
    let name = MountName.mount(point)
    if unit?["UnitFileState"] == "masked" {
      return "\(point) is mounted now, but a boot does not mount it, since its unit is masked: systemctl unmask "
        + Command.quoted(name)
    }
    if lines.lines.contains(where: { $0.point == point && !$0.isAtBoot }) {
      return "\(point) is mounted now, but a boot does not mount it, since its line in /etc/fstab says noauto: take "
        + "that out"
    }
    let file = unit?["FragmentPath"] ?? ""
    if ["/etc/", "/usr/", "/lib/"].contains(where: file.hasPrefix) {
      return "\(point) is mounted now, but no boot starts its unit: systemctl enable \(Command.quoted(name))"
    }
    return "\(point) was mounted by hand, and neither /etc/fstab nor a unit does so at boot: put it into /etc/fstab"
      + (isContainer ? ", or have it mounted by who starts this container" : "")
  }

  /// Whether it was mounted before systemd began, by an initramfs or by who made the container: they do so again.
  private func wasThere(_ unit: [String: String]?) -> Bool {
    let began = "ActiveEnterTimestampMonotonic"
    guard let root = units["-.mount"]?[began].flatMap(UInt64.init), root > 0,
      let mounted = unit?[began].flatMap(UInt64.init)
    else { return isContainer }
    // Both are in microseconds. Those that systemd finds come with `/` itself, a tenth of a millisecond apart; a box is
    // booted, and somebody in it, within a second.
    return mounted <= root + 200_000
  }

  private func isOther(_ line: FileSystemTable.Line, _ holder: MountTable.Mount) -> Bool {
    if let bound = line.bound {
      guard let source = real[bound], let below = table.holders(of: source).last, !source.isWithin(line.point) else {
        return false
      }
      return below.device != holder.device || below.root / source.relative(to: below.point) != holder.root
    }
    // A file system of several devices is any one's.
    guard !["btrfs", "bcachefs"].contains(holder.kind), holder.source.hasPrefix("/dev/"),
      let wanted = line.device.flatMap({ real[$0] }), let now = real[Path(holder.source)]
    else { return false }
    return wanted != now
  }

  private func shown(_ mount: MountTable.Mount) -> String {
    mount.root == "/" ? mount.source : "\(mount.root) of \(mount.source)"
  }

  // MARK: What a boot mounts

  private func covering(_ point: Path) -> String? {
    if let line = lines(above: point).last(where: { $0.point == point }) {
      return "by /etc/fstab a boot mounts \(line.what) at \(point), over what is there now, and it is not mounted: "
        + "mount it first (mount \(Command.quoted(point.text))), or take its line out"
    }
    for name in [MountName.automount(point), MountName.mount(point)] where isStarted(units[name]) {
      return "by \(name) a boot mounts something at \(point), over what is there now, and it is not mounted: systemctl "
        + "start \(Command.quoted(name)) first, or disable it"
    }
    return nil
  }

  private func isAtBoot(_ line: FileSystemTable.Line) -> Bool {
    guard line.isAtBoot, units[MountName.mount(line.point)]?["UnitFileState"] != "masked" else { return false }
    return !isContainer || line.device == nil
  }

  private func isAtBoot(_ point: Path) -> Bool {
    lines(above: point).contains { $0.point == point } || isStarted(units[MountName.mount(point)])
      || isStarted(units[MountName.automount(point)])
  }

  /// Whether a boot starts a unit that is not made of `/etc/fstab`.
  private func isStarted(_ unit: [String: String]?) -> Bool {
    guard let unit, let file = unit["FragmentPath"], !file.isEmpty, unit["SourcePath"] != FileSystemTable.path.text,
      unit["LoadState"] != "masked",
      // What lies in /run and is no generator's goes with the boot.
      !["/run/systemd/system/", "/run/systemd/transient/"].contains(where: file.hasPrefix)
    else { return false }
    if unit["UnitFileState"] == "enabled" { return true }
    return [unit["WantedBy"], unit["RequiredBy"]].contains { names in
      (names ?? "").split(separator: " ").contains { name in
        // Sessions and their managers want the home that they are in, and mounts the one that they lie in.
        ![".scope", ".slice", ".mount"].contains(where: name.hasSuffix) && !name.hasPrefix("user@")
      }
    }
  }

  /// The path and those that lead to it, the root apart, from above.
  package static func leading(to path: Path) -> [Path] {
    var (paths, path) = ([Path](), path)
    while path != "/" {
      paths.append(path)
      path = path.parent
    }
    return paths.reversed()
  }
}
