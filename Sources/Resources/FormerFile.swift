/// A file or link that harden made for an earlier recipe and that is declared no more: it goes.
///
///     FormerFile("/etc/ssh/sshd_config.d/00-harden.conf")
///
/// The recipe's author never writes this one: it is declared from the ledger of what harden made. Packages, homes,
/// trees, certificates and secrets are never in that ledger.
public struct FormerFile: Resource {
  let path: Path

  public init(_ path: Path) { self.path = path }

  public var address: String { "former:\(path)" }

  public static var examples: [FormerFile] {
    [FormerFile("/etc/profile.d/harden.sh"), FormerFile("/etc/ssh/sshd_config.d/00-harden.conf")]
  }

  public func probes(given known: Observations) -> Set<Probe> {
    var probes: Set<Probe> = [.file(path: path)]
    if let daemon { probes.formUnion([.stale(unit: daemon.unit, paths: daemon.paths), .unit(name: daemon.unit)]) }
    return probes
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    guard let status = try host.file(path).known(path.text) else { return .nothing }
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
    let change = Change(
      path.text, from: "made by harden", to: nil, risk: risk,
      warning: risk == .opens ? "no longer declared; removing it can open a way in" : "no longer declared")
    return Proposal(changes: [change], steps: steps)
  }

  /// The daemon that reads the file.
  private var daemon: (unit: String, paths: [Path], check: Command)? {
    if path.isWithin("/etc/ssh") {
      return ("ssh.service", ["/etc/ssh"], Command("/usr/sbin/sshd", ["-t"]))
    }
    if path.isWithin("/etc/apache2") {
      return ("apache2.service", ["/etc/apache2"], Command("/usr/sbin/apachectl", ["configtest"]))
    }
    return nil
  }
}
