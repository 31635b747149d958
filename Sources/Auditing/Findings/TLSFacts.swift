/// What a TLS handshake showed, as `openssl s_client` tells it.
package struct TLSFacts: Hashable, Sendable {
  /// Protocol versions by name, and whether the server takes them; nil where it could not be tried.
  package var versions: [(name: String, isTaken: Bool?)] = []
  /// The verification's result: 0 is in order.
  package var verifyCode: Int?
  package var verifyWords = ""
  /// As sent, the server's own first.
  package var chain: [ServedCertificate] = []
  /// The server sent its certificate's status along.
  package var isStapled = false
  /// Nothing came of it; says why.
  package var failure: String?
  /// OpenSSL is missing on the machine that looks.
  package var isToolMissing = false

  package init() {}

  package static func == (left: TLSFacts, right: TLSFacts) -> Bool {
    left.chain == right.chain && left.verifyCode == right.verifyCode && left.failure == right.failure
  }
  package func hash(into hasher: inout Hasher) { hasher.combine(chain) }

  /// Takes what `s_client` printed.
  package mutating func read(_ output: String) {
    for line in output.pieces(at: "\n").map(\.trimmed) {
      if line.begins(with: "Verify return code:") || line.begins(with: "Verification error:") {
        let rest = (line.parted(at: ":").1 ?? "").trimmed
        if let code = Int(rest.words.first ?? "") {
          verifyCode = code
          verifyWords = rest.parted(at: "(").1.map { $0.hasSuffix(")") ? String($0.dropLast()) : $0 } ?? rest
        }
      }
    }
    isStapled = output.has("OCSP Response Status: successful")
  }

  package func findings(host: String, now: Int?) -> [AuditFinding] {
    if isToolMissing { return [.notLookedAt] }
    if let failure { return [.noHandshake(failure)] }
    guard let own = chain.first else { return [] }
    var found = certificateFindings(own, host: host, now: now)
    let old = versions.filter { $0.isTaken == true && ($0.name == "TLS 1.0" || $0.name == "TLS 1.1") }.map(\.name)
    let taken = versions.filter { $0.isTaken == true }.map(\.name)
    let untried = versions.filter { $0.isTaken == nil }.map(\.name)
    if !old.isEmpty { found.append(old == taken ? .onlyOldVersions(old) : .oldVersions(old)) }
    if !taken.isEmpty, old != taken, !taken.contains("TLS 1.3"), versions.contains(where: { $0.name == "TLS 1.3" }) {
      found.append(.noTLS13)
    }
    found.append(.versions(taken, untried))
    found.append(stapling(own))
    return found
  }

  /// X509_V_ERR_CERT_HAS_EXPIRED, of whichever certificate of the chain.
  private static let hasExpired = 10

  private func certificateFindings(_ own: ServedCertificate, host: String, now: Int?) -> [AuditFinding] {
    var found: [AuditFinding] = []
    if !own.covers(host) { found.append(.wrongName(host, own.names)) }
    // One that --ca names is known all the same.
    if own.isSelfSigned, verifyCode != 0 {
      found.append(.selfSigned)
    } else if verifyCode == 20 || verifyCode == 21 {
      found.append(chain.count == 1 ? .chainIncomplete(own.issuer) : .unknownAuthority(chain.last?.issuer ?? ""))
    } else if verifyCode == 19 {
      found.append(.unknownAuthority(chain.last?.issuer ?? ""))
    } else if verifyCode == Self.hasExpired, now.map({ own.notAfter ?? .max >= $0 }) ?? true {
      // Its own end is told below.
      let expired = chain.dropFirst().first { ($0.notAfter ?? .max) < (now ?? 0) }
      found.append(expired.map(AuditFinding.expiredAbove) ?? .notVerified(verifyWords))
    } else if let code = verifyCode, code != 0, code != Self.hasExpired, code != 62 {
      found.append(.notVerified(verifyWords))
    }
    if let now, let end = own.notAfter {
      let left = Int((Double(end - now) / 86_400).rounded(.down))
      if left < 0 {
        found.append(.expired(end))
      } else if let lifetime = own.lifetime, left * 3 < lifetime {
        // Renewal is due when a third is left (certbot's default at 90 days).
        found.append(.expiresSoon(end, days: left))
      } else {
        found.append(.valid(own, until: end, days: left))
      }
      if let begin = own.notBefore, begin > now { found.append(.notYet(begin)) }
    }
    if own.keyKind.has("rsa"), own.keyBits < 2048 { found.append(.weakKey(own.keyBits)) }
    if own.signature.lowercased().has("sha1") || own.signature.lowercased().has("md5") {
      found.append(.weakSignature(own.signature))
    }
    return found
  }

  private func stapling(_ own: ServedCertificate) -> AuditFinding {
    if own.mustStaple { return isStapled ? .stapled : .mustStaple }
    guard own.responder != nil else {
      return own.isLetsEncrypt ? .nothingToStapleLetsEncrypt : .nothingToStaple
    }
    return isStapled ? .stapled : .couldStaple
  }
}

extension ServedCertificate {
  var isLetsEncrypt: Bool { issuer.has("Let's Encrypt") }
}

extension AuditFinding {
  private static let certificateFix = "\(RecipeLine.certificate): sudo harden apply orders one"

  fileprivate static func noHandshake(_ reason: String) -> AuditFinding {
    AuditFinding(.tls, .problem, "handshake", "No TLS connection came about: \(reason).", fix: certificateFix)
  }
  fileprivate static let notLookedAt = AuditFinding(
    .tls, .advice, "not looked at", "openssl is not installed on the machine that looks.",
    fix: "sudo apt-get install openssl")
  fileprivate static func wrongName(_ host: String, _ names: [String]) -> AuditFinding {
    AuditFinding(
      .tls, .problem, "certificate's names",
      "\(host) is not among them: \(names.isEmpty ? "none" : names.prefix(6).joined(separator: ", ")).",
      fix: certificateFix)
  }
  fileprivate static let selfSigned = AuditFinding(
    .tls, .problem, "self-signed certificate", "No browser knows who made it: visitors are stopped with a warning.",
    fix: certificateFix)
  fileprivate static func chainIncomplete(_ issuer: String) -> AuditFinding {
    AuditFinding(
      .tls, .problem, "certificate's chain",
      "“\(issuer)”, which made it, is not known here, and the server sends no certificate between. If it should be known, "
        + "the chain is incomplete, as where cert.pem is served in place of fullchain.pem. For an authority of your own: "
        + "--ca FILE.", fix: certificateFix)
  }
  fileprivate static func unknownAuthority(_ name: String) -> AuditFinding {
    AuditFinding(
      .tls, .problem, "certificate's authority",
      "“\(name)” is not known here. For an authority of your own: --ca FILE.",
      fix: certificateFix)
  }
  fileprivate static func notVerified(_ words: String) -> AuditFinding {
    AuditFinding(.tls, .problem, "certificate", "It does not verify: \(words).", fix: certificateFix)
  }
  fileprivate static func expiredAbove(_ own: ServedCertificate) -> AuditFinding {
    AuditFinding(
      .tls, .problem, "certificate's chain",
      "“\(own.subject)”, which is sent along, expired on \(Calendar.date(own.notAfter ?? 0)): browsers that know no other "
        + "way up stop visitors with a warning.", fix: certificateFix)
  }
  fileprivate static func expired(_ end: Int) -> AuditFinding {
    AuditFinding(
      .tls, .problem, "certificate", "It expired on \(Calendar.date(end)).", fix: certificateFix)
  }
  fileprivate static func expiresSoon(_ end: Int, days: Int) -> AuditFinding {
    AuditFinding(
      .tls, .problem, "certificate", "It expires on \(Calendar.date(end)), in \(days) days: its renewal is late.",
      fix: "\(RecipeLine.certificate): sudo harden verify says whether its timer runs, sudo certbot renew what fails")
  }
  fileprivate static func notYet(_ begin: Int) -> AuditFinding {
    AuditFinding(
      .tls, .problem, "certificate", "It is not valid before \(Calendar.date(begin)): a clock is wrong, there or here.",
      fix: "sudo timedatectl set-ntp true; if that was so when it was ordered, \(certificateFix)")
  }
  fileprivate static func valid(_ own: ServedCertificate, until end: Int, days: Int) -> AuditFinding {
    let key = own.keyKind.has("rsa") ? "RSA \(own.keyBits)" : own.keyKind.has("ec") ? "EC \(own.keyBits)" : own.keyKind
    return AuditFinding(
      .tls, .fine, "certificate", "Until \(Calendar.date(end)), \(days) days. Made by \(own.issuer). Key \(key).")
  }
  fileprivate static func weakKey(_ bits: Int) -> AuditFinding {
    AuditFinding(.tls, .problem, "key", "RSA with \(bits) bits can be broken.", fix: certificateFix)
  }
  fileprivate static func weakSignature(_ name: String) -> AuditFinding {
    AuditFinding(.tls, .problem, "signature", "\(name) can be forged.", fix: certificateFix)
  }
  fileprivate static func oldVersions(_ names: [String]) -> AuditFinding {
    AuditFinding(
      .tls, .problem, names.joined(separator: " and "),
      "Taken by the server. RFC 8996 retired them; no browser of today asks for them.",
      fix: RecipeLine.protocols)
  }
  fileprivate static func onlyOldVersions(_ names: [String]) -> AuditFinding {
    AuditFinding(
      .tls, .problem, "\(names.joined(separator: " and ")) alone",
      "RFC 8996 retired what the server takes, and it takes nothing else: no browser of today gets through.",
      fix: RecipeLine.protocols)
  }
  fileprivate static let noTLS13 = AuditFinding(
    .tls, .advice, "TLS 1.3", "Not taken: handshakes take longer, and older ciphers are used.",
    fix: RecipeLine.protocols)
  fileprivate static func versions(_ taken: [String], _ untried: [String]) -> AuditFinding {
    let missing = untried.isEmpty ? "" : " This machine's OpenSSL could not try \(untried.joined(separator: ", "))."
    return AuditFinding(.tls, .fine, "versions", "Taken: \(taken.joined(separator: ", ")).\(missing)")
  }
  fileprivate static let stapled = AuditFinding(.tls, .fine, "OCSP", "The certificate's status is sent along.")
  fileprivate static let mustStaple = AuditFinding(
    .tls, .problem, "OCSP must-staple",
    "The certificate demands its status, and the server does not send it: browsers refuse.",
    fix: "\(RecipeLine.certificate) orders one without must-staple")
  fileprivate static let nothingToStapleLetsEncrypt = AuditFinding(
    .tls, .fine, "OCSP stapling",
    "Nothing to staple: Let's Encrypt's certificates name no OCSP responder since May 2025. Scanners that ask for it are "
      + "out of date.")
  fileprivate static let nothingToStaple = AuditFinding(
    .tls, .fine, "OCSP stapling", "Nothing to staple: the certificate names no OCSP responder, as most do not today.")
  fileprivate static let couldStaple = AuditFinding(
    .tls, .advice, "OCSP stapling",
    "The certificate names a responder, and the server does not ask it for its visitors.",
    fix: "SSLUseStapling On; \(RecipeLine.certificate) of Let's Encrypt needs none")
}
