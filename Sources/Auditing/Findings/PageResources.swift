/// What a page loads and where it sends forms, by the Content-Security-Policy directive that governs it.
struct PageResources {
  enum Kind: String {
    case script = "script-src"
    case style = "style-src"
    case image = "img-src"
    case font = "font-src"
    case media = "media-src"
    case frame = "frame-src"
    case object = "object-src"
    case form = "form-action"
    case manifest = "manifest-src"
    case base = "base-uri"
  }
  struct Resource {
    let kind: Kind
    /// As it stands in the page.
    let text: String
    let address: WebAddress?
    let integrity: String?
  }
  private(set) var all: [Resource] = []
  private(set) var inlineScripts: [String] = []
  private(set) var inlineStyles: [String] = []
  /// Elements with `style=`, and with `onclick=` and the like.
  private(set) var styleAttributes = 0
  private(set) var handlers = 0
  private(set) var javascriptLinks = 0
  let scan: PageScan
  /// What addresses in the page are relative to.
  let base: WebAddress?

  init(_ page: Exchange) {
    // Without a content type browsers look what it is.
    scan = page.isHTML || page.contentType == nil ? PageBody(page).scan : PageScan("")
    let location = page.address
    let written = scan.tags.first { $0.name == "base" }?.attribute("href")
    let base = written.flatMap { location?.resolving($0) } ?? location
    if let written, location?.resolving(written) != nil {
      all.append(Resource(kind: .base, text: written, address: base, integrity: nil))
    }
    self.base = base
    for (index, tag) in scan.tags.enumerated() {
      func add(_ kind: Kind, text: String?) {
        guard let text = text?.trimmed, !text.isEmpty else { return }
        all.append(
          Resource(kind: kind, text: text, address: base?.resolving(text), integrity: tag.attribute("integrity")))
      }
      func add(_ kind: Kind, _ attribute: String) { add(kind, text: tag.attribute(attribute)) }
      func addCandidates(_ attribute: String) {
        for text in Self.candidates(tag.attribute(attribute) ?? "") { add(.image, text: text) }
      }
      switch tag.name {
      case "script":
        if tag.attribute("src") != nil {
          add(.script, "src")
        } else if scan.rawTexts[index] == nil {
          // Within svg.
          add(.script, text: Self.link(tag))
        } else if let text = scan.rawTexts[index], !text.trimmed.isEmpty, Self.runs(tag.attribute("type")) {
          inlineScripts.append(text)
        }
      case "style": if let text = scan.rawTexts[index] { inlineStyles.append(text) }
      case "link":
        if let kind = Self.kind(ofLink: tag) { add(kind, "href") }
        addCandidates("imagesrcset")
      case "img":
        add(.image, "src")
        addCandidates("srcset")
      case "image", "feimage", "use":
        // A part of the page itself is not loaded.
        if let link = Self.link(tag), !link.trimmed.begins(with: "#") { add(.image, text: link) }
        // Outside of svg it is another word for img.
        if tag.name == "image" { add(.image, "src") }
      case "iframe", "frame": add(.frame, "src")
      case "video", "audio", "track":
        add(.media, "src")
        if tag.name == "video" { add(.image, "poster") }
      case "source": if tag.attribute("srcset") == nil { add(.media, "src") } else { addCandidates("srcset") }
      case "object": add(.object, "data")
      case "embed": add(.object, "src")
      case "form": add(.form, "action")
      case "input", "button":
        if tag.name == "input", tag.attribute("type")?.lowercased() == "image" { add(.image, "src") }
        add(.form, "formaction")
      default: break
      }
      if let style = tag.attribute("style"), !style.isEmpty { styleAttributes += 1 }
      if tag.attributes.contains(where: { $0.name.begins(with: "on") && $0.name.utf8.count > 3 }) { handlers += 1 }
      if let link = tag.attribute("href"), link.trimmed.lowercased().begins(with: "javascript:") {
        javascriptLinks += 1
      }
    }
  }

  /// JSON and templates within a script element are data.
  private static func runs(_ type: String?) -> Bool {
    guard let type = type?.trimmed.lowercased(), !type.isEmpty else { return true }
    return type == "module" || type == "importmap" || type.has("javascript") || type.has("ecmascript")
  }

  private static func kind(ofLink tag: StartTag) -> Kind? {
    let relations = Set((tag.attribute("rel") ?? "").lowercased().words)
    if relations.contains("stylesheet") { return .style }
    if relations.contains("icon") || relations.contains("apple-touch-icon") { return .image }
    if relations.contains("manifest") { return .manifest }
    if relations.contains("modulepreload") { return .script }
    guard relations.contains("preload") else { return nil }
    switch tag.attribute("as")?.lowercased() {
    case "script": return .script
    case "style": return .style
    case "font": return .font
    case "image": return .image
    default: return nil
    }
  }

  /// What `href` says within svg.
  private static func link(_ tag: StartTag) -> String? { tag.attribute("href") ?? tag.attribute("xlink:href") }

  /// The addresses of a `srcset`, which may hold commas themselves (HTML standard, parsing a srcset attribute).
  static func candidates(_ text: String) -> [String] {
    var found: [String] = []
    var rest = text.unicodeScalars[...]
    while true {
      rest = rest.drop { $0.isWhiteSpace || $0 == "," }
      let run = rest.prefix { !$0.isWhiteSpace }
      guard let last = run.last else { return found }
      rest = rest[run.endIndex...]
      if last == "," {
        found.append(String(run).pieces(at: ",").reversed().drop(while: \.isEmpty).reversed().joined(separator: ","))
        continue
      }
      found.append(String(run))
      var depth = 0
      rest = rest.drop { scalar in
        if scalar == "(" { depth += 1 } else if scalar == ")" { depth = max(0, depth - 1) }
        return scalar != "," || depth > 0
      }
    }
  }
}
