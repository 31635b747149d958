/// A file or link that harden made for an earlier recipe and that is declared no more: it goes.
///
///     FormerFile("/etc/ssh/sshd_config.d/00-harden.conf")
///
/// The recipe's author never writes this one: it is declared from the ledger of what harden made. Packages, homes,
/// trees, certificates and secrets are never in that ledger. Apache's modules stay as packages do: whatever else is
/// served may have come to need them, and without them its configuration is refused.
public struct FormerFile: Resource {
  let path: Path

  public init(_ path: Path) { self.path = path }

  public var address: String { "former:\(path)" }

  public static var examples: [FormerFile] {
    [FormerFile("/etc/profile.d/harden.sh"), FormerFile("/etc/ssh/sshd_config.d/00-harden.conf")]
  }

  /// In an order in which what is left is whole at each step: what enables something goes before it.
  public static func ordered(_ paths: [Path]) -> [Path] {
    func rank(_ path: Path) -> Int {
      let folders = ["sites-enabled", "conf-enabled"]
      return folders.firstIndex { path.parent == ApacheFiles.root / $0 } ?? folders.count
    }
    return paths.sorted { (rank($0), $0) < (rank($1), $1) }
  }

  public func probes(given known: Observations) -> Set<Probe> {
    var probes: Set<Probe> = [.file(path: path)]
    if let daemon { probes.formUnion([.stale(unit: daemon.unit, paths: daemon.paths), .unit(name: daemon.unit)]) }
    if let unit { probes.insert(.unit(name: unit)) }
    return probes
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    guard let status = try host.file(path).known(path.text) else { return .nothing }
    guard path.parent != ApacheFiles.root / "mods-enabled" else {
      return Proposal(notes: ["\(path) stays: what else Apache serves may need the module."])
    }
    switch status.kind {
    case .file, .link: break
    case .directory, .other: return Proposal(notes: ["\(path) is no file any more; harden leaves it alone."])
    }
    let risk: Risk = path.isWithin("/etc/ssh") || path.isWithin("/etc/ufw") ? .opens : .none
    var steps = [Step(.remove(path: path, check: daemon?.check), risk: risk)]
    if let daemon, try host.unit(daemon.unit).value?.isActive == true {
      // Last and together with what closes ways in: it changes who gets in.
      steps.append(
        Step(
          .reload(unit: daemon.unit, restart: false, check: daemon.check, listening: []),
          risk: risk == .opens ? .closes : .service))
    }
    if let unit {
      steps.append(
        Step(
          .run(command: Command("/usr/bin/systemctl", ["daemon-reload"])), footprint: Footprint(paths: [path]),
          title: "read unit files again"))
      if try host.unit(unit).value?.isActive == true {
        steps.append(Step(.reload(unit: unit, restart: true, check: nil, listening: []), risk: .service))
      }
    }
    let change = Change(
      path.text, from: "made by harden", to: nil, risk: risk,
      warning: risk == .opens ? "no longer declared; removing it can open a way in" : "no longer declared")
    return Proposal(changes: [change], steps: steps)
  }

  /// The unit whose settings the file adds to: they hold from its next start.
  private var unit: String? {
    let folder = path.parent
    guard folder.parent == "/etc/systemd/system", folder.name.hasSuffix(".service.d") else { return nil }
    return String(folder.name.dropLast(2))
  }

  /// The daemon that reads the file.
  private var daemon: (unit: String, paths: [Path], check: Command)? {
    if path.isWithin("/etc/ssh") {
      return ("ssh.service", ["/etc/ssh"], SSHDaemon.check)
    }
    if path.isWithin(ApacheFiles.root) {
      return (ApacheFiles.unit, [ApacheFiles.root], ApacheConfiguration.check)
    }
    return nil
  }
}
