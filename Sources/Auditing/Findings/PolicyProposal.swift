import HostState

/// The Content-Security-Policy that the pages seen would live with, as a recipe's line.
extension AuditMaterial {
  func policyProposal() -> [AuditFinding] {
    let pages = pages.filter { $0.isHTML }
    guard !pages.isEmpty else { return [] }
    var needed: [String: [String]] = [:]
    var (seen, unnamed): (Set<[String]>, Set<String>) = ([], [])
    func need(_ directive: String, _ source: String) {
      if seen.insert([directive, source]).inserted { needed[directive, default: []].append(source) }
    }
    func need(_ resources: [PageResources.Resource], on page: WebAddress?) {
      for resource in resources {
        guard let address = resource.address else {
          let scheme = resource.text.parted(at: ":").0.lowercased()
          if ["data", "blob"].contains(scheme), !(scheme == "data" && resource.kind == .image) {
            need(resource.kind.rawValue, scheme + ":")
          }
          continue
        }
        if address.origin != page?.origin {
          // Nobody should have to allow plain http.
          if Self.canBeNamed(address.host) {
            need(resource.kind.rawValue, "https://" + address.authority)
          } else {
            unnamed.insert(address.authority)
          }
        } else if !Self.strictlyAllowed.contains(resource.kind.rawValue) {
          need(resource.kind.rawValue, "'self'")
        }
      }
    }
    var (styleAttributes, scriptHashes) = (0, 0)
    for page in pages {
      let resources = PageResources(page)
      need(resources.all, on: page.address)
      for script in resources.inlineScripts {
        need("script-src", Self.hash(script))
        scriptHashes += 1
      }
      for style in resources.inlineStyles { need("style-src", Self.hash(style)) }
      styleAttributes += resources.styleAttributes
      for resource in resources.all where resource.kind == .style {
        guard let address = resource.address, let sheet = files[address.description], sheet.status == 200 else {
          continue
        }
        need(StyleSheet.resources(of: sheet.body, at: address), on: page.address)
      }
      for style in resources.inlineStyles {
        need(StyleSheet.resources(of: style, at: resources.base), on: page.address)
      }
    }
    let more = needed.sorted { $0.key < $1.key }.map { directive, sources in
      "    .allowing(\"\(directive)\", \(sources.map(RecipeLine.literal).joined(separator: ", ")))"
    }
    let line =
      more.isEmpty
      ? "Apache(headers: .strict)" : "Apache(headers: .strict(\n  .strict\n\(more.joined(separator: "\n"))))"
    // What is enforced already and needs nothing more is not proposed.
    if more.isEmpty, pages.allSatisfy({ $0.joined("content-security-policy") != nil }) { return [] }
    return [
      .proposal(
        line, pages.count,
        styleAttributes: styleAttributes, hashes: scriptHashes, unnamed: unnamed.count)
    ]
  }

  /// `host-part` of CSP level 3 without its star, and no longer than a name can be; an IPv6 address is none.
  private static func canBeNamed(_ host: String) -> Bool {
    host.utf8.count <= 253
      && host.pieces(at: ".").allSatisfy { label in
        !label.isEmpty && label.unicodeScalars.allSatisfy { $0.isLetter || $0.isDigit || $0 == "-" }
      }
  }

  /// What `.strict` allows from the site itself.
  private static let strictlyAllowed: Set<String> = ["script-src", "style-src", "img-src", "font-src", "form-action"]

  /// Line ends are normalized before the hash is taken (HTML standard, preprocessing the input stream).
  private static func hash(_ text: String) -> String {
    var bytes: [UInt8] = []
    let all = Array(text.utf8)
    for (index, byte) in all.enumerated() {
      if byte == 0x0D {
        if index + 1 == all.count || all[index + 1] != 0x0A { bytes.append(0x0A) }
      } else {
        bytes.append(byte)
      }
    }
    return "'sha256-\(base64(SHA256.digest(of: bytes)))'"
  }
}

extension AuditFinding {
  fileprivate static func proposal(_ line: String, _ count: Int, styleAttributes: Int, hashes: Int, unnamed: Int)
    -> AuditFinding
  {
    var words =
      "What \(count == 1 ? "this page loads" : "these \(count) pages load"), and nothing else. What scripts "
      + "load later was not seen: try it with .reportOnly first."
    if hashes > 0 { words += " Scripts within pages count by their hash; moved to files they need none." }
    if styleAttributes > 0 {
      words +=
        " \(styleAttributes) style= attribute\(styleAttributes == 1 ? "" : "s") will not apply: move them to a style sheet."
    }
    if unnamed > 0 {
      words +=
        " \(unnamed) host\(unnamed == 1 ? " has" : "s have") a name that no policy can hold: what comes from there will not "
        + "load."
    }
    return AuditFinding(.scripts, .fine, "a policy for the pages seen", words, fix: line)
  }
}
