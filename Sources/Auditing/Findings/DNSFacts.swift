/// What DNS says of a name, as `dig` and `delv` tell it.
package struct DNSFacts: Hashable, Sendable {
  package struct Authority: Hashable, Sendable {
    package let tag: String
    package let value: String
    package init(tag: String, value: String) { (self.tag, self.value) = (tag, value) }
  }
  package enum Signature: Hashable, Sendable {
    case valid
    case unsigned
    /// Signed, and what is signed does not fit.
    case broken(reason: String)
    case unknown(reason: String)
  }
  package var addresses: [String] = []
  /// CAA records of the name, or of the nearest name above that has some (RFC 8659 §3); and which name that is.
  package var authorities: [Authority] = []
  package var authoritiesAt: String?
  package var nameServers: [String] = []
  package var signature = Signature.unknown(reason: "not asked")
  /// Addresses that did not answer on port 443 or 80.
  package var silentAddresses: [String] = []
  /// DNS could not be asked; says why.
  package var failure: String?
  /// There is nothing to ask, as for an address.
  package var isPointless = false

  package init() {}

  /// - Parameters:
  ///   - issuer: who made the certificate in use.
  ///   - identifier: how that one calls itself in CAA records, where it is known.
  package func findings(host: String, issuer: String?, identifier: String?) -> [AuditFinding] {
    if isPointless { return [.nothingToAsk(host)] }
    if let failure { return [.notAsked(failure)] }
    var found: [AuditFinding] = []
    if case .broken = signature {
      // Then there is no other answer either.
    } else if addresses.isEmpty {
      found.append(.noAddress(host))
    } else {
      found.append(.addresses(addresses))
      if !silentAddresses.isEmpty { found.append(.silent(silentAddresses)) }
    }
    if case .broken = signature {
    } else {
      found.append(authorityFinding(host: host, issuer: issuer, wanted: identifier))
    }
    switch signature {
    case .valid: found.append(.signed)
    case .unsigned:
      let linode = nameServers.contains { $0.has("linode.com") }
      found.append(linode ? .notToBeHad : .unsigned)
    case .broken(let reason): found.append(.broken(reason))
    case .unknown(let reason): found.append(.signatureUnknown(reason))
    }
    return found
  }

  private func authorityFinding(host: String, issuer: String?, wanted: String?) -> AuditFinding {
    // What is nearest to the name counts alone (RFC 8659 §3): above it, a record changes nothing.
    let domain = authoritiesAt ?? PublicSuffixes.registrableDomain(host) ?? host
    let allowed = authorities.filter { $0.tag == "issue" }
      .map { $0.value.parted(at: ";").0.trimmed.lowercased() }.filter { !$0.isEmpty }
    // Without a certificate it is the authority that certbot asks.
    let name = wanted ?? (issuer == nil ? "letsencrypt.org" : "NAME.OF.YOUR.AUTHORITY")
    let record = "\(domain). 3600 IN CAA 0 issue \"\(name)\""
    guard let at = authoritiesAt, authorities.contains(where: { $0.tag == "issue" }) else {
      return .anyAuthority(authoritiesAt, record)
    }
    guard let wanted else { return .authorityUnknown(allowed, at) }
    guard allowed.contains(wanted) else { return .authorityNotAllowed(wanted, allowed, at, record) }
    let others = allowed.filter { $0 != wanted }
    return others.isEmpty ? .onlyAuthority(wanted, at) : .moreAuthorities(wanted, others, at)
  }

  /// How the authority calls itself in CAA records (each one's certification practice statement).
  static func identifier(_ issuer: String) -> String? {
    let known = [
      ("Let's Encrypt", "letsencrypt.org"), ("Google Trust Services", "pki.goog"), ("ZeroSSL", "sectigo.com"),
      ("Sectigo", "sectigo.com"), ("DigiCert", "digicert.com"), ("GlobalSign", "globalsign.com"),
      ("Amazon", "amazon.com"), ("GoDaddy", "godaddy.com"), ("Actalis", "actalis.it"), ("SSL Corp", "ssl.com"),
      ("Buypass", "buypass.com"), ("HARICA", "harica.gr"), ("Certum", "certum.pl"),
    ]
    return known.first { issuer.has($0.0) }?.1
  }
}

private func listed(_ names: [String]) -> String {
  (names.dropLast(2) + [names.suffix(2).joined(separator: " and ")]).joined(separator: ", ")
}

private func sentenceEnd(_ text: String) -> String { text.hasSuffix(".") ? text : text + "." }

extension AuditFinding {
  private static let install = "sudo apt-get install bind9-dnsutils"

  fileprivate static func nothingToAsk(_ host: String) -> AuditFinding {
    AuditFinding(.dns, .fine, host, "Not a name in the DNS, so nothing was asked there.")
  }
  fileprivate static func notAsked(_ reason: String) -> AuditFinding {
    AuditFinding(
      .dns, .advice, "not looked at", sentenceEnd(reason),
      fix: reason.has("not installed") ? install : "harden audit URL --resolver 9.9.9.9 asks another DNS server")
  }
  fileprivate static func noAddress(_ host: String) -> AuditFinding {
    AuditFinding(
      .dns, .problem, host, "The DNS has neither an A nor an AAAA record of it.",
      fix: "\(host). 3600 IN A ADDRESS")
  }
  fileprivate static func addresses(_ all: [String]) -> AuditFinding {
    AuditFinding(.dns, .fine, "addresses", "\(all.joined(separator: ", ")).")
  }
  fileprivate static func silent(_ all: [String]) -> AuditFinding {
    AuditFinding(
      .dns, .problem, "addresses that do not answer",
      "\(all.joined(separator: ", ")). Visitors that try them first wait, and a certificate authority may fail there.",
      fix: "remove the record, or let the server be reached there: \(RecipeLine.ports)")
  }
  fileprivate static func anyAuthority(_ at: String?, _ record: String) -> AuditFinding {
    AuditFinding(
      .dns, .advice, "CAA",
      at.map { "At \($0), but without “issue”: every certificate authority may issue for this name." }
        ?? "None: every certificate authority may issue for this name.", fix: record)
  }
  fileprivate static func authorityUnknown(_ allowed: [String], _ at: String) -> AuditFinding {
    AuditFinding(
      .dns, .fine, "CAA",
      "At \(at) \(allowed.isEmpty ? "nobody" : "only " + listed(allowed)) may issue. Whether that is who made the "
        + "certificate in use cannot be told from it: --caa NAME says so.")
  }
  fileprivate static func authorityNotAllowed(
    _ wanted: String, _ allowed: [String], _ at: String, _ record: String
  ) -> AuditFinding {
    AuditFinding(
      .dns, .problem, "CAA",
      "At \(at) \(allowed.isEmpty ? "nobody" : "only " + listed(allowed)) may issue, but the certificate in use is of "
        + "\(wanted): its renewal will fail.", fix: record)
  }
  fileprivate static func onlyAuthority(_ wanted: String, _ at: String) -> AuditFinding {
    AuditFinding(.dns, .fine, "CAA", "At \(at): \(wanted) alone may issue.")
  }
  fileprivate static func moreAuthorities(_ wanted: String, _ others: [String], _ at: String) -> AuditFinding {
    AuditFinding(
      .dns, .advice, "CAA", "At \(at): beside \(wanted), which is in use, also \(others.joined(separator: ", ")).",
      fix: "remove what is not in use")
  }
  fileprivate static let signed = AuditFinding(.dns, .fine, "DNSSEC", "Signed, and valid.")
  fileprivate static let unsigned = AuditFinding(
    .dns, .advice, "DNSSEC",
    "Not signed: whoever forges an answer leads visitors, and certificate authorities, elsewhere.",
    fix: "switch it on where the zone is hosted, then enter the DS record at the registrar.")
  fileprivate static let notToBeHad = AuditFinding(
    .dns, .advice, "DNSSEC",
    "Not signed, and not to be had at this DNS host: Linode's name servers sign no zones.",
    fix: "host the zone elsewhere (the server may stay), then enter the DS record at the registrar.")
  fileprivate static func broken(_ reason: String) -> AuditFinding {
    AuditFinding(
      .dns, .problem, "DNSSEC", "Signed, but it does not fit: \(reason). Resolvers that check get no answer at all.",
      fix: "delv +vtrace shows where; often an old DS record at the registrar.")
  }
  fileprivate static func signatureUnknown(_ reason: String) -> AuditFinding {
    AuditFinding(
      .dns, .advice, "DNSSEC", "Could not be told: \(reason).",
      fix: reason.has("not installed") ? install : "harden audit URL --resolver 9.9.9.9 asks one that checks")
  }
}
