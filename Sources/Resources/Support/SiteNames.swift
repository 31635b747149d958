/// The names of a site, lower case, each known to be one that may stand in a virtual host.
struct SiteNames: Hashable {
  let all: [String]
  var first: String { all[0] }

  /// - Throws: a `Diagnostic` when there is none, or one that is no host name (RFC 1123 §2.1).
  init(_ names: [String]) throws(Diagnostic) {
    var all: [String] = []
    for name in names.map({ $0.lowercased() }) where !all.contains(name) {
      if let reason = Self.fault(of: name) { throw .badName(name, reason) }
      all.append(name)
    }
    guard !all.isEmpty else { throw .noName }
    self.all = all
  }

  private static func fault(of name: String) -> String? {
    if name.isEmpty { return "it is empty" }
    if name.utf8.count > 253 { return "it is longer than 253 characters" }
    if name.hasPrefix("*") {
      return "a wildcard would answer for names that nobody declared, and a certificate for it cannot be had over http"
    }
    if name.unicodeScalars.contains(where: { $0.value > 0x7F }) {
      return "give a name in another script in its “xn--” form, as certificates and Apache hold it"
    }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    for label in labels {
      if label.isEmpty { return "it has an empty part" }
      if label.utf8.count > 63 { return "“\(label)” is longer than 63 characters" }
      if label.hasPrefix("-") || label.hasSuffix("-") { return "“\(label)” begins or ends with a hyphen" }
      guard label.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }) else {
        return "it may hold letters, digits, hyphens and dots only"
      }
    }
    if labels.last?.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ?? false { return "it is an address" }
    return nil
  }
}

/// Words of the recipe that end up in Apache's files, where `$`, quotation marks and line ends would mean something.
package enum ApacheWord {
  /// The first character that may not stand in such a word.
  package static func stranger(in text: String) -> Character? {
    text.first { !$0.utf8.allSatisfy { $0.isLetterOrDigit || "/._-+@".utf8.contains($0) } }
  }

  static func check(path: String) throws(Diagnostic) {
    let leadsUp = path.split(separator: "/").contains("..")
    guard path != "/", stranger(in: path) == nil, !leadsUp else { throw .badPath(path) }
  }

  /// A path relative to the project.
  static func check(folder: String) throws(Diagnostic) {
    let parts = folder.split(separator: "/", omittingEmptySubsequences: false)
    guard stranger(in: folder) == nil, parts.allSatisfy({ !$0.isEmpty && $0 != ".." && $0 != "." }) else {
      throw .badFolder(folder)
    }
  }
}

extension Diagnostic {
  fileprivate static func badName(_ name: String, _ reason: String) -> Diagnostic {
    let shown = name.unicodeScalars.map { $0.value < 0x20 ? "�" : String($0) }.joined()
    return Diagnostic(
      "Not a site's name", detail: "“\(shown)” cannot be the name of a site: \(reason).",
      fix: "names: [\"example.com\", \"www.example.com\"]")
  }

  fileprivate static let noName = Diagnostic(
    "Site without a name", detail: "A site needs at least the one name that visitors type.",
    fix: "names: [\"example.com\"]")

  fileprivate static func badPath(_ path: String) -> Diagnostic {
    Diagnostic(
      "Path not usable", detail: "“\(path)” cannot stand in Apache's files: use letters, digits and “/._-+@” only.",
      fix: "project: \"/srv/django\"")
  }

  fileprivate static func badFolder(_ folder: String) -> Diagnostic {
    Diagnostic(
      "Folder not usable",
      detail:
        "“\(folder)” must be a path below the project, of letters, digits and “/._-+@”, without slashes at its ends.",
      fix: "static: \"static\"")
  }
}
