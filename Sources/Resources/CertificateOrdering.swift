extension IssuedCertificate {
  /// The order, once all names lead here; until then what is waited for.
  func order(
    _ need: Need, _ facts: CertificateFacts?, on host: Observations
  ) throws(Diagnostic) -> Proposal {
    func wait(_ seen: String, goesOn: Bool = false) throws(Diagnostic) -> Proposal {
      let addresses = try host.host().value?.addresses ?? []
      let here = addresses.isEmpty ? "" : " (\(addresses.joined(separator: ", ")))"
      let wanted = "DNS that leads \(need.names.joined(separator: ", ")) here\(here)"
      let promise =
        "; apply then goes on by itself: the certificate, HTTPS, the redirect, a trial of the renewal, HSTS for a year"
      let waiting = Waiting("certificate \(name)", seen: seen, wanted: wanted + (goesOn ? promise : ""))
      return goesOn ? awaiting(waiting: [waiting]) : Proposal(waiting: [waiting])
    }
    guard isReady(host) else { return try wait("not looked at before Apache answers here", goesOn: true) }
    switch try host.reach(try HostToken.question(need.names, on: host)) {
    case .moved: return try wait("not looked at before Apache runs as planned", goesOn: true)
    case .absent: return try wait("nothing")
    case .unreadable(let reason): return try wait(reason)
    case .there(let reach):
      guard reach.isHere else {
        if let proposal = try withoutFormerNames(need, reach, on: host) { return proposal }
        if let own = try answersItself(reach, on: host) { return Proposal(waiting: [own]) }
        var proposal = try wait(reach.strays.joined(separator: "; "))
        proposal.notes = [
          "where this host cannot reach itself by the addresses that others use, only you can tell: "
            + "\(try order(need, on: host).issuing), then apply again"
        ]
        return proposal
      }
      if let rule = shutter(reach, on: host) {
        // A planned step may open it.
        let isLeft = host.answer(.packetFilter) == host.known[Inquiry(.packetFilter)]
        return try wait("port 80 is shut: \(rule)", goesOn: !isLeft)
      }
      return try ordering(need, facts, on: host)
    }
  }

  /// Where all lead to an address of this host's own, the DNS is not what fails.
  private func answersItself(_ reach: Reach, on host: Observations) throws(Diagnostic) -> Waiting? {
    let addresses = try host.host().value?.addresses ?? []
    guard reach.homeless.isEmpty, reach.places.allSatisfy({ addresses.contains($0.address) }) else { return nil }
    for place in reach.places {
      guard case .another(let what) = place.found else { continue }
      return Waiting(
        "certificate \(name)", seen: "\(place.name) leads here (\(place.address)), and \(what) in place of its token",
        wanted:
          "Apache that serves \(Apache.challenges) to everybody: curl -i http://\(place.name)\(HostToken.resource)")
    }
    return nil
  }

  /// The rule that keeps strangers off port 80 today. From here to one's own address no packet filter is met.
  private func shutter(_ reach: Reach, on host: Observations) -> String? {
    guard case .there(.packetFilter(let rules))? = host.known[Inquiry(.packetFilter)] else { return nil }
    let isV6 = Set(reach.places.map { $0.address.contains(":") })
    for stranger in isV6.map({ $0 ? "2001:db8::1" : "192.0.2.1" }).sorted() {
      if case .dropped(let rule) = rules.verdict(onNewConnectionTo: 80, from: stranger) { return rule }
    }
    return nil
  }

  func order(_ need: Need, on host: Observations) throws(Diagnostic) -> CertificateOrder {
    // One that is there keeps its kind of key, which certbot before 2.0 does not see to by itself.
    let settings = try host.contents(lineage.renewal).value.map(RenewalSettings.init)
    return CertificateOrder(
      name: name, names: need.names, webroot: Apache.challenges, program: Certbot.program(on: host),
      timer: Certbot.timer(given: host) ?? "", email: email, server: need.server, isForced: need.isForced,
      keyType: settings == nil ? "ecdsa" : settings?.keyType)
  }

  private func ordering(
    _ need: Need, _ facts: CertificateFacts?, on host: Observations
  ) throws(Diagnostic) -> Proposal {
    let others = try Lineage.names(on: host).filter { $0 != name }
    let link = FileStatus(kind: .link(target: "../../archive/\(name)/fullchain1.pem"), mode: 0o777, owner: .root)
    var effects: [Effect] = [
      .moves(probe: .certificate(path: lineage.chain)), .moves(probe: .contents(path: lineage.renewal)),
      // A site's file that names it cannot be looked through before it is there.
      .moves(probe: .output(question: ApacheConfiguration.question)),
      .answers(probe: .file(path: lineage.chain), answer: .there(value: .file(link))),
    ]
    effects.append(
      .answers(
        probe: .names(directory: Lineage.live),
        answer: .there(
          value: .names((others + [name, "README"]).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }))))
    let question = try HostToken.question(need.names, on: host)
    let step = Step(
      .issueCertificate(order: try order(need, on: host)), requires: [.path(Apache.challenges)], effects: effects,
      setback: Setback(.reach(question: question), reason: "ordering it failed just now"))
    // What was proved of one that is gone says nothing of this one.
    let isProofStale = facts == nil ? try lineage.isProved(on: host) : false
    let forget = isProofStale ? [Step(.remove(path: lineage.proof, check: nil))] : []
    var proposal = awaiting(notes: [Self.next, "the certificate stays in \(lineage.directory) whatever is taken back"])
    let authority = directory.map { " from \($0)" } ?? ""
    proposal.changes = [
      Change(
        "certificate \(name)", from: facts == nil ? nil : need.words,
        to: need.names.joined(separator: ", ") + authority)
    ]
    proposal.steps = forget + [step]
    return proposal
  }
}
