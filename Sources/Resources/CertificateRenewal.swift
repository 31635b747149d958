extension IssuedCertificate {
  /// The trial of a renewal, once what it looks at is served; nothing where it worked before.
  func proof(
    _ names: SiteNames, _ facts: CertificateFacts, _ settings: RenewalSettings, on host: Observations
  ) throws(Diagnostic) -> Proposal {
    if let hindrance = try hindrance(facts, settings, on: host) { return Proposal(waiting: [hindrance]) }
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
    // As it is now, not as planned: the trial looks at what is served.
    guard case .there(.listeners(let listeners))? = host.known[Inquiry(.listeners)],
      listeners.contains(where: { $0.port == 443 }),
      host.known[Inquiry(.stale(unit: ApacheFiles.unit, paths: [lineage.directory]))] == .there(value: .flag(false))
    else { return awaiting(notes: [Self.next]) }
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
  /// What keeps a renewal from working, as far as its settings tell; a trial would only fail, or stop Apache for itself.
  private func hindrance(
    _ facts: CertificateFacts, _ settings: RenewalSettings, on host: Observations
  ) throws(Diagnostic) -> Waiting? {
    let seen: String
    let need = Need(names: facts.names, words: "", server: settings.server, isForced: true)
    var wanted = "sudo \(try order(need, on: host).replacing)"
    if settings.isSwitchedOff {
      (seen, wanted) = ("autorenew = False, so that nothing renews it", "that line taken out of \(lineage.renewal)")
    } else if settings.authenticator == "standalone" {
      seen = "it is renewed by “standalone”, which wants port 80 for itself, where Apache listens"
    } else if let folder = settings.webroots(facts.names).first(where: { $0 != Apache.challenges.text }) {
      seen = "it is renewed by files in \(folder), and Apache serves those in \(Apache.challenges)"
    } else {
      return nil
    }
    return Waiting("renewal of \(name)", seen: seen, wanted: wanted)
  }
}

/// certbot's `renewal/NAME.conf`.
struct RenewalSettings {
  private var values: [String: String] = [:]

  /// Lines such as `server = https://…`.
  init(_ text: String) {
    for line in text.lines where !line.hasPrefix("#") && !line.hasPrefix("[") {
      let parts = line.split(separator: "=", maxSplits: 1).map { part in
        String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
      if parts.count == 2 { values[parts[0]] = parts[1] }
    }
  }

  var server: String? { values["server"] }
  /// `webroot`, `standalone`, `dns-cloudflare`, …
  var authenticator: String? { values["authenticator"] }
  /// `ecdsa` or `rsa`, where it is not certbot's own choice.
  var keyType: String? { values["key_type"] }
  var isSwitchedOff: Bool { values["autorenew"]?.lowercased() == "false" }
  /// Whether it was ordered in a way that harden does not know how to go: over the DNS, or by hand.
  var isForeign: Bool {
    guard let authenticator else { return false }
    return !["webroot", "standalone", "apache", "nginx"].contains(authenticator)
  }

  /// The folders in which certbot puts its tokens, those of the names from `[[webroot_map]]`; none for another way.
  func webroots(_ names: [String]) -> [String] {
    guard authenticator == "webroot" else { return [] }
    let paths = (values["webroot_path"] ?? "").split(separator: ",").map { String($0.filter { $0 != " " }) }
    return paths + names.compactMap { values[$0] }
  }
}
