extension IssuedCertificate {
  /// The trial of a renewal, once what it looks at is served; nothing where it worked before.
  func proof(
    _ names: SiteNames, _ facts: CertificateFacts, _ settings: RenewalSettings, on host: Observations
  ) throws(Diagnostic) -> Proposal {
    let text =
      "\(ApacheFiles.header)# A trial of the renewal worked.\n"
      + (facts.names.sorted() + [settings.server ?? ""]).joined(separator: "\n") + "\n"
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

/// certbot's `renewal/NAME.conf`.
struct RenewalSettings {
  private var values: [String: String] = [:]

  /// Lines such as `server = https://…`.
  init(_ text: String) {
    for line in text.split(separator: "\n") where !line.hasPrefix("#") && !line.hasPrefix("[") {
      let parts = line.split(separator: "=", maxSplits: 1).map { part in
        String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
      if parts.count == 2 { values[parts[0]] = parts[1] }
    }
  }

  var server: String? { values["server"] }
}
