import HostState
import Resources

// MARK: What the next boot comes to

extension AccessChain {
  private static let units: Path = "/etc/systemd/system"
  private static let defaultTarget = units / "default.target"
  /// What Debian's own targets bring with them: systemd.special(7).
  private static let stock: [String: [String]] = [
    "basic": ["sockets", "sysinit"], "graphical": ["multi-user"], "multi-user": ["basic"], "sockets": [], "sysinit": [],
  ]
  /// What `nextTarget` looks at on nearly every host.
  static let targetProbes: Set<Probe> = {
    let folders = (stock.keys + ["default"]).flatMap { [wanting($0, "wants"), wanting($0, "requires")] }
    return Set(folders.map { .names(directory: $0) }).union([.file(path: defaultTarget)])
  }()
  private static let servers: Set<String> = ["ssh.service", "ssh.socket", "sshd.service"]
  /// Targets in which no daemon runs: systemd.special(7).
  private static let idle: Set<String> = [
    "emergency", "halt", "poweroff", "reboot", "rescue", "runlevel0", "runlevel1", "runlevel6",
  ]

  /// Whether the host boots into something in which sshd is started at all.
  mutating func nextTarget() throws(Stop) {
    var name = "default"
    switch try status(Self.defaultTarget)?.kind {
    case nil: name = "graphical"  // the package's own link
    case .link(let target)?:
      guard Path(target).name.hasSuffix(".target") else { return }
      name = String(Path(target).name.dropLast(".target".count))
    default: break
    }
    guard !Self.idle.contains(name) else {
      throw .broken(
        "port",
        "the host boots into \(name).target, where nobody listens for SSH: systemctl set-default multi-user.target")
    }
    // “Enabled” says that some target wants it, not that the host boots into that one.
    var wanting: Set<String> = []
    for target in Self.stock.keys where try !Self.servers.isDisjoint(with: wants(of: target)) { wanting.insert(target) }
    guard let first = wanting.sorted().first, let reached = try targets(from: name),
      wanting.isDisjoint(with: reached)
    else { return }
    throw .broken(
      "port",
      "the host boots into \(name).target, which does not start sshd: that is done by \(first).target alone: "
        + "systemctl set-default \(first).target")
  }

  /// The targets that this one brings with it, without their suffix; nil where one cannot be read, or where something in
  /// them starts sshd that no target of Debian's does.
  private mutating func targets(from name: String) throws(Stop) -> Set<String>? {
    var reached: Set<String> = []
    var open = ["default", name]
    while let target = open.popLast() {
      guard reached.insert(target).inserted else { continue }
      if let stock = Self.stock[target] {
        open += stock
        continue
      }
      let wanted = try wants(of: target)
      if !Self.servers.isDisjoint(with: wanted) { return nil }
      var units = Array(wanted)
      // Where it is a link, what it leads to is looked at by its own name.
      if target != "default" || name == "default", let text = try unitFiles(target + ".target") {
        for setting in ["Requires", "Wants", "BindsTo"] {
          units += text.values(of: setting, in: "Unit").flatMap { $0.split(separator: " ").map(String.init) }
        }
      } else if target != "default" {
        return nil
      }
      if !Self.servers.isDisjoint(with: units) { return nil }
      open += units.filter { $0.hasSuffix(".target") }.map { String($0.dropLast(".target".count)) }
    }
    return reached
  }

  /// What was enabled for a target: systemd.unit(5).
  private mutating func wants(of target: String) throws(Stop) -> Set<String> {
    var units: Set<String> = []
    for folder in ["wants", "requires"] {
      if case .there(.names(let names)) = try answer(.names(directory: Self.wanting(target, folder))) {
        units.formUnion(names)
      }
    }
    return units
  }

  private static func wanting(_ target: String, _ folder: String) -> Path { units / "\(target).target.\(folder)" }

  /// Whether `ssh.socket` listens, by its files, where the operator comes to: systemd reads them at a boot, and before.
  mutating func nextSocket(ports: [UInt16], _ visitor: Operator) throws(Stop) {
    guard let streams = try unitFiles("ssh.socket")?.listenStreams, !streams.isEmpty,
      !streams.contains(where: { ports.contains($0.port) && SocketReach.serves($0.address, visitor) })
    else { return }
    let words = streams.map { "\($0.address) port \($0.port)" }.joined(separator: " and ")
    throw .broken(
      "port",
      "by its files, ssh.socket listens on \(words) alone once it starts anew (ListenStream=), where "
        + "\(visitor.address ?? "nobody from outside") cannot connect")
  }
}
