/// A certificate, from what `openssl x509 -noout -text` prints of it.
package struct ServedCertificate: Hashable, Sendable {
  package let subject: String
  package let issuer: String
  /// Names it is for, in lower case.
  package let names: [String]
  /// Seconds since 1970.
  package let notBefore: Int?
  package let notAfter: Int?
  /// `id-ecPublicKey`, `rsaEncryption`.
  package let keyKind: String
  package let keyBits: Int
  package let signature: String
  /// Where its status can be asked for.
  package let responder: String?
  package let mustStaple: Bool
  package var isSelfSigned: Bool { subject == issuer }

  package init(text: String) {
    let lines = text.pieces(at: "\n").map(\.trimmed)
    func value(_ label: String) -> String {
      lines.first { $0.begins(with: label) }.map { String($0.dropFirst(label.count)).trimmed } ?? ""
    }
    func after(_ label: String) -> String {
      guard let index = lines.firstIndex(where: { $0.begins(with: label) }), index + 1 < lines.count else { return "" }
      return lines[index + 1]
    }
    subject = value("Subject:")
    issuer = value("Issuer:")
    names = after("X509v3 Subject Alternative Name").pieces(at: ",").map(\.trimmed)
      .filter { $0.begins(with: "DNS:") || $0.begins(with: "IP Address:") }
      .map { ($0.parted(at: ":").1 ?? "").lowercased() }
    notBefore = Calendar.seconds(value("Not Before:").isEmpty ? value("Not Before :") : value("Not Before:"))
    notAfter = Calendar.seconds(value("Not After :").isEmpty ? value("Not After:") : value("Not After :"))
    keyKind = value("Public Key Algorithm:")
    keyBits = Int(value("Public-Key: (").pieces(at: " ").first ?? "") ?? 0
    signature = value("Signature Algorithm:")
    responder = lines.first { $0.begins(with: "OCSP - URI:") }.map { String($0.dropFirst(11)) }
    mustStaple = lines.contains { $0.begins(with: "TLS Feature") } && text.has("status_request")
  }

  /// Whether it is for this name; a star stands for one label (RFC 6125 §6.4.3).
  package func covers(_ host: String) -> Bool {
    let labels = host.pieces(at: ".")
    if let address = IPv6.groups(host) { return names.contains { IPv6.groups($0) == address } }
    return names.contains { name in
      if name == host { return true }
      guard name.begins(with: "*."), labels.count > 2 else { return false }
      return labels.dropFirst().joined(separator: ".") == name.dropFirst(2)
    }
  }

  /// Days that its validity has.
  var lifetime: Int? {
    guard let notBefore, let notAfter else { return nil }
    return (notAfter - notBefore + 86_399) / 86_400
  }
}

/// Dates as OpenSSL prints them.
enum Calendar {
  /// `Nov 25 03:00:00 2027 GMT` in seconds since 1970; nil for what is none.
  static func seconds(_ text: String) -> Int? {
    let words = text.words
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard words.count >= 4, let month = months.firstIndex(of: words[0]), let day = Int(words[1]),
      let year = Int(words[3])
    else { return nil }
    let clock = words[2].pieces(at: ":").compactMap { Int($0) }
    guard clock.count == 3, (1...31).contains(day), (1...9999).contains(year) else { return nil }
    return daysSince1970(year, month + 1, day) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
  }

  /// `2027-11-25`.
  static func date(_ seconds: Int) -> String {
    // The civil calendar from a number of days, in eras of 400 years beginning in March.
    let shifted = Int((Double(seconds) / 86_400).rounded(.down)) + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let civil = month < 10 ? month + 3 : month - 9
    let pad = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
    return "\(yearOfEra + era * 400 + (civil <= 2 ? 1 : 0))-\(pad(civil))-\(pad(day))"
  }

  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = year / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
