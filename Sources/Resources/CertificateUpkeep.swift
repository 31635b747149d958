/// certbot and its timer, Apache reloaded after each renewal, and the text by which this host is told from others.
///
/// certbot from a snap is as good as Debian's; where it is there, no package is installed beside it.
public struct CertificateUpkeep: Resource {
  let name: String

  init(for name: String) { self.name = name.lowercased() }

  public var address: String { "certbot:\(name)" }

  public var sharedFiles: [Path] { [Self.hook] }

  public static var examples: [CertificateUpkeep] { [CertificateUpkeep(for: "example.com")] }

  static let hook: Path = "/etc/letsencrypt/renewal-hooks/deploy/harden-reload-apache"
  /// certbot runs it after a renewal only, and a failing hook does not fail the renewal.
  private static let hookText = """
    #!/bin/sh
    # Written by harden. Apache serves a renewed certificate only once it is told to.
    set -eu
    apachectl configtest
    systemctl reload apache2.service

    """

  private func packages(given known: Observations) -> [String] {
    (Certbot.isSnap(on: known) ? [] : ["certbot"]) + ["curl", "openssl"]
  }

  public func probes(given known: Observations) -> Set<Probe> {
    let installing = ApacheFiles.probes(packages: packages(given: known), given: known)
    guard let timer = Certbot.timer(given: known) else { return installing.union([Certbot.snapProbe]) }
    return
      installing
      .union(ownedFileProbes(Self.hook))
      .union(ownedFileProbes(HostToken.path))
      .union(HostToken.probes)
      .union([Certbot.snapProbe, .unit(name: timer), .file(path: Self.hook.parent.parent)])
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    let timer = Certbot.timer(given: host) ?? ""
    var proposal = try ApacheFiles.install(packages(given: host), on: host)
    let isNew = Certbot.isSnap(on: host) ? false : try !host.hasPackage("certbot")
    let package: [Requirement] = Certbot.isSnap(on: host) ? [] : [.package("certbot")]
    let hook = try ownedFile(
      Self.hook, contents: Self.hookText, mode: 0o755, subject: "certbot, after a renewal",
      requires: package + [.path(Self.hook.parent)], on: host)
    for folder in [Self.hook.parent.parent, Self.hook.parent]
    where try host.file(folder) == .absent && !hook.steps.contains(where: { $0.makes(folder) }) {
      proposal.steps.append(Step(.makeDirectory(path: folder, mode: 0o755, owner: .root), requires: package))
    }
    proposal.append(hook)
    proposal.describeNewFile("certbot, after a renewal", as: "reloads Apache")
    proposal.append(try token(on: host))
    if try host.unit(timer).value?.isRare == true {
      proposal.waiting.append(
        Waiting(
          timer, seen: "its next run is more than two days away, so that a certificate may run out before",
          wanted: "a run each day: systemctl cat \(timer) shows who says otherwise"))
    }
    try proposal.run(
      timer: timer, for: "certificates are not renewed", isNew: isNew, requires: package, on: host)
    return proposal
  }

  private func token(on host: Observations) throws(Diagnostic) -> Proposal {
    let subject = "token of this host"
    var proposal = try ownedFile(
      HostToken.path, contents: try HostToken.text(on: host), mode: 0o644, subject: subject,
      requires: [ApacheFiles.package], on: host)
    proposal.describeNewFile(subject, as: "\(HostToken.resource), by which it is told from others")
    guard !proposal.isSettled, try host.file(HostToken.path.parent) == .absent else { return proposal }
    // Beneath the folder that Apache's own resource makes.
    proposal.steps.removeAll { $0.makes(HostToken.path.parent) }
    proposal.steps.insert(
      Step(
        .makeDirectory(path: HostToken.path.parent, mode: 0o755, owner: .root),
        requires: [ApacheFiles.package, .path(Apache.challenges)]), at: 0)
    return proposal
  }
}

extension Step {
  fileprivate func makes(_ folder: Path) -> Bool {
    if case .makeDirectory(folder, _, _) = action { true } else { false }
  }
}

/// certbot as it is on a host: Debian's package or a snap.
enum Certbot {
  static let snap: Path = "/snap/bin/certbot"
  static let snapProbe = Probe.file(path: snap)

  static func isSnap(on known: Observations) -> Bool {
    if case .there? = known.answer(snapProbe) { return true }
    return false
  }

  /// Nil where it is not known yet which certbot there is.
  static func timer(given known: Observations) -> String? {
    guard known.answer(snapProbe) != nil else { return nil }
    return isSnap(on: known) ? "snap.certbot.renew.timer" : "certbot.timer"
  }

  static func program(on known: Observations) -> Path { isSnap(on: known) ? snap : "/usr/bin/certbot" }
}

/// A text that this host alone serves, among the tokens for certificates: who gets it by a name has come here.
enum HostToken {
  static let resource = "/.well-known/acme-challenge/harden-host"
  static let path = Path(Apache.challenges.text + resource)
  private static let keys: [Path] = [
    "/etc/ssh/ssh_host_ed25519_key.pub", "/etc/ssh/ssh_host_rsa_key.pub", "/etc/ssh/ssh_host_ecdsa_key.pub",
  ]

  static let probes = Set(keys.map { Probe.contents(path: $0) } + [.host])

  /// No secret: a digest of what the host shows to everybody who connects to its sshd.
  static func text(on host: Observations) throws(Diagnostic) -> String {
    var seed = try host.host().value?.hostName ?? ""
    for key in keys.reversed() {
      if case .there(let line) = try host.contents(key) { seed = line }
    }
    return "harden \(SHA256.hex(Array("harden host \(seed)".utf8)))\n"
  }

  static func question(_ names: [String], on host: Observations) throws(Diagnostic) -> ReachQuestion {
    ReachQuestion(
      names: names, resource: resource, text: try text(on: host), reads: [ApacheFiles.root, Apache.challenges],
      unit: ApacheFiles.unit)
  }
}
