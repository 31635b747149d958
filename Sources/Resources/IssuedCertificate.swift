/// A certificate that certbot holds: ordered once its names lead here, and its renewal tried before browsers are told to
/// hold on to HTTPS for a year.
///
/// Names lead here where a text that this host alone serves is had over http from each of their A and AAAA addresses.
public struct IssuedCertificate: Resource {
  let names: [String]
  let email: String?
  let server: String?

  init(for names: [String], email: String? = nil, server: String? = nil) {
    (self.names, self.email, self.server) = (names, email, server)
  }

  var name: String { names.first?.lowercased() ?? "" }
  var lineage: Lineage { Lineage(name) }
  public var address: String { "certificate:\(name)" }

  public static var examples: [IssuedCertificate] {
    [
      IssuedCertificate(for: ["example.com", "www.example.com"], email: "me@example.com"),
      IssuedCertificate(for: ["a.example"], server: "staging"),
    ]
  }

  /// What the owner of the recipe says in a word.
  static let staging = "https://acme-staging-v02.api.letsencrypt.org/directory"
  private static let letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"
  var directory: String? { server == "staging" ? Self.staging : server }

  public func probes(given known: Observations) -> Set<Probe> {
    var probes: Set<Probe> = [
      Certbot.snapProbe, .certificate(path: lineage.chain), .contents(path: lineage.renewal),
      .file(path: lineage.archive),
      .names(directory: Lineage.live), .host,
    ]
    probes.formUnion(servedProbes)
    probes.formUnion(ownedFileProbes(lineage.proof))
    probes.formUnion(others(given: known).flatMap { [.certificate(path: $0.chain), .contents(path: $0.renewal)] })
    guard let names = need(given: known)?.names ?? unnamed(given: known) else { return probes }
    probes.formUnion(HostToken.probes)
    probes.formUnion([.contents(path: HostToken.path), .unit(name: ApacheFiles.unit), .packetFilter])
    if isReady(known), let question = try? HostToken.question(names, on: known) {
      probes.insert(.reach(question: question))
    }
    return probes
  }

  /// Why it has to be ordered; nil where it need not be, or that is not known.
  private func need(given known: Observations) -> Need? {
    guard let names = try? SiteNames(names), let answer = known.answer(.certificate(path: lineage.chain)),
      let renewal = known.answer(.contents(path: lineage.renewal))
    else { return nil }
    switch answer {
    case .moved, .unreadable: return nil
    case .absent:
      return leftovers(given: known).isEmpty ? Need(names: names.all, words: "none", server: directory) : nil
    case .there(.certificate(let facts)):
      guard case .there(.text(let text)) = renewal else { return nil }
      let settings = RenewalSettings(text)
      guard let now = settings.server, !settings.isForeign else { return nil }
      let all = names.all + facts.names.filter { !names.all.contains($0) }
      // What no browser takes is not what a site is left with; another authority's stays until that is asked for.
      let wanted = directory == Self.staging ? now : directory ?? (now == Self.staging ? Self.letsEncrypt : now)
      func need(_ words: String) -> Need { Need(names: all, words: words, server: wanted, isForced: now != wanted) }
      if !names.all.allSatisfy(facts.covers) { return need(facts.names.joined(separator: ", ")) }
      if facts.isExpired { return need("expired") }
      if now != wanted { return need("from \(now)") }
      // certbot writes its settings anew with an order, and has no other command for that (before 2.3).
      return settings.obstacle(facts.names).map { Need(names: all, words: $0, server: wanted, isForced: true) }
    case .there: return nil
    }
  }

  /// What is left of a lineage whose certificate is gone: beside it certbot would make another, `NAME-0001`, each time.
  private func leftovers(given known: Observations) -> [Path] {
    var left: [Path] = []
    if known.answer(.contents(path: lineage.renewal)) != .absent { left.append(lineage.renewal) }
    if known.answer(.file(path: lineage.archive)) != .absent { left.append(lineage.archive) }
    return left
  }

  struct Need {
    /// Those of the recipe, and then those that the certificate has beyond them.
    let names: [String]
    let words: String
    var server: String?
    var isForced = false
  }

  /// Whether Apache can be expected to serve the host's own text.
  func isReady(_ known: Observations) -> Bool {
    guard case .there(.unit(let unit))? = known.answer(.unit(name: ApacheFiles.unit)), unit.isActive,
      let wanted = try? HostToken.text(on: known)
    else { return false }
    return known.answer(.contents(path: HostToken.path)) == .there(value: .text(wanted))
  }

  public func proposal(given host: Observations) throws(Diagnostic) -> Proposal {
    let names = try SiteNames(names)
    try email.map { email throws(Diagnostic) in try Self.check(email) }
    try directory.map { server throws(Diagnostic) in try Self.check(server: server) }
    var proposal = try own(names, on: host)
    try tellOfOthers(names, &proposal, on: host)
    return proposal
  }

  private func own(_ names: SiteNames, on host: Observations) throws(Diagnostic) -> Proposal {
    let answer = try host.certificate(lineage.chain)
    // Being ordered: what comes of it is looked at once it is there.
    if answer == .moved { return awaiting(notes: [Self.next]) }
    let facts = try answer.known(lineage.chain.text)
    if let need = need(given: host) { return try order(need, facts, on: host) }
    guard let facts else { return try remains(on: host) }
    guard let settings = try host.contents(lineage.renewal).value.map(RenewalSettings.init), settings.server != nil
    else { return stranger(facts, names) }
    if settings.isForeign, let waiting = owners(facts, names, settings) { return Proposal(waiting: [waiting]) }
    var proposal = try proof(names, facts, settings, on: host)
    if facts.endsSoon {
      proposal.waiting.append(
        Waiting(
          "renewal of \(name)", seen: "less than a sixth of its time is left, and nothing has renewed it",
          wanted: "sudo certbot renew --cert-name \(name), and what it says mended"))
    }
    if !settings.isForeign { proposal.append(try formerNames(names, facts, settings, on: host)) }
    return proposal
  }

  static let next = "once it is served, its renewal is tried, and then browsers hold on to HTTPS for a year"

  /// All that hangs on what is not known yet.
  func awaiting(notes: [String] = [], waiting: [Waiting] = []) -> Proposal {
    Proposal(
      notes: notes, waiting: waiting,
      awaited: [
        .certificate(path: lineage.chain), .file(path: lineage.chain), .file(path: lineage.proof),
        .names(directory: Lineage.live),
      ])
  }

  /// One that certbot does not know: made by hand, or by something else.
  private func stranger(_ facts: CertificateFacts, _ names: SiteNames) -> Proposal {
    let missing = names.all.filter { !facts.covers($0) }
    var faults = facts.isSelfSigned ? ["self-signed, so browsers warn of it"] : []
    if facts.isExpired { faults.append("expired") }
    if !missing.isEmpty { faults.append("not for \(missing.joined(separator: ", "))") }
    faults.append("not certbot's (nothing that could be read in \(lineage.renewal)), so nothing renews it")
    return Proposal(waiting: [
      Waiting(
        "certificate \(name)", seen: "one that is " + faults.joined(separator: "; "),
        wanted: "\(lineage.directory) moved away, with what else /etc/letsencrypt has of that name; apply then has one "
          + "issued")
    ])
  }

  /// The certificate is gone, and certbot still holds on to its name.
  private func remains(on host: Observations) throws(Diagnostic) -> Proposal {
    let left = leftovers(given: host)
    guard !left.isEmpty else { throw .bug("No certificate of \(name), and no need of one.", address: address) }
    return Proposal(waiting: [
      Waiting(
        "certificate \(name)",
        seen: "none in \(lineage.directory), and what is left of one: "
          + left.map(\.text).joined(separator: ", "),
        wanted: "\(left.count == 1 ? "that" : "both") moved away, as certbot would order another beside it each time")
    ])
  }

  /// One that its owner has over the DNS or by hand: harden would lose its wildcards by ordering it anew.
  private func owners(_ facts: CertificateFacts, _ names: SiteNames, _ settings: RenewalSettings) -> Waiting? {
    let missing = names.all.filter { !facts.covers($0) }
    guard facts.isExpired || !missing.isEmpty else { return nil }
    return Waiting(
      "certificate \(name)", seen: facts.isExpired ? "expired" : "not for \(missing.joined(separator: ", "))",
      wanted: "ordered as it was, by “\(settings.authenticator ?? "")”: sudo certbot certonly --cert-name \(name)")
  }

  // MARK: Words of the recipe

  private static func check(_ email: String) throws(Diagnostic) {
    let parts = email.split(separator: "@", omittingEmptySubsequences: false)
    let isPlain = email.utf8.allSatisfy { $0.isLetterOrDigit || "@._+-".utf8.contains($0) }
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), isPlain, !email.hasPrefix("-") else {
      throw .notAnAddress(email)
    }
  }

  private static func check(server: String) throws(Diagnostic) {
    let isPlain = server.utf8.allSatisfy { $0.isLetterOrDigit || "/:._-~[]".utf8.contains($0) }
    guard server.hasPrefix("https://"), isPlain else { throw .notADirectory(server) }
  }
}

extension Diagnostic {
  fileprivate static func notAnAddress(_ email: String) -> Diagnostic {
    Diagnostic(
      "Not a mail address",
      detail: "“\(email)” cannot be the certificate authority's contact: letters, digits and “._+-” around one “@”.",
      fix: "email: \"me@example.com\"")
  }

  fileprivate static func notADirectory(_ server: String) -> Diagnostic {
    Diagnostic(
      "Not an ACME directory",
      detail: "“\(server)” is not where a certificate authority can be asked: an https:// URL, or the word staging.",
      fix: "server: \"https://acme.example.com/directory\"")
  }
}
