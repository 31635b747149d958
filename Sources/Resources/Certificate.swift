/// A certificate from Let's Encrypt for the names of a site: certbot, its timer, and Apache reloaded after each renewal.
///
///     Certificate(for: ["example.com", "www.example.com"], email: "me@example.com")
///
/// What it depends on lies outside: the names must lead to this host, and port 80 must be reachable. Until then it is
/// waited for, which is no failure.
public struct Certificate: Resource {
  let names: [String]
  let email: String?

  public init(for names: [String], email: String? = nil) { (self.names, self.email) = (names, email) }

  public var address: String { "certificate:\(names.first?.lowercased() ?? "")" }

  public static var examples: [Certificate] {
    [Certificate(for: ["example.com", "www.example.com"], email: "me@example.com"), Certificate(for: ["a.example"])]
  }

  static let timer = "certbot.timer"
  static let hook: Path = "/etc/letsencrypt/renewal-hooks/deploy/harden-reload-apache"
  /// certbot runs it after a renewal only, and a failing hook does not fail the renewal.
  private static let hookText = """
    #!/bin/sh
    # Written by harden. Apache serves a renewed certificate only once it is told to.
    set -eu
    apachectl configtest
    systemctl reload apache2.service

    """

  public func probes(given known: Observations) -> Set<Probe> {
    packageProbes("certbot", among: ["certbot"], given: known)
      .union(ownedFileProbes(Self.hook))
      .union([
        .unit(name: Self.timer), .host, .file(path: Self.hook.parent.parent),
        .file(path: Lineage(names.first?.lowercased() ?? "").chain),
      ])
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    let names = try SiteNames(names)
    if let email { try check(email) }
    let isNew = try !host.hasPackage("certbot")
    var proposal = try missingPackage("certbot", among: ["certbot"], on: host)
    let package = Requirement.package("certbot")
    for folder in [Self.hook.parent.parent, Self.hook.parent] where try host.file(folder) == .absent {
      proposal.steps.append(Step(.makeDirectory(path: folder, mode: 0o755, owner: .root), requires: [package]))
    }
    proposal.append(
      try ownedFile(
        Self.hook, contents: Self.hookText, mode: 0o755, subject: "certbot, after a renewal", requires: [package],
        on: host))
    proposal.describeNewFile("certbot, after a renewal", as: "reloads Apache")
    let state = try host.unit(Self.timer).known(Self.timer)
    // The package enables and starts its timer.
    let (isEnabled, isActive) = (isNew || state?.isEnabled ?? false, isNew || state?.isActive ?? false)
    if !isEnabled || !isActive {
      proposal.changes.append(
        Change(
          "certbot.timer", from: state.map { "\($0.enablement), \($0.activity)" } ?? "not there",
          to: "enabled, active"))
      proposal.steps.append(
        Step(
          .setUnit(unit: Self.timer, enabled: isEnabled ? nil : true, active: isActive ? nil : true),
          requires: [package]))
    }
    if !(try host.file(Lineage(names.first).chain).isThere) { try wait(for: names, &proposal, on: host) }
    return proposal
  }

  private func wait(for names: SiteNames, _ proposal: inout Proposal, on host: Observations) throws(Diagnostic) {
    let addresses = try host.host().value?.addresses ?? []
    let all = names.all.joined(separator: ", ")
    proposal.waiting.append(
      Waiting(
        "certificate \(names.first)", seen: "none in \(Lineage(names.first).directory)",
        wanted: "DNS that leads \(all) here" + (addresses.isEmpty ? "" : " (\(addresses.joined(separator: ", ")))")))
    let mail = email.map { "-m \($0)" } ?? "--register-unsafely-without-email"
    let domains = names.all.map { "-d \($0)" }.joined(separator: " ")
    proposal.notes.append(
      "once DNS leads here: certbot certonly --webroot -w \(Apache.challenges) --cert-name \(names.first) \(domains) "
        + "--agree-tos \(mail), then apply again")
  }

  private func check(_ email: String) throws(Diagnostic) {
    let parts = email.split(separator: "@", omittingEmptySubsequences: false)
    let isPlain = email.utf8.allSatisfy { ApacheWord.isLetterOrDigit($0) || "@._+-".utf8.contains($0) }
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), isPlain, !email.hasPrefix("-") else {
      throw .notAnAddress(email)
    }
  }
}

extension Diagnostic {
  fileprivate static func notAnAddress(_ email: String) -> Diagnostic {
    Diagnostic(
      "Not a mail address",
      detail: "“\(email)” cannot be the certificate authority's contact: letters, digits and “._+-” around one “@”.",
      fix: "email: \"me@example.com\"")
  }
}
