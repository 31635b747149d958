extension IssuedCertificate {
  /// The trial of a renewal, once what it looks at is served; nothing where it worked before.
  func proof(
    _ names: SiteNames, _ facts: CertificateFacts, _ settings: RenewalSettings, on host: Observations
  ) throws(Diagnostic) -> Proposal {
    // Of one that is harden's to order it is a reason to do so.
    if let obstacle = settings.obstacle(facts.names) {
      let line = "sudo sed -i '/^autorenew/d' \(lineage.renewal)"
      return Proposal(waiting: [Waiting("renewal of \(name)", seen: obstacle, wanted: "that line taken out: \(line)")])
    }
    let way = [settings.authenticator].compactMap { $0 }.filter { $0 != "webroot" }
    let text =
      "\(ApacheFiles.header)# A trial of the renewal worked.\n"
      + (facts.names.sorted() + [settings.server ?? ""] + way).joined(separator: "\n") + "\n"
    if case .unreadable(let reason) = try host.contents(lineage.proof) {
      return Proposal(waiting: [
        Waiting("renewal of \(name)", seen: reason, wanted: "a trial that works; HSTS stays at five minutes until then")
      ])
    }
    let file = try ownedFile(lineage.proof, contents: text, mode: 0o644, subject: "renewal of \(name)", on: host)
    guard !file.isSettled else { return .nothing }
    guard isServed(on: host) else { return awaiting(notes: [Self.next]) }
    let order = CertificateOrder(
      name: name, names: names.all, webroot: Apache.challenges, program: Certbot.program(on: host),
      timer: Certbot.timer(given: host) ?? "", server: settings.server)
    let trial = Step(
      .proveRenewal(order: order), requires: [.path(lineage.chain)],
      setback: Setback(.contents(path: lineage.proof), reason: "a trial of it failed just now"))
    return Proposal(
      changes: [
        Change("renewal of \(name)", from: "not tried", to: "tried; browsers then hold on to HTTPS for a year")
      ],
      steps: [trial] + file.steps)
  }
}

extension IssuedCertificate {
  /// What the trial of a renewal looks at: whether it is served today.
  var servedProbes: Set<Probe> {
    [
      .listeners, .stale(unit: ApacheFiles.unit, paths: [lineage.directory]),
      .stale(unit: ApacheFiles.unit, paths: [ApacheFiles.root]), .output(question: ApacheConfiguration.question),
    ]
  }

  /// As it is now, not as planned: a site that is still to come with it serves it in a later plan, and the trial with it.
  private func isServed(on host: Observations) -> Bool {
    func isLoaded(_ path: Path) -> Bool {
      host.known[Inquiry(.stale(unit: ApacheFiles.unit, paths: [path]))] == .there(value: .flag(false))
    }
    guard case .there(.listeners(let listeners))? = host.known[Inquiry(.listeners)],
      listeners.contains(where: { $0.port == 443 }), isLoaded(lineage.directory), isLoaded(ApacheFiles.root),
      case .there(.output(let result))? = host.known[Inquiry(.output(question: ApacheConfiguration.question))],
      result.status == 0
    else { return false }
    return ApacheConfiguration.parsed[result.output].local("SSLCertificateFile").contains { directive in
      directive.arguments.filter { $0 != "\"" } == lineage.chain.text
    }
  }
}

/// certbot's `renewal/NAME.conf`.
struct RenewalSettings {
  /// Of `[renewalparams]`: elsewhere certbot takes none of these words for a setting.
  private var values: [String: String] = [:]
  /// Of `[[webroot_map]]`, by name.
  private var folders: [String: String] = [:]

  /// Lines such as `server = https://…`.
  init(_ text: String) {
    func trimmed(_ text: Substring) -> String {
      String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    var section = ""
    for line in text.lines {
      let words = trimmed(line)
      if words.hasPrefix("[") { section = words }
      let parts = words.split(separator: "=", maxSplits: 1).map(trimmed)
      guard !words.hasPrefix("#"), parts.count == 2 else { continue }
      if section == "[renewalparams]" { values[parts[0]] = parts[1] }
      if section == "[[webroot_map]]" { folders[parts[0]] = parts[1] }
    }
  }

  var server: String? { values["server"] }
  /// `webroot`, `standalone`, `dns-cloudflare`, …
  var authenticator: String? { values["authenticator"] }
  /// `ecdsa` or `rsa`, where it is not certbot's own choice.
  var keyType: String? { values["key_type"] }
  private var isSwitchedOff: Bool { ["false", "no", "off", "0"].contains(values["autorenew"]?.lowercased()) }
  /// Whether it was ordered in a way that harden does not know how to go: over the DNS, or by hand.
  var isForeign: Bool {
    guard let authenticator else { return false }
    return !["webroot", "standalone", "apache", "nginx"].contains(authenticator)
  }

  /// What keeps a renewal from working beside Apache, whatever its names are; nil where nothing of that is seen.
  var ownObstacle: String? {
    if isSwitchedOff { return "nothing renews it (autorenew = False)" }
    guard authenticator == "standalone" else { return nil }
    return "it is renewed by “standalone”, which wants port 80 for itself, where Apache listens"
  }

  /// The same, with where Apache serves the tokens for these names.
  func obstacle(_ names: [String]) -> String? {
    if let ownObstacle { return ownObstacle }
    return webroots(names).first { $0 != Apache.challenges.text }.map { folder in
      "it is renewed by files in \(folder), and Apache serves those in \(Apache.challenges)"
    }
  }

  /// The folders in which certbot puts its tokens, those of the names from `[[webroot_map]]`; none for another way.
  private func webroots(_ names: [String]) -> [String] {
    guard authenticator == "webroot" else { return [] }
    let paths = (values["webroot_path"] ?? "").split(separator: ",").map { String($0.filter { $0 != " " }) }
    return paths + names.compactMap { folders[$0] }
  }
}
